"""What reports are cut by: internal applicants, and jobs as they were or as they are, each worked out by hand."""

from typing import Any

from shared.events.ats.application import SourceAttributed
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.interview import InterviewCompleted
from shared.events.ats.job import JobUpdated
from shared.events.ats.offer import OfferAccepted
from shared.events.ats.opening import OpeningOpened
from tests.oracle.made_up.scribe import named
from tests.oracle.telling import (
    A1,
    A2,
    DAY,
    J1,
    J2,
    O2,
    P1,
    P2,
    R1,
    S1,
    U1,
    U2,
    Told,
    advanced,
    company,
    interview,
    offer,
    on,
    opened,
    recruits,
    rejected,
    submitted,
    transferred,
)

NOW: dict[str, Any] = {"dimension": "current"}


def moved_to(department: str) -> JobUpdated:
    terms = {
        "job_id": J1,
        "requisition_id": R1,
        "location": "New York",
        "zone": "UTC",
        "changed": ("department", "location"),
    }
    return JobUpdated.model_validate({**terms, "department": department})


def of(told: Told, report: str, by: str, figure: str = "n", **asked: Any) -> dict[str | None, Any]:
    return {row["group"][by]: row[figure] for row in told.answer(report, by=(by,), **asked)}


def test_internal_applicants_are_a_dimension_and_no_source() -> None:
    told = company()
    told.on("02-01", submitted(internal=True), submitted(A2, P2))
    told.on("02-03", advanced("applied", "screen"), rejected("applied", A2, P2))
    word = {"application_id": A1, "person_id": P1, "view": "application", "old": "careers", "new": "referral"}
    told.on("02-05", SourceAttributed.model_validate(word))
    assert of(told, "response-time", "internal") == {"false": 1, "true": 0}
    assert of(told, "entered", "internal") == {"true": 1}
    assert told.only("entered", internal="false")["n"] == 0
    reached = told.answer("funnel", internal="true", by=("source",))
    assert [(row["group"], row["reached"]) for row in reached][:2] == [({"source": "referral"}, 1)] * 2
    assert told.answer("time-in-stage", stage="applied", internal="true")[0]["median"] == 2 * DAY


def test_of_two_records_the_first_to_be_submitted_says_whether_it_was_internal() -> None:
    told = company()
    told.on("02-01", submitted(source="referral", internal=True))
    told.on("02-05", submitted(A2, P2, source="agency"))
    told.on("02-07", rejected("applied"))
    told.on("02-20", CandidatesMerged(person_id=P2, merged=P1, application_map={A1: A2}))
    told.on("02-25", offer(OfferAccepted, O2, A2))
    assert of(told, "hires", "internal") == {"true": 1}
    assert of(told, "hires", "source") == {"referral": 1}
    assert told.only("hires", internal="false")["n"] == 0
    before = of(told, "source-effectiveness", "internal", "hires", known_at=on("02-20"))
    assert before == {"true": (0, 1), "false": (0, 1)}


def test_an_interview_is_as_internal_as_its_application_and_of_no_application_neither() -> None:
    told = company()
    first, second = named("first"), named("second")
    told.on("03-01", submitted(internal=True))
    told.on("03-01", interview(first, U1, end="03-10 12:00"), interview(second, U1, end="03-10 13:00", application=A2))
    for which, application in ((first, A1), (second, A2)):
        ids = {"interview_id": which, "application_id": application, "person_id": P1, "version": 1}
        told.on("03-10 13:00", InterviewCompleted.model_validate(ids))
    assert of(told, "recruiter-work", "internal", "interviews") == {"true": 1, None: 1}
    assert of(told, "recruiter-work", "internal", "interviews", internal="true") == {"true": 1}


def hired() -> Told:
    """U1 recruits until 1 March, then U2, which is heard of on 10 March; the hire is of 11 February."""
    told = company()
    told.on("01-01", recruits(J1, U1, "01-01"))
    told.on("02-01", submitted())
    told.on("02-11", offer(OfferAccepted))
    told.on("02-20", recruits(J1, U2, "03-01"), known="03-10")
    told.on("04-01", moved_to("Sales"))
    return told


def test_a_hire_is_one_of_who_recruited_then_or_of_who_recruits_now() -> None:
    told = hired()
    assert of(told, "time-to-hire", "recruiter", "median") == {str(U1): 10 * DAY}
    assert of(told, "time-to-hire", "recruiter", "median", dimension="counted") == {str(U1): 10 * DAY}
    assert of(told, "time-to-hire", "recruiter", "median", **NOW) == {str(U2): 10 * DAY}
    assert [told.only("hires", recruiter=str(who), **NOW)["n"] for who in (U1, U2)] == [0, 1]
    assert [told.only("hires", recruiter=str(who))["n"] for who in (U1, U2)] == [1, 0]
    by = told.only("hires", by=("department", "location", "job", "source", "month"), **NOW)["group"]
    assert by == {
        "department": "Sales", "location": "New York", "job": str(J1), "source": "careers", "month": "2026-02",
    }  # fmt: skip


def test_now_is_the_last_moment_before_as_of_as_known_then() -> None:
    told = hired()
    assert of(told, "hires", "recruiter", as_of=on("03-01"), **NOW) == {str(U1): 1}
    assert of(told, "hires", "recruiter", as_of=on("03-01 00:01"), **NOW) == {str(U2): 1}
    assert of(told, "hires", "recruiter", known_at=on("03-05"), **NOW) == {str(U1): 1}
    assert of(told, "hires", "recruiter", as_of=on("03-05"), known_at=on("03-11"), **NOW) == {str(U2): 1}
    assert of(told, "hires", "department", as_of=on("04-01"), **NOW) == {"Engineering": 1}


def test_now_is_no_earlier_where_a_period_ends_earlier() -> None:
    told = company()
    told.on("01-01", recruits(J1, U1, "01-01"))
    told.on("02-01", submitted())
    told.on("02-05", advanced("applied", "screen"))
    told.on("03-10", recruits(J1, U2, "03-10"), moved_to("Sales"))

    def stays(**asked: Any) -> set[tuple[str, str, int, int]]:
        rows = told.answer("time-in-stage", by=("recruiter", "department"), period="2026-02", **asked)
        return {(*row["group"].values(), row["n"], row["open"]) for row in rows}

    assert stays() == {(str(U1), "Engineering", 1, 0), (str(U1), "Engineering", 0, 1)}
    assert stays(**NOW) == {(str(U2), "Sales", 1, 0), (str(U2), "Sales", 0, 1)}
    assert stays(**NOW, as_of=on("03-05")) == stays()
    assert told.answer("time-in-stage", period="2026-02", department="Engineering", **NOW) == []


def test_now_is_told_of_the_job_that_it_was_counted_for() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-03", transferred("screen"))
    told.on("03-01", moved_to("People"))
    applied = {row["group"]["department"] for row in told.answer("funnel", by=("department",), **NOW)}
    assert applied == {"People"}
    legs = told.answer("funnel", by=("department",), job=str(J2), **NOW)
    assert {row["group"]["department"] for row in legs} == {"Sales"}


def test_what_has_no_job_has_nothing_now_and_an_unknown_job_is_known_once_it_is_told_of() -> None:
    told = company()
    opening = {"opening_id": S1, "requisition_id": R1, "jobs": (), "kind": "new"}
    told.on("02-01", OpeningOpened.model_validate(opening), submitted(job=named("J3")))
    told.on("03-10", opened(named("J3"), department="People"))
    assert of(told, "time-to-fill", "department", "open", **NOW) == {None: 1}
    asked: dict[str, Any] = {"by": ("department",), "period": "2026-02"}
    assert [row["group"]["department"] for row in told.answer("time-in-stage", **asked)] == [None]
    assert [row["group"]["department"] for row in told.answer("time-in-stage", **asked, **NOW)] == ["People"]


def test_the_health_of_the_pipeline_is_told_of_the_end_anyway() -> None:
    told = company()
    told.on("01-01", recruits(J1, U1, "01-01"))
    told.on("02-01", submitted())
    told.on("02-20", recruits(J1, U2, "03-01"), moved_to("People"))
    for as_of, who in ((on("02-28"), U1), (on("03-01"), U2)):
        for asked in ({}, NOW):
            assert of(told, "pipeline-health", "recruiter", "active", as_of=as_of, **asked) == {str(who): 1}
