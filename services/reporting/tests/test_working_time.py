"""Working time: the same wall clock on the next working day, and what of an age lies on working days."""

from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.fact import elapsed, micros
from services.reporting.metrics.working_time import DAYS, Calendar, zone_data

HOUR = 3_600_000_000
SUN_THU = ("sun", "mon", "tue", "wed", "thu")
BERLIN, BERLINER = Calendar("Europe/Berlin"), Calendar("Europe/Berlin", holidays="DE-BE")
SUNDAYS = Calendar("Europe/Berlin", SUN_THU)
CALENDARS = st.builds(
    Calendar,
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Africa/Cairo", "America/Havana", "Asia/Kathmandu"]),
    st.sets(st.sampled_from(DAYS), min_size=1).map(tuple),
    st.sampled_from([None, "DE-BE", "US", "SA"]),
)
MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2027, 1, 31), timezones=st.just(UTC))  # noqa: DTZ001


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("calendar", "end", "due"),
    [
        pytest.param(BERLIN, "2026-03-25T15:00", "2026-03-26T15:00", id="the next day"),
        pytest.param(BERLIN, "2026-03-27T15:00", "2026-03-30T14:00", id="a weekend in which summer time begins"),
        pytest.param(BERLIN, "2026-10-23T14:00", "2026-10-26T15:00", id="a weekend in which it ends"),
        pytest.param(BERLIN, "2026-03-27T15:00:00.000001", "2026-03-30T14:00:00.000001", id="to the microsecond"),
        pytest.param(BERLINER, "2026-04-02T15:00", "2026-04-07T15:00", id="Good Friday and Easter Monday"),
        pytest.param(BERLIN, "2026-04-02T15:00", "2026-04-03T15:00", id="no holidays without a calendar"),
        pytest.param(Calendar(holidays="US"), "2026-07-02T15:00", "2026-07-06T15:00", id="an observed holiday"),
        pytest.param(BERLINER, "2026-12-31T09:00", "2027-01-04T09:00", id="into the next year"),
        pytest.param(SUNDAYS, "2026-06-04T10:00", "2026-06-07T10:00", id="a week that begins on Sunday"),
        pytest.param(BERLIN, "2026-06-06T10:00", "2026-06-08T22:00", id="ended on a Saturday: midnight after Monday"),
        pytest.param(BERLINER, "2026-04-03T10:00", "2026-04-07T22:00", id="ended on a holiday before a weekend"),
        pytest.param(BERLIN, "2026-06-05T22:00", "2026-06-08T22:00", id="ended as Friday ended"),
        pytest.param(BERLIN, "2026-06-05T21:59", "2026-06-08T21:59", id="ended on Friday there, Friday elsewhere too"),
        pytest.param(BERLIN, "2026-06-04T22:30", "2026-06-07T22:30", id="ended on Friday there, Thursday elsewhere"),
        pytest.param(SUNDAYS, "2026-03-26T01:30", "2026-03-29T01:30", id="02:30 does not exist: read as 03:30"),
        pytest.param(SUNDAYS, "2026-10-22T00:30", "2026-10-25T00:30", id="02:30 comes twice: the first"),
        pytest.param(SUNDAYS, "2026-10-25T00:30", "2026-10-26T01:30", id="from the first 02:30"),
        pytest.param(SUNDAYS, "2026-10-25T01:30", "2026-10-26T01:30", id="from the second 02:30"),
        pytest.param(
            Calendar("Africa/Cairo", ("thu", "fri")), "2026-04-22T12:00", "2026-04-23T22:00", id="a midnight skipped"
        ),
        pytest.param(
            Calendar("America/Havana", ("sat", "sun")), "2026-10-30T16:00", "2026-11-01T04:00", id="a midnight twice"
        ),
    ],
)
def test_due_is_the_same_time_on_the_next_working_day(calendar: Calendar, end: str, due: str) -> None:
    assert calendar.due(at(end)) == at(due)


@pytest.mark.parametrize(
    ("calendar", "start", "end", "hours"),
    [
        pytest.param(BERLIN, "2026-06-01T22:00", "2026-06-02T22:00", 24, id="a working day"),
        pytest.param(BERLIN, "2026-06-05T10:00", "2026-06-08T10:00", 24, id="a weekend between"),
        pytest.param(BERLIN, "2026-06-06T10:00", "2026-06-07T10:00", 0, id="nothing but a weekend"),
        pytest.param(BERLINER, "2026-04-02T15:00", "2026-04-07T15:00", 24, id="holidays between"),
        pytest.param(SUNDAYS, "2026-03-28T23:00", "2026-03-29T22:00", 23, id="a day on which an hour is skipped"),
        pytest.param(SUNDAYS, "2026-10-24T22:00", "2026-10-25T23:00", 25, id="a day on which an hour comes twice"),
        pytest.param(Calendar("America/New_York"), "2026-04-02T19:00", "2026-04-08T12:00", 89, id="E7"),
        pytest.param(BERLIN, "2026-06-02T10:00", "2026-06-02T10:00", 0, id="no time at all"),
    ],
)
def test_all_hours_of_working_days_are_working_time(calendar: Calendar, start: str, end: str, hours: int) -> None:
    assert calendar.worked(at(start), at(end)) == hours * HOUR


@given(CALENDARS, MOMENTS)
def test_between_an_end_and_its_due_time_lies_one_working_day(calendar: Calendar, end: datetime) -> None:
    due = calendar.due(end)
    # 24 hours, one less or more where the clock is changed on one of these days.
    assert end < due
    assert 23 * HOUR <= calendar.worked(end, due) <= 25 * HOUR


@given(CALENDARS, st.lists(MOMENTS, min_size=3, max_size=3).map(sorted))
def test_working_time_adds_up_and_is_never_more_than_what_passed(calendar: Calendar, moments: list[datetime]) -> None:
    first, then, last = moments
    assert calendar.worked(first, then) + calendar.worked(then, last) == calendar.worked(first, last)
    assert 0 <= calendar.worked(first, last) <= elapsed(first, last)


@given(CALENDARS, st.lists(st.tuples(MOMENTS, MOMENTS), max_size=5))
@example(BERLIN, [(at("2030-01-02T09:00"), at("2029-12-31T21:00"))])
def test_of_many_it_is_what_it_is_of_each_and_none_of_what_begins_later(
    calendar: Calendar, spans: list[tuple[datetime, datetime]]
) -> None:
    ends = np.array([micros(end) for _, end in spans], np.int64)
    took = np.array([elapsed(start, end) for start, end in spans], np.int64)
    worked = calendar.worked_before(ends, took)
    assert worked.tolist() == [calendar.worked(min(start, end), end) for start, end in spans]


@given(CALENDARS, MOMENTS, st.integers(0, 60 * 24 * HOUR), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_what_was_worked_without_a_break_goes_on_from_when_it_would_have_begun(
    calendar: Calendar, end: datetime, worked: int, later: timedelta
) -> None:
    begun = calendar.begun(end, worked)
    assert calendar.worked(begun, end) == worked
    assert calendar.worked(begun, end + later) == worked + calendar.worked(end, end + later)


@pytest.mark.parametrize("name", ["XX", "DE-QQ", "de-be", "Germany", "B3", "DE-", "", "HolidayBase", "\x00"])
def test_a_calendar_that_the_library_does_not_know_has_no_holidays_and_says_so(name: str) -> None:
    calendar = Calendar("Europe/Berlin", holidays=name)
    assert calendar.due(at("2026-12-24T09:00")) == at("2026-12-25T09:00")
    assert calendar.unknown == f"calendar {name!r} is not known: no holidays"


def test_a_zone_that_the_database_does_not_know_is_utc_and_says_so() -> None:
    calendar = Calendar("Mars/Olympus", holidays="DE-BE")
    assert calendar.due(at("2026-06-05T23:30")) == at("2026-06-08T23:30")
    assert calendar.unknown == "zone 'Mars/Olympus' is not known: UTC"
    assert BERLINER.unknown is BERLIN.unknown is None


def test_a_new_years_day_that_is_observed_in_the_old_year_is_a_day_off() -> None:
    assert Calendar(holidays="US").due(at("2021-12-30T09:00")) == at("2022-01-03T09:00")


def test_the_definition_names_the_tables_that_it_was_computed_with() -> None:
    for report in ("feedback-sla", "feedback-overdue", "time-in-stage", "time-in-stage-curve"):
        assert DEFINITIONS[report].tables == f"holidays {version('holidays')}, {zone_data()}"


def test_zones_are_read_from_the_machine_where_it_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoneinfo.TZPATH", (str(tmp_path / "nowhere"), str(tmp_path)))
    assert zone_data() == f"tzdata {version('tzdata')}"
    (tmp_path / "UTC").touch()
    assert zone_data() == "the machine's tz database of an untold release"
    (tmp_path / "tzdata.zi").write_text("# version 2031c\n# This zic input file is in the public domain.\n")
    assert zone_data() == "the machine's tz database 2031c"
