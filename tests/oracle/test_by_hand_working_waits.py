"""Response time on working days of the job that they applied to, each worked out by hand.

2 and 9 March and 4 May 2026 are Mondays; 1 May, a Friday, is a holiday in Germany.
"""

from typing import Any
from uuid import UUID

import pytest

from shared.events.ats.application import ApplicationWithdrawn
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.job import JobUpdated
from shared.events.ats.requisition import RequisitionHeld
from tests.oracle.made_up.scribe import named
from tests.oracle.telling import (
    A1,
    A2,
    DAY,
    J1,
    J2,
    P1,
    P2,
    R1,
    Told,
    company,
    message,
    on,
    rejected,
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


def answered(since: str, until: str, zone: str = "Europe/Berlin", country: str | None = None) -> Told:
    told = company()
    told.on("01-02", lies(zone, country))
    told.on(since, submitted())
    told.on(until, message())
    return told


def took(told: Told, figure: str = "median", **asked: Any) -> Any:
    return told.only("response-time", **{"days": "working", **asked})[figure]


def test_a_weekend_is_left_out_where_the_job_is() -> None:
    told = answered("03-06 12:00", "03-09 12:00")
    # In Berlin until 23:00 on Friday, and from 23:00 on Sunday.
    assert (took(told), took(told, "km_median"), took(told, "n")) == (24 * HOUR, 24 * HOUR, 1)
    assert took(told, days="calendar") == told.only("response-time")["median"] == 3 * DAY
    # In Auckland it is one in the morning of Saturday, and of Tuesday: all of Monday, and an hour.
    assert took(answered("03-06 12:00", "03-09 12:00", "Pacific/Auckland")) == 25 * HOUR
    assert took(answered("03-07 12:00", "03-08 12:00")) == 0


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
    assert took(answered("04-30 12:00", "05-04 12:00", zone, country)) == hours * HOUR


def test_a_job_that_nobody_told_of_works_in_utc() -> None:
    told = company()
    told.on("04-30 12:00", submitted(job=named("J3")))
    told.on("05-04 12:00", message())
    assert took(told) == (12 + 24 + 12) * HOUR


def test_a_job_told_of_later_was_what_it_was_told_to_be() -> None:
    told = company()
    told.on("04-30 12:00", submitted(job=named("J3")))
    told.on("05-01", lies("UTC", "DE", named("J3")))
    told.on("05-04 12:00", message())
    assert took(told) == (12 + 12) * HOUR


def test_the_job_as_it_was_at_the_submission_says_which_days_count() -> None:
    told = company()
    told.on("01-02", lies("UTC", "DE"), lies("UTC", None, J2))
    told.on("04-30", submitted())
    told.on("04-30 01:00", lies("UTC"))
    told.on("04-30 02:00", transferred("applied"))
    told.on("05-05", message())
    # Thursday and Monday, whatever the job became and whichever they are in by now.
    assert took(told) == 2 * DAY
    assert took(told, dimension="current") == 2 * DAY
    other = company()
    other.on("01-02", lies("UTC"), lies("UTC", "DE", J2))
    other.on("04-30", submitted())
    other.on("04-30 02:00", transferred("applied"))
    other.on("05-05", message())
    assert took(other) == 3 * DAY


@pytest.mark.parametrize(("country", "km_median"), [(None, 3 * DAY), ("DE", 2 * DAY)])
def test_those_who_wait_have_waited_for_their_working_days(country: str | None, km_median: int) -> None:
    """Two were answered, after two and three days; two wait since Thursday, on Monday for two, in Germany for one."""
    told = company()
    told.on("01-02", lies("UTC", country))
    told.on("04-27", submitted(A2, P2), submitted())
    told.on("04-29", message(application=A2))
    told.on("04-30", submitted(named("A3"), named("P3")), submitted(named("A4"), named("P4")), rejected("applied"))
    row = told.only("response-time", days="working", as_of=on("05-04"))
    # Of four who were still there after two days one had been answered by then; in Germany of two.
    assert (row["n"], row["open"], row["km_median"]) == (2, 2, km_median)


def test_who_withdrew_unanswered_is_left_out_all_the_same() -> None:
    told = company()
    told.on("03-06", submitted(), submitted(A2, P2))
    told.on("03-07", ApplicationWithdrawn(application_id=A1, person_id=P1, stage="applied", reason="other offer"))
    assert (took(told, "n"), took(told, "open")) == (0, 1)


def test_holds_are_waited_through() -> None:
    told = company()
    told.on("01-02", lies("UTC"))
    told.on("03-03", submitted())
    told.on("03-04", RequisitionHeld(requisition_id=R1, reason="budget"))
    told.on("03-10", message())
    assert took(told) == 5 * DAY


def test_records_that_are_one_wait_by_the_days_of_the_job_of_the_one_kept() -> None:
    told = company()
    told.on("01-02", lies("UTC"))
    told.on("04-30", submitted(A2, P2))
    told.on("05-01", submitted())
    told.on("05-05", message())
    told.on("05-08", CandidatesMerged(person_id=P1, merged=P2, application_map={A2: A1}))
    assert took(told) == 3 * DAY
