"""The two clocks, and the dates, zones and periods that people ask with."""

from datetime import UTC, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from services.reporting.metrics.clocks import Clocks, Period, moment_of, month_of
from services.reporting.metrics.fact import Fact
from services.reporting.tests.making import make
from shared.events.ats.application import ApplicationReopened, SourceAttributed
from shared.events.event import Event

BERLIN = ZoneInfo("Europe/Berlin")
EARLY, LATE = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


def fact(model: type[Event], occurred: datetime, known: datetime) -> Fact:
    return Fact(uuid4(), make(model), 1, occurred, known)


@pytest.mark.parametrize(
    ("model", "occurred", "known", "counts"),
    [
        (ApplicationReopened, EARLY, EARLY, True),
        (ApplicationReopened, EARLY, LATE, False),
        (ApplicationReopened, LATE, EARLY, False),
        (SourceAttributed, LATE, EARLY, True),
        (SourceAttributed, EARLY, LATE, False),
    ],
)
def test_the_world_is_cut_by_both_clocks_and_knowledge_by_one(
    model: type[Event], occurred: datetime, known: datetime, counts: bool
) -> None:
    assert Clocks(as_of=LATE, known_at=LATE).admits(fact(model, occurred, known)) is counts


def test_an_omitted_clock_follows_the_other_and_then_now() -> None:
    assert Clocks.of(None, None, LATE) == Clocks(LATE, LATE)
    assert Clocks.of(None, EARLY, LATE) == Clocks(EARLY, EARLY)
    assert Clocks.of(EARLY, None, LATE) == Clocks(EARLY, LATE)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2026-03-31", datetime(2026, 3, 31, 22, tzinfo=UTC)),
        ("2026-03-28", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("2026-03-31T09:00Z", datetime(2026, 3, 31, 9, tzinfo=UTC)),
        ("2199-12-31", datetime(2199, 12, 31, 23, tzinfo=UTC)),
        ("2026-03-31T09:00+02:00", datetime(2026, 3, 31, 7, tzinfo=UTC)),
    ],
)
def test_a_bare_date_is_the_end_of_that_day_in_the_zone(text: str, means: datetime) -> None:
    assert moment_of(text, BERLIN) == means


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-Q1", "2026-01-01", "2026-04-01"),
        ("2026-Q4", "2026-10-01", "2027-01-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026-02-28", "2026-02-28", "2026-03-01"),
        ("2025-11..2026-Q1", "2025-11-01", "2026-04-01"),
    ],
)
def test_a_period_runs_from_its_first_day_up_to_the_day_after_its_last(text: str, first: str, after: str) -> None:
    period = Period.of(text, ZoneInfo("UTC"))
    assert (period.start.date().isoformat(), period.end.date().isoformat()) == (first, after)
    assert period.start in period
    assert period.end not in period


def test_a_quarter_ends_when_it_ends_there_and_so_do_months() -> None:
    assert Period.of("2026-Q1", BERLIN).end == datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert month_of(datetime(2026, 3, 31, 22, 30, tzinfo=UTC), BERLIN) == "2026-04"


@pytest.mark.parametrize(
    "text", ["0001-01-01", "1899-12-31", "2200-01-01T00:00Z", "9999-12-31", "9999-12-31T23:59-12:00"]
)
def test_a_moment_that_no_zone_could_tell_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="give a"):
        moment_of(text, BERLIN)


@pytest.mark.parametrize(
    "text",
    [
        "0001",
        "1899-12",
        "2026-01..2200",
        "9999",
        "2026-00",
        "2026-00-15",
        "2026-01..2026-00",
        "\u0662\u0660\u0662\u0666-01",
    ],
)
def test_a_period_is_of_years_that_a_zone_can_tell_in_digits_that_all_read(text: str) -> None:
    with pytest.raises(ValueError, match="a period is"):
        Period.of(text, BERLIN)
