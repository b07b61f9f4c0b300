"""Tumbling windows, and what of an event counts in them."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random

import pytest

from services.reporting.live.counted import COUNTED, FIELDS, Series, counted
from services.reporting.live.windows import KEPT, OTHERS, WIDTH, Windows
from services.reporting.tests.making import make
from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationMovedBack,
    ApplicationRejected,
    ApplicationSubmitted,
)
from shared.events.crm.touchpoint import TouchpointReplied
from shared.events.event import Event, registry

NOW = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)
NOON = NOW.replace(second=0)
SECOND = timedelta(seconds=1)


def test_a_window_holds_its_first_moment_and_not_its_last() -> None:
    windows = Windows()
    for moment in (NOON - timedelta(microseconds=1), NOON, NOON + 29 * SECOND):
        assert windows.count("referral", moment, NOW)
    assert windows.shown(NOW) == {NOON - WIDTH: {"referral": 1}, NOON: {"referral": 2}}


def test_a_late_event_counts_in_the_minute_in_which_it_occurred() -> None:
    windows = Windows()
    windows.count("referral", NOW, NOW)
    assert windows.count("referral", NOW - 40 * WIDTH, NOW)
    assert windows.shown(NOW) == {NOON - 40 * WIDTH: {"referral": 1}, NOON: {"referral": 1}}


def test_what_occurred_before_the_last_sixty_windows_is_dropped() -> None:
    windows, oldest = Windows(), NOON - (KEPT - 1) * WIDTH
    assert windows.count("referral", oldest, NOW)
    assert not windows.count("referral", oldest - timedelta(microseconds=1), NOW)
    assert windows.shown(NOW) == {oldest: {"referral": 1}}


def test_the_order_of_arrival_does_not_matter() -> None:
    moments = [NOW, NOW - 3 * WIDTH, NOW - 59 * WIDTH, NOW - 90 * WIDTH]
    shown = []
    for order in permutations(moments):
        windows = Windows()
        for moment in order:
            windows.count("referral", moment, NOW)
        shown.append(windows.shown(NOW))
    assert shown == [shown[0]] * len(shown)
    assert len(shown[0]) == 3


def test_the_next_minute_is_kept_for_its_time_and_what_lies_behind_it_is_not() -> None:
    windows = Windows()
    assert windows.count("referral", NOW + WIDTH, NOW)
    assert not windows.count("referral", NOW + 2 * WIDTH, NOW)
    assert windows.shown(NOW) == {}
    assert windows.shown(NOW + WIDTH) == {NOON + WIDTH: {"referral": 1}}


def test_memory_is_bounded_over_any_time_and_any_number_of_names() -> None:
    windows, dice = Windows(most_keys=5), Random(7)
    for minute in range(500):
        now = NOW + minute * WIDTH
        for name in dice.sample(range(1000), 20):
            windows.count(f"source {name}", now - dice.randrange(90) * WIDTH, now)
    assert len(windows._counts) <= KEPT + 1
    assert max(map(len, windows._counts.values())) == 6
    assert all(OTHERS in counts for counts in windows._counts.values() if len(counts) == 6)


def test_names_that_are_too_many_count_together_and_none_is_lost() -> None:
    windows = Windows(most_keys=2)
    for name in ("a", "b", "c", "d", "a", "c"):
        windows.count(name, NOW, NOW)
    assert windows.shown(NOW) == {NOON: {"a": 2, "b": 1, OTHERS: 3}}


def test_clearing_leaves_the_windows_that_had_not_ended_by_then() -> None:
    windows = Windows()
    for minutes in (0, 1, 2):
        windows.count("referral", NOW - minutes * WIDTH, NOW)
    windows.clear(NOON - WIDTH)
    assert list(windows.shown(NOW)) == [NOON - WIDTH, NOON]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            make(ApplicationSubmitted, source="referral", stage="applied"),
            [(Series.ARRIVALS, "referral"), (Series.STAGES, "applied")],
        ),
        (make(ApplicationAdvanced, from_stage="applied", to_stage="onsite"), [(Series.STAGES, "onsite")]),
        (make(ApplicationMovedBack, from_stage="onsite", to_stage="applied"), [(Series.STAGES, "applied")]),
        (make(ApplicationRejected, stage="onsite"), []),
        (
            make(TouchpointReplied, automatic=False, campaign="0195a000-0000-7000-8000-000000000001"),
            [(Series.REPLIES, "0195a000-0000-7000-8000-000000000001")],
        ),
        (make(TouchpointReplied, automatic=True, campaign="0195a000-0000-7000-8000-000000000001"), []),
        (make(TouchpointReplied, automatic=False), []),
        (make(ApplicationSubmitted, source="x" * 5000, stage="applied"),
            [(Series.ARRIVALS, "x" * 100), (Series.STAGES, "applied")]),
    ],
)  # fmt: skip
def test_of_an_event_counts(event: Event, expected: list[tuple[Series, str]]) -> None:
    fields = {name: getattr(event, name, None) for name in FIELDS}
    assert list(counted(event.wire_type, fields)) == expected


def test_every_counted_type_has_the_fields_that_are_asked_of_it() -> None:
    for wire_type in COUNTED:
        model = registry.get(wire_type).model
        assert set(FIELDS) & set(model.model_fields), wire_type
