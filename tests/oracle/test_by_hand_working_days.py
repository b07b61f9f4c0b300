"""Time in stage on working days of the job: its week, its zone and its holidays, each worked out by hand.

2 and 9 March, 27 April and 4 May 2026 are Mondays; 1 May, a Friday, is a holiday in Germany.
"""

from typing import Any
from uuid import UUID

import pytest

from shared.events.ats.job import JobUpdated
from shared.events.ats.requisition import RequisitionHeld, RequisitionResumed
from tests.oracle.made_up.scribe import named
from tests.oracle.telling import (
    A2,
    DAY,
    J1,
    J2,
    P2,
    R1,
    Told,
    advanced,
    company,
    days,
    moved_back,
    on,
    submitted,
    transferred,
)

HOUR = DAY // 24


def lies(zone: str, country: str | None = None, job: UUID = J1) -> JobUpdated:
    terms = {
        "job_id": job,
        "requisition_id": R1,
        "department": "People",
        "location": "Berlin",
        "changed": ("zone", "country"),
    }
    return JobUpdated.model_validate({**terms, "zone": zone, "country": country})


def stayed(since: str, until: str, zone: str = "Europe/Berlin", country: str | None = None) -> Told:
    told = company()
    told.on("01-02", lies(zone, country))
    told.on(since, submitted())
    told.on(until, advanced("applied", "screen"))
    return told


def applied(told: Told, figure: str = "median", **asked: Any) -> Any:
    return told.only("time-in-stage", stage="applied", **{"days": "working", **asked})[figure]


def test_a_weekend_is_left_out_where_the_job_is() -> None:
    told = stayed("03-06 12:00", "03-09 12:00")
    # In Berlin until 23:00 on Friday, and from 23:00 on Sunday.
    assert applied(told) == (11 + 13) * HOUR
    assert (applied(told, "mean"), applied(told, "km_median"), applied(told, "n")) == (DAY, DAY, 1)
    assert applied(told, days="calendar") == 3 * DAY
    # In Auckland it is one in the morning of Saturday, and of Tuesday: all of Monday, and an hour.
    assert applied(stayed("03-06 12:00", "03-09 12:00", "Pacific/Auckland")) == 25 * HOUR
    assert applied(stayed("03-07 12:00", "03-08 12:00")) == 0


@pytest.mark.parametrize(
    ("zone", "country", "hours"),
    [
        ("Europe/Berlin", "DE", 10 + 14),
        ("Europe/Berlin", None, 10 + 24 + 14),
        ("Europe/Berlin", "US", 10 + 24 + 14),
        ("Europe/Berlin", "ZZ", 10 + 24 + 14),
        ("Mars/Olympus", "DE", 12 + 12),
        ("America/New_York", "DE", 16 + 8),
    ],
)
def test_a_holiday_is_left_out_in_its_country(zone: str, country: str | None, hours: int) -> None:
    assert applied(stayed("04-30 12:00", "05-04 12:00", zone, country)) == hours * HOUR


def test_a_job_that_nobody_told_of_or_in_no_zone_that_is_known_works_in_utc() -> None:
    told = company()
    told.on("04-30 12:00", submitted(job=named("J3")))
    told.on("05-04 12:00", advanced("applied", "screen"))
    assert applied(told) == (12 + 24 + 12) * HOUR
    assert applied(stayed("03-06 12:00", "03-07 12:00", "Mars/Olympus")) == 12 * HOUR


def test_days_are_as_long_as_the_clocks_make_them() -> None:
    """Berlin: 29 March, a Sunday, has 23 hours. Cairo: 24 April, a Friday, begins at one."""
    told = stayed("03-27 15:00", "03-30 14:00")
    assert (applied(told), applied(told, days="calendar")) == ((8 + 16) * HOUR, 71 * HOUR)
    assert applied(stayed("04-23 12:00", "04-27 12:00", "Africa/Cairo")) == (10 + 23 + 15) * HOUR


def test_of_a_hold_only_its_working_days_are_taken_out() -> None:
    told = company()
    told.on("01-02", lies("UTC"))
    told.on("03-05", submitted())
    told.on("03-06 12:00", RequisitionHeld(requisition_id=R1, reason="budget"))
    told.on("03-08 12:00", RequisitionResumed(requisition_id=R1))
    told.on("03-11", advanced("applied", "screen"))
    # Thursday, Friday, Monday, Tuesday, without half of Friday.
    assert applied(told) == days(3.5)
    assert applied(told, days="calendar") == 4 * DAY


def visited_twice() -> Told:
    """Over the weekend of 1 May, and from Tuesday to Thursday; from Wednesday on the job is in Germany."""
    told = company()
    told.on("01-02", lies("UTC"))
    told.on("04-30", submitted())
    told.on("05-04", advanced("applied", "screen"))
    told.on("05-05", moved_back("screen", "applied"))
    told.on("05-06", lies("UTC", "DE"))
    told.on("05-07", advanced("applied", "screen"))
    told.on("05-08", lies("UTC"))
    return told


def test_the_job_as_it_was_when_the_last_visit_ended_says_which_days_count() -> None:
    told = visited_twice()
    assert applied(told) == (1 + 2) * DAY
    assert applied(told, dimension="current") == 3 * DAY
    assert applied(told, as_of=on("05-06")) is None
    assert (applied(told, unit="visit"), applied(told, "n", unit="visit")) == (2 * DAY, 2)
    assert applied(told, "mean", unit="visit") == 2 * DAY


def test_of_visits_in_two_jobs_the_last_says_which_days_count_unless_jobs_are_asked_for() -> None:
    told = company()
    told.on("01-02", lies("UTC"), lies("UTC", "DE", J2))
    told.on("04-30", submitted())
    told.on("05-04", transferred("applied"))
    told.on("05-05", advanced("applied", "screen"))
    assert applied(told) == (1 + 1) * DAY
    assert [applied(told, job=str(job)) for job in (J1, J2)] == [2 * DAY, DAY]


@pytest.mark.parametrize(("country", "at_risk", "share"), [(None, 2, 0.5), ("DE", 1, 0)])
def test_what_goes_on_counts_its_working_days_too(country: str | None, at_risk: int, share: float) -> None:
    """One left after two days, one waits since Thursday: on Monday noon for 2.5 working days, in Germany for 1.5."""
    told = company()
    told.on("01-02", lies("UTC", country))
    told.on("04-27", submitted(A2, P2))
    told.on("04-29", advanced("applied", "screen", application=A2, person=P2))
    told.on("04-30", submitted())
    told.on("05-04 12:00", lies("UTC", "US"))
    asked: dict[str, Any] = {"stage": "applied", "days": "working", "as_of": on("05-04 12:00")}
    row = told.only("time-in-stage-curve", **asked)
    assert row["points"] == ({"after": 2 * DAY, "share": share, "at_risk": at_risk, "left": 1},)
    assert (row["n"], row["open"]) == (1, 1)
    # At the end of 1 May it has waited for two days, or one.
    (point,) = told.only("time-in-stage-curve", **{**asked, "as_of": None, "period": "2026-04..2026-05-01"})["points"]
    assert (point["after"], point["at_risk"]) == (2 * DAY, at_risk)
