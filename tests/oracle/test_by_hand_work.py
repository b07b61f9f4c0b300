"""Response time, the work of recruiters, the health of the pipeline, each rule worked out by hand."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from shared.events.ats.application import ApplicationWithdrawn, SourceAttributed
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.interview import InterviewCompleted, InterviewNoShowRecorded
from shared.events.ats.job import JobClosed
from shared.events.ats.offer import OfferAccepted, OfferExtended, OfferReneged
from shared.events.ats.opening import OpeningClosed, OpeningOpened
from shared.events.ats.requisition import RequisitionHeld, RequisitionResumed
from tests.oracle.made_up.scribe import named
from tests.oracle.telling import (
    A1,
    A2,
    DAY,
    FULL,
    J1,
    J2,
    M1,
    M2,
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
    message,
    moved,
    offer,
    on,
    opened,
    recruits,
    rejected,
    reopened,
    submitted,
    transferred,
)

HOUR = DAY // 24
I1, I2 = named("I1"), named("I2")


def withdrawn() -> ApplicationWithdrawn:
    return ApplicationWithdrawn(application_id=A1, person_id=P1, stage="applied", reason="other offer")


def test_the_receipt_is_no_answer_the_invite_is() -> None:
    told = company()
    told.on("03-06 17:40", submitted())
    told.on("03-06 17:41", message(automatic=True))
    told.on("03-09 10:00", message(number=2))
    assert told.only("response-time") == {
        "group": {}, "n": 1, "median": 64 * HOUR + HOUR // 3, "km_median": 64 * HOUR + HOUR // 3, "open": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [message(), interview(I1, U1, end="03-20 12:00"), rejected("applied"), offer(OfferExtended)],
)
def test_what_answers(answer: Any) -> None:
    told = company()
    told.on("03-01", submitted(), submitted(A2, P2))
    told.on("03-03", answer)
    told.on("03-04", advanced("applied", "screen"), moved(I1, U1, end="03-21 12:00"))
    row = told.only("response-time", as_of=on("03-05"))
    assert (row["n"], row["median"], row["km_median"], row["open"]) == (1, 2 * DAY, 2 * DAY, 1)
    assert told.only("response-time", as_of=on("03-03"))["n"] == 0


def test_the_unanswered_are_censored_not_dropped() -> None:
    told = company()
    told.on("03-01", submitted(), submitted(A2, P2), submitted(M1, M1), submitted(M2, M2))
    told.on("03-02", rejected("applied"))
    told.on("03-04", rejected("applied", A2, P2))
    row = told.only("response-time", as_of=on("03-10"))
    assert (row["n"], row["median"], row["km_median"], row["open"]) == (2, 2 * DAY, 3 * DAY, 2)
    early = told.only("response-time", as_of=on("03-03"))
    assert (early["n"], early["km_median"], early["open"]) == (1, None, 3)


def test_who_withdrew_unanswered_is_left_out_who_withdrew_later_is_not() -> None:
    told = company()
    told.on("03-01", submitted())
    told.on("03-02", withdrawn())
    assert told.only("response-time")["open"] == 0
    told.on("03-03", reopened("applied"))
    told.on("03-04", message())
    assert told.only("response-time")["n"] == 0
    other = company()
    other.on("03-01", submitted())
    other.on("03-02", message())
    other.on("03-03", withdrawn())
    assert other.only("response-time")["median"] == DAY


def test_a_lead_waits_from_when_it_left_its_stage() -> None:
    told = company()
    told.on("01-02", opened(M1, plan=FULL))
    told.on("03-01", submitted(job=M1, stage="lead"), message())
    assert told.only("response-time") == {"group": {}, "n": 0, "median": None, "km_median": None, "open": 0}
    told.on("03-05", advanced("lead", "applied"))
    assert told.only("response-time")["open"] == 1
    told.on("03-06", message(number=2))
    assert told.only("response-time")["median"] == DAY


def test_a_wait_belongs_to_the_day_and_the_job_of_its_submission() -> None:
    told = company()
    told.on("03-31", submitted(source="agency"))
    told.on("04-01", transferred("applied"))
    told.on("04-02", message())
    assert told.only("response-time", period="2026-03")["n"] == 1
    assert told.only("response-time", period="2026-03", as_of=on("04-01"))["open"] == 1
    assert told.only("response-time", period="2026-04")["n"] == 0
    group = {"department": "Engineering", "source": "agency"}
    assert told.only("response-time", by=("department", "source"))["group"] == group


def test_records_that_are_one_are_answered_once() -> None:
    told = company()
    told.on("03-01", submitted(A2, P2))
    told.on("03-04", submitted())
    told.on("03-05", message(application=A2))
    told.on("03-06", message(number=2))
    told.on("03-08", CandidatesMerged(person_id=P1, merged=P2, application_map={A2: A1}))
    row = told.only("response-time")
    assert (row["n"], row["median"]) == (1, 4 * DAY)


def completed(version: int = 1) -> InterviewCompleted:
    return InterviewCompleted(interview_id=I1, application_id=A1, person_id=P1, version=version)


def test_each_deed_counts_for_the_recruiter_and_the_quarter_of_its_own_day() -> None:
    told = company()
    told.on("01-01", recruits(J1, U1, "01-01"))
    told.on("03-01", recruits(J1, U2, "04-01"))
    told.on("03-20", submitted(), interview(I1, U1, end="03-30 12:00"))
    told.on("03-30 12:00", completed())
    told.on("04-02", offer(OfferExtended))
    told.on("04-03", offer(OfferAccepted))
    rows = {tuple(row["group"].values()): row for row in told.answer("recruiter-work")}
    assert rows == {
        (str(U1), "2026-Q1"): {
            "group": {"recruiter": str(U1), "quarter": "2026-Q1"},
            "hires": 0, "interviews": 1, "responses": 1, "response_median": 0,
        },
        (str(U2), "2026-Q2"): {
            "group": {"recruiter": str(U2), "quarter": "2026-Q2"},
            "hires": 1, "interviews": 0, "responses": 0, "response_median": None,
        },
    }  # fmt: skip
    (row,) = told.answer("recruiter-work", by=("source",), period="2026-03-30")
    assert (row["group"], row["interviews"], row["responses"]) == ({"source": "careers"}, 1, 0)
    assert told.answer("recruiter-work", recruiter=str(U2), period="2026-Q1") == []
    assert company().answer("recruiter-work") == []


def test_an_interview_counts_when_its_last_version_took_place() -> None:
    told = company()
    told.on("03-01", submitted(), interview(I1, U1, U2, end="03-10 12:00"))
    told.on("03-02", moved(I1, U1, U2, end="04-10 12:00"))
    told.on("03-10 12:00", completed(1))

    def held() -> dict[str, int]:
        rows = told.answer("recruiter-work", by=("month",))
        return {row["group"]["month"]: row["interviews"] for row in rows if row["interviews"]}

    assert held() == {}
    told.on("04-10 12:00", completed(2))
    assert held() == {"2026-04": 1}
    absent = {"interview_id": I1, "application_id": A1, "person_id": P1, "party": "interviewer", "interviewer": U2}
    told.on("04-11", InterviewNoShowRecorded.model_validate({**absent, "version": 1}))
    assert held() == {"2026-04": 1}
    told.on("04-12", InterviewNoShowRecorded.model_validate({**absent, "version": 2}))
    assert held() == {}


def hired_before(told: Told, day: str, hired: int, of: int, entered: str, department: str = "Engineering") -> None:
    """So many of them came as far as a stage on a day, and some became hires."""
    job = J1 if department == "Engineering" else J2
    for number in range(of):
        one = named(f"{day} {entered} {department} {number}")
        told.on(day, submitted(one, one, job, entered))
        if number < hired:
            told.on("02-20", offer(OfferAccepted, one, one, job, person_id=one))
        else:
            told.on("02-20", rejected(entered, one, one))


def seat(of: str, *jobs: Any, evergreen: bool = False, requisition: Any = R1) -> OpeningOpened:
    ids = {"opening_id": named(of), "requisition_id": requisition, "jobs": jobs}
    return OpeningOpened.model_validate({**ids, "kind": "new", "evergreen": evergreen})


def test_expected_hires_against_open_seats() -> None:
    told = company()
    hired_before(told, "02-01", 1, 4, "screen")
    hired_before(told, "02-02", 1, 2, "onsite")
    told.on("08-01", submitted(A1, P1, J1), submitted(A2, P2, J1, "screen"), submitted(M1, M1, J1, "onsite"))
    told.on("08-01", seat("S9", J1), seat("S8", J1, J2), seat("evergreen", J1, evergreen=True), seat("closed", J1))
    told.on("08-02", OpeningClosed(opening_id=named("closed"), requisition_id=R1, reason="cancelled"))
    row = told.only("pipeline-health", as_of=on("08-03"))
    # All six came to the screen, two to the onsite, and so did, by skipping it, the one who was hired from the screen.
    assert row == {
        "group": {}, "active": 3, "expected": Fraction(2, 6) + Fraction(2, 6) + Fraction(2, 3),
        "open_seats": 2, "health": Fraction(2, 3), "untouched": 0, "waiting": 0, "stale": 0, "unknown": 0,
    }  # fmt: skip
    seats = {row["group"]["job"]: row["open_seats"] for row in told.answer("pipeline-health", by=("job",))}
    assert seats == {str(J1): 2, str(J2): 1}
    by_department = told.answer("pipeline-health", by=("department",), as_of=on("08-03"))
    assert {row["group"]["department"]: (row["active"], row["health"]) for row in by_department} == {
        "Engineering": (3, Fraction(2, 3)), "Sales": (0, 0),
    }  # fmt: skip


def test_the_chance_is_that_of_the_year_that_ended_ninety_days_ago() -> None:
    told = company()
    hired_before(told, "02-01 12:00", 1, 1, "screen")
    told.on("05-01", submitted(A2, P2, J1, "screen"))

    def chance(as_of: Any) -> Any:
        row = told.only("pipeline-health", as_of=as_of, known_at=as_of)
        return row["unknown"], row["expected"]

    last = on("02-01 12:00") + timedelta(days=90)
    assert chance(last) == (1, 0)
    assert chance(last + timedelta(microseconds=1)) == (0, 1)
    # From 2 May 2027 on, A2 itself is all that there is in the year: it came to the screen, and is no hire.
    assert chance(last.replace(year=2027)) == (0, Fraction(1, 2))
    assert chance(last.replace(year=2027) + timedelta(microseconds=1)) == (0, 0)


def test_thirty_of_a_department_speak_for_it_fewer_do_not() -> None:
    told = company()
    hired_before(told, "02-01", 10, 29, "screen")
    hired_before(told, "02-02", 1, 11, "screen", "Sales")
    told.on("08-01", submitted(A1, P1, J1, "screen"))
    assert told.only("pipeline-health", as_of=on("08-03"))["expected"] == Fraction(11, 40)
    hired_before(told, "02-03", 0, 1, "screen")
    assert told.only("pipeline-health", as_of=on("08-03"))["expected"] == Fraction(10, 30)


def test_who_was_never_as_far_is_unknown_and_counts_for_nothing() -> None:
    told = company()
    told.on("08-01", submitted(A1, P1, J1, "screen"), seat("S9", J1))
    row = told.only("pipeline-health", as_of=on("08-03"))
    assert [row[name] for name in ("active", "expected", "health", "unknown")] == [1, 0, 0, 1]


def test_held_requisitions_and_closed_jobs_are_out_on_both_sides() -> None:
    told = company()
    told.on("03-01", opened(M1, requisition=M2), submitted(), submitted(A2, P2, M1), seat("S9", J1))
    told.on("03-02", seat("S8", M1, requisition=M2))

    def counts() -> tuple[int, int]:
        row = told.only("pipeline-health", as_of=on("03-10"))
        return row["active"], row["open_seats"]

    assert counts() == (2, 2)
    told.on("03-03", RequisitionHeld(requisition_id=R1, reason="budget"))
    assert counts() == (1, 1)
    told.on("03-04", RequisitionResumed(requisition_id=R1), JobClosed(job_id=M1, requisition_id=M2, reason="paused"))
    assert counts() == (1, 2)


def test_who_has_accepted_is_not_in_the_pipeline_nor_is_the_seat_free() -> None:
    told = company()
    told.on("03-01", submitted(), submitted(M1, M1), seat("S1", J1))
    told.on("03-02", offer(OfferAccepted, application=A1), rejected("applied", M1, M1))
    row = told.only("pipeline-health", as_of=on("03-10"))
    assert (row["active"], row["open_seats"], row["health"]) == (0, 0, None)
    assert named("S1") == S1
    told.on("03-05", offer(OfferReneged))
    row = told.only("pipeline-health", as_of=on("03-10"))
    assert (row["active"], row["open_seats"]) == (1, 1)
    told.on("03-06", offer(OfferAccepted, O2))
    assert told.only("pipeline-health", as_of=on("03-10"))["active"] == 0


def test_what_no_person_touched_for_a_fortnight_or_stands_for_ninety_days_is_stale() -> None:
    told = company()
    told.on("03-01", submitted(), submitted(A2, P2))
    told.on("03-10", interview(I1, U1, end="03-12 12:00"))
    told.on("03-12 12:00", completed(), actor="timer:ats")
    told.on("03-20", message(application=A2))

    def stale(day: str) -> list[int]:
        row = told.only("pipeline-health", as_of=on(day))
        return [row[name] for name in ("untouched", "waiting", "stale")]

    assert stale("03-15") == [0, 0, 0]
    assert stale("03-15 00:01") == [1, 0, 1]
    assert stale("03-24 00:01") == [2, 0, 2]
    word = {"application_id": A1, "person_id": P1, "view": "credited", "old": None, "new": "event"}
    told.on("03-26", SourceAttributed.model_validate(word))
    assert [stale(day)[0] for day in ("03-26", "03-27", "04-09", "04-09 00:01")] == [2, 1, 1, 2]
    told.on("05-29", rejected("applied", A2, P2), interview(I2, U1, end="06-12 12:00"))
    assert stale("05-30") == [0, 0, 0]
    assert stale("05-30 00:01") == [0, 1, 1]
    told.on("05-31", advanced("applied", "screen"))
    assert stale("06-01") == [0, 0, 0]


def test_a_hold_is_no_waiting() -> None:
    told = company()
    told.on("01-02", submitted())
    told.on("02-01", RequisitionHeld(requisition_id=R1, reason="budget"))
    told.on("02-11", RequisitionResumed(requisition_id=R1))
    waiting = [told.only("pipeline-health", as_of=on(day))["waiting"] for day in ("04-12", "04-12 00:01")]
    assert waiting == [0, 1]


def test_whom_an_import_brought_yesterday_has_not_been_forgotten() -> None:
    told = company()
    told.on("03-01", submitted(), actor="import")
    assert told.only("pipeline-health", as_of=on("03-15"))["untouched"] == 0
    assert told.only("pipeline-health", as_of=on("03-16"))["untouched"] == 1
