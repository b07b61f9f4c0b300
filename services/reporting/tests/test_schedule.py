"""When a schedule runs, whatever the clocks do, and which period its run asks for."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from services.reporting.domain import schedule
from services.reporting.domain.schedule import Schedule, ScheduleHasEnded, evolve, last_due, next_due
from shared.events.reporting.schedule import ScheduleEnded, ScheduleRan, SnapshotScheduled
from shared.kit.testing.scenario import Scenario

OF, SNAPSHOT = uuid4(), uuid4()
ONE_DAY = timedelta(days=1)
BERLIN: dict[str, Any] = {"zone": "Europe/Berlin"}
MONDAY: dict[str, Any] = {"rhythm": "week", "weekday": "mon"}


def time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def scheduled(after: str = "2026-03-02T09:00", **terms: Any) -> SnapshotScheduled:
    given = {"title": "Funnel", "report": "funnel", "question": "{}", "period": "none", "rhythm": "day", "at": "08:00"}
    facts = {"schedule_id": OF, "zone": "UTC", "recipients": (uuid4(),), "after": time(after)}
    return SnapshotScheduled.model_validate({**facts, **given, **terms})


def running(after: str, **terms: Any) -> Schedule:
    return evolve(None, scheduled(after, **terms))


@pytest.mark.parametrize(
    ("terms", "after", "due"),
    [
        ({}, "2026-03-02T07:59", "2026-03-02T08:00"),
        ({}, "2026-03-02T08:00", "2026-03-03T08:00"),
        (MONDAY, "2026-03-02T09:00", "2026-03-09T08:00"),
        ({"rhythm": "week", "weekday": "sun"}, "2026-03-02T09:00", "2026-03-08T08:00"),
        ({"rhythm": "month", "day": 1}, "2026-03-01T08:00", "2026-04-01T08:00"),
        # A day that a month does not have is its last.
        ({"rhythm": "month", "day": 31}, "2026-01-31T09:00", "2026-02-28T08:00"),
        ({"rhythm": "month", "day": 31}, "2026-02-28T09:00", "2026-03-31T08:00"),
        ({"rhythm": "month", "day": 31}, "2026-03-31T09:00", "2026-04-30T08:00"),
        ({"rhythm": "month", "day": 30}, "2028-01-30T09:00", "2028-02-29T08:00"),
        # The wall time stays over the change of clocks.
        (MONDAY | BERLIN, "2026-03-22T12:00", "2026-03-23T07:00"),
        (MONDAY | BERLIN, "2026-03-23T07:00", "2026-03-30T06:00"),
        # 02:30 does not exist on 29 March: it is 03:30.
        ({"at": "02:30"} | BERLIN, "2026-03-28T12:00", "2026-03-29T01:30"),
        ({"at": "02:30"} | BERLIN, "2026-03-29T01:30", "2026-03-30T00:30"),
        # 02:30 is there twice on 25 October: it is the first.
        ({"at": "02:30"} | BERLIN, "2026-10-24T12:00", "2026-10-25T00:30"),
        ({"at": "02:30"} | BERLIN, "2026-10-25T00:30", "2026-10-26T01:30"),
        # The weekday is that of the zone: Monday evening there is Tuesday in UTC, Monday morning here Sunday in UTC.
        (MONDAY | {"at": "20:00", "zone": "America/New_York"}, "2026-03-04T00:00", "2026-03-10T00:00"),
        (MONDAY | {"zone": "Asia/Tokyo"}, "2026-03-02T00:00", "2026-03-08T23:00"),
    ],
)  # fmt: skip
def test_the_next_run_is_the_first_one_due_later(terms: dict[str, Any], after: str, due: str) -> None:
    assert next_due(running(after, **terms)) == time(due)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
@pytest.mark.parametrize("at", ["00:00", "02:15", "23:59"])
def test_every_day_of_a_year_has_one_run_whatever_the_clocks_do(zone: str, at: str) -> None:
    state, days = running("2025-12-31T23:59", zone=zone, at=at), []
    while (due := next_due(state)) is not None and due < time("2026-12-31T00:00"):
        assert last_due(state, due) == due
        assert last_due(state, due - timedelta(microseconds=1)) is None
        days.append(due.astimezone(ZoneInfo(zone)).date())
        state = evolve(state, ScheduleRan(schedule_id=OF, due=due, snapshot_id=SNAPSHOT))
    assert len(days) >= 363
    assert [later - before for before, later in pairwise(days)] == [ONE_DAY] * (len(days) - 1)


def test_of_what_was_missed_the_last_one_runs_and_then_the_next() -> None:
    state = running("2026-03-01T09:00", rhythm="week", weekday="mon", **BERLIN)
    now = time("2026-04-01T10:00")
    assert next_due(state) == time("2026-03-02T07:00")
    assert last_due(state, now) == time("2026-03-30T06:00")
    ran = evolve(state, schedule.run(state, time("2026-03-30T06:00"), SNAPSHOT)[0])
    assert (last_due(ran, now), next_due(ran)) == (None, time("2026-04-06T06:00"))


@pytest.mark.parametrize(
    ("terms", "due", "previous", "current"),
    [
        ({"rhythm": "day"}, "2026-03-01T08:00", "2026-02-28", "2026-03-01"),
        (MONDAY, "2026-03-02T08:00", "2026-02-23..2026-03-01", "2026-03-02..2026-03-08"),
        ({"rhythm": "week", "weekday": "sun"}, "2026-03-08T08:00", "2026-02-23..2026-03-01", "2026-03-02..2026-03-08"),
        ({"rhythm": "month", "day": 1}, "2026-01-01T08:00", "2025-12", "2026-01"),
        ({"rhythm": "month", "day": 31}, "2026-03-31T08:00", "2026-02", "2026-03"),
        # The first of the month there is still the last one of the month before in UTC, and the other way round.
        ({"rhythm": "month", "day": 1, "zone": "Asia/Tokyo"}, "2026-02-28T23:00", "2026-02", "2026-03"),
        ({"rhythm": "month", "day": 31, "zone": "America/New_York"}, "2026-04-01T00:00", "2026-02", "2026-03"),
    ],
)
def test_the_period_is_that_of_the_run_in_its_zone_or_the_one_before(
    terms: dict[str, Any], due: str, previous: str, current: str
) -> None:
    spans = [schedule.period(scheduled(**terms, period=span), time(due)) for span in ("none", "previous", "current")]
    assert spans == [None, previous, current]


def test_a_run_asks_the_question_with_the_zone_the_period_and_the_version_of_the_schedule() -> None:
    terms = scheduled(question='{"by": ["job"]}', period="previous", **BERLIN)
    due = time("2026-03-03T07:00")
    asked = {"by": ["job"], "zone": "Europe/Berlin", "period": "2026-03-02"}
    assert schedule.asked(terms, due) == asked
    assert schedule.asked(terms.model_copy(update={"definition": 2}), due) == {**asked, "version": 2}


def test_other_words_lose_no_run_that_is_due_and_other_times_begin_anew() -> None:
    started = Scenario(evolve, [first := scheduled("2026-03-02T09:00")])
    again = first.model_copy(update={"after": time("2026-03-05T09:00")})
    assert started.when(schedule.change, again) == []
    [words] = started.when(schedule.change, again.model_copy(update={"title": "Another"}))
    assert words == started.state.terms
    assert started.state.terms.title == "Another"
    assert next_due(started.state) == time("2026-03-03T08:00")
    started.when(schedule.change, again.model_copy(update={"at": "08:30"}))
    assert next_due(started.state) == time("2026-03-06T08:30")


def test_a_run_that_was_refused_says_why_and_the_next_one_comes() -> None:
    started = Scenario(evolve, [scheduled("2026-03-02T09:00")])
    due = time("2026-03-03T08:00")
    assert started.when(schedule.fail, due, "too long") == [ScheduleRan(schedule_id=OF, due=due, why="too long")]
    assert next_due(started.state) == time("2026-03-04T08:00")


def test_what_has_ended_is_never_due_and_can_not_be_changed() -> None:
    started = Scenario(evolve, [scheduled()])
    assert started.when(schedule.end, "not_needed") == [ScheduleEnded(schedule_id=OF, why="not_needed")]
    assert started.when(schedule.end, "again") == []
    assert (next_due(started.state), last_due(started.state, time("2027-01-01T00:00"))) == (None, None)
    with pytest.raises(ScheduleHasEnded):
        started.when(schedule.change, scheduled(title="Another"))
