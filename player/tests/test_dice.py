"""Chance and time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.story.dice import Dice, shares


@pytest.mark.parametrize(
    ("moment", "earliest"),
    [
        (datetime(2026, 3, 6, 18, 0, tzinfo=UTC), datetime(2026, 3, 9, 8, 0, tzinfo=UTC)),
        (datetime(2026, 3, 9, 3, 0, tzinfo=UTC), datetime(2026, 3, 9, 8, 0, tzinfo=UTC)),
        (datetime(2026, 3, 8, 10, 0, tzinfo=UTC), datetime(2026, 3, 9, 8, 0, tzinfo=UTC)),
        (datetime(2026, 3, 9, 10, 0, tzinfo=UTC), datetime(2026, 3, 9, 10, 0, tzinfo=UTC)),
    ],
)
def test_office_work_waits_for_the_next_morning(moment: datetime, earliest: datetime) -> None:
    found = Dice(1).office(moment)
    assert found >= earliest
    assert found.date() == earliest.date()
    assert found.hour in (earliest.hour, earliest.hour + 1)


@given(st.timedeltas(timedelta(), timedelta(days=700)))
def test_office_work_is_never_done_before_it_comes_up(later: timedelta) -> None:
    moment = datetime(2025, 1, 1, tzinfo=UTC) + later
    assert Dice(1).office(moment) >= moment


@given(st.integers(0, 5_000), st.lists(st.floats(0.01, 10), min_size=1, max_size=8))
def test_shares_sum_to_the_whole(total: int, weights: list[float]) -> None:
    found = shares(total, dict(enumerate(weights)))
    assert sum(found.values()) == total
    assert all(abs(found[i] - total * weight / sum(weights)) <= 1 for i, weight in enumerate(weights))
