"""Reporting and the oracle agree about what no made-up history tells of, or hardly any."""

from typing import Any

import pytest

from shared.events.ats.application import ApplicationWithdrawn, CandidateStarted
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.interview import InterviewCancelled, InterviewCompleted
from shared.events.ats.job import JobUpdated
from shared.events.ats.offer import OfferAccepted, OfferDrafted, OfferReneged
from tests.oracle.made_up.scribe import named
from tests.oracle.telling import (
    A1,
    A2,
    END,
    FULL,
    J1,
    J2,
    M1,
    O1,
    P1,
    P2,
    S1,
    U1,
    U2,
    Told,
    advanced,
    company,
    interview,
    meeting,
    moved_back,
    offer,
    opened,
    recruits,
    rejected,
    requested,
    submitted,
)
from tests.oracle.test_agreement import agree

I1, I2, O2 = named("I1"), named("I2"), named("O2")
OF_JOBS: tuple[dict[str, Any], ...] = ({}, {"period": "2025"}, {"department": "Sales"}, {"department": "Engineering"})


def started() -> CandidateStarted:
    return CandidateStarted(application_id=A1, person_id=P1, job_id=M1, opening_id=S1, offer_id=O1)


def lead() -> Told:
    """In a job of Sales."""
    told = company()
    told.on("01-02", opened(M1, plan=FULL, department="Sales"))
    told.on("02-01", submitted(job=M1, stage="lead"))
    told.on("02-03", offer(OfferAccepted, job=M1))
    return told


@pytest.mark.parametrize("asked", OF_JOBS, ids=str)
@pytest.mark.parametrize("report", ["time-to-start", "interviews-per-hire"])
def test_leads_who_accepted(report: str, asked: dict[str, Any]) -> None:
    told = lead()
    agree(report, asked, told.log, END)
    told.on("02-05", started())
    agree(report, asked, told.log, END)
    told.on("02-08", offer(OfferReneged, job=M1))
    agree(report, asked, told.log, END)


@pytest.mark.parametrize("asked", OF_JOBS, ids=str)
def test_a_start_before_the_acceptance(asked: dict[str, Any]) -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-03", started())
    told.on("02-05", offer(OfferAccepted))
    agree("time-to-start", asked, told.log, END)


@pytest.mark.parametrize("report", ["time-in-stage", "time-in-stage-curve", "hire-chance", "pipeline-health", "funnel"])
def test_an_import_into_a_stage_that_was_put_right_at_once(report: str) -> None:
    told = company()
    told.on("02-01", submitted(stage="onsite", entry_unknown=True))
    told.on("02-01 00:05", moved_back("onsite", "screen", mistake=True))
    told.on("02-04", submitted(A2, P2, stage="screen", entry_unknown=True))
    for _ in ("the stay goes on", "it has ended"):
        agree(report, {}, told.log, END)
        told.on("02-08", advanced("screen", "onsite"))


@pytest.mark.parametrize("end", ["scheduled", "held"])
def test_interviews_of_an_application_that_nobody_knows(end: str) -> None:
    told = company()
    told.on("02-01", requested(I1, application=A2, job=J2), interview(I2, U1, end="02-05 12:00", application=A2))
    for report in ("time-to-schedule", "interviews-per-hire"):
        for asked in OF_JOBS:
            agree(report, asked | ({"end": end} if report == "time-to-schedule" else {}), told.log, END)
    told.on("02-02", meeting(InterviewCancelled, I1, A2, 0, cause="company"))
    told.on("02-05 12:00", meeting(InterviewCompleted, I2, A2))
    for asked in OF_JOBS:
        agree("time-to-schedule", asked | {"end": end}, told.log, END)
        agree("interviews-per-hire", asked, told.log, END)


@pytest.mark.parametrize("report", ["offer-acceptance", "pipeline-health", "time-in-stage"])
def test_two_that_were_closed_before_they_were_one(report: str) -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-04", submitted(A2, P2), offer(OfferDrafted, O2, A2))
    told.on("02-10", rejected("applied", A2, P2))
    told.on("02-12", ApplicationWithdrawn(application_id=A1, person_id=P1, stage="applied", reason="r"))
    told.on("02-20", CandidatesMerged(person_id=P2, merged=P1, application_map={A1: A2}))
    periods = ({"period": "2026-02-12"}, {"period": "2026-02-10"}) if report == "offer-acceptance" else ()
    for asked in ({}, *periods):
        agree(report, asked, told.log, END)


@pytest.mark.parametrize("second", ["01-20", "02-05", "02-20"])
@pytest.mark.parametrize("until", [None, "02-25"])
def test_a_member_who_is_told_of_again(second: str, until: str | None) -> None:
    told = company()
    told.on("01-01", recruits(J1, U1, "02-01"), recruits(J1, U2, "02-10"), recruits(J1, U1, second, until))
    for n, day in enumerate(("01-25", "02-03", "02-15", "02-22", "03-05")):
        told.on(day, submitted(named(f"A{n}"), named(f"P{n}")))
    agree("response-time", {"by": ["recruiter"]}, told.log, END)


def test_a_lead_whose_job_moved_before_it_applied() -> None:
    """The values that count are those at the submission, not at the entry."""
    told = lead()
    told.on("02-04", interview(I1, U1, end="02-08"))
    moved = opened(M1, plan=FULL, department="Engineering").model_dump(exclude={"plan_id", "plan_version", "reopened"})
    told.on("02-05", JobUpdated(**moved, changed=("department",)), advanced("lead", "applied"))
    told.on("02-08", meeting(InterviewCompleted, I1))
    for asked in OF_JOBS:
        agree("interviews-per-hire", asked, told.log, END)


def test_a_spell_whose_end_is_said_twice() -> None:
    told = company()
    ends = (recruits(J1, U1, "02-01", until) for until in ("02-25", "02-10"))
    told.on("01-01", recruits(J1, U1, "02-01"), *ends)
    for n, day in enumerate(("02-05", "02-15", "03-05")):
        told.on(day, submitted(named(f"A{n}"), named(f"P{n}")))
    agree("response-time", {"by": ["recruiter"]}, told.log, END)
