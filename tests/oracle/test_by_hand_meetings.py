"""Time to schedule, and interviews per hire, each rule worked out by hand."""

from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.interview import InterviewCancelled, InterviewCompleted, InterviewNoShowRecorded
from shared.events.ats.offer import OfferAccepted, OfferReneged
from tests.oracle.made_up.scribe import named
from tests.oracle.telling import (
    A1,
    A2,
    DAY,
    FULL,
    J1,
    J2,
    M1,
    O2,
    P1,
    P2,
    U1,
    U2,
    advanced,
    company,
    interview,
    meeting,
    moved,
    offer,
    on,
    opened,
    recruits,
    rejected,
    requested,
    submitted,
    transferred,
)

HOUR = DAY // 24
I1, I2, I3, I4, I5 = (named(f"I{n}") for n in range(1, 6))
NOTHING = {"n": 0, "median": None, "km_median": None, "open": 0, "reschedules": None}
NOBODY = {
    "hires": 0, "interviews": 0, "per_hire": None, "interviewer_time": 0, "interviewer_time_per_hire": None,
}  # fmt: skip


def completed(of: UUID, version: int = 1, application: UUID = A1) -> Any:
    return meeting(InterviewCompleted, of, application, version)


def cancelled(of: UUID, version: int = 1) -> Any:
    return meeting(InterviewCancelled, of, version=version, cause="company")


def missed(of: UUID, version: int = 1, interviewer: UUID | None = None) -> Any:
    party = "interviewer" if interviewer else "candidate"
    return meeting(InterviewNoShowRecorded, of, version=version, party=party, interviewer=interviewer)


def test_from_the_request_to_the_first_appointment_or_until_it_was_held() -> None:
    told = company()
    told.on("03-01", submitted())
    told.on("03-02", requested(I1))
    told.on("03-03", requested(I2))
    told.on("03-05", interview(I1, U1, end="03-10 12:00"))
    told.on("03-06", moved(I1, U1, end="03-12 12:00"))
    told.on("03-12 12:00", completed(I1, 2))
    row = {"group": {}, "n": 1, "median": 3 * DAY, "km_median": 3 * DAY, "open": 1, "reschedules": 1}
    assert told.only("time-to-schedule", as_of=on("03-20")) == row
    held = {"median": 10 * DAY + 12 * HOUR, "km_median": 10 * DAY + 12 * HOUR}
    assert told.only("time-to-schedule", end="held", as_of=on("03-20")) == {**row, **held}
    assert told.only("time-to-schedule", as_of=on("03-04")) == {"group": {}, **NOTHING, "open": 2}
    before = told.only("time-to-schedule", end="held", as_of=on("03-11"))
    assert before == {"group": {}, **NOTHING, "open": 2, "reschedules": 1}
    assert told.left_out("time-to-schedule", end="held") == {}
    assert company().only("time-to-schedule") == {"group": {}, **NOTHING}


def test_who_waits_for_an_appointment_longer_than_others_is_censored() -> None:
    told = company()
    told.on("03-01", requested(I1), requested(I2), requested(I3))
    told.on("03-03", interview(I1, U1, end="03-10 12:00"))
    row = told.only("time-to-schedule", as_of=on("03-09"))
    assert (row["n"], row["median"], row["km_median"], row["open"]) == (1, 2 * DAY, None, 2)
    told.on("03-07", interview(I2, U1, end="03-10 12:00"))
    row = told.only("time-to-schedule", as_of=on("03-09"))
    assert (row["n"], row["median"], row["km_median"], row["open"]) == (2, 4 * DAY, 6 * DAY, 1)


def test_it_counts_for_what_was_asked_for_when_it_was() -> None:
    told = company()
    told.on("01-01", recruits(J2, U1, "01-01"))
    told.on("03-01", submitted(source="agency", internal=True), recruits(J2, U2, "04-01"))
    told.on("03-31", requested(I1, job=J2, stage="onsite"))
    told.on("04-02", interview(I1, U1, end="04-10 12:00"))
    by = ("job", "recruiter"), ("stage", "month"), ("department", "source"), ("internal", "quarter")
    assert [told.only("time-to-schedule", by=pair)["group"] for pair in by] == [
        {"job": str(J2), "recruiter": str(U1)},
        {"stage": "onsite", "month": "2026-03"},
        {"department": "Sales", "source": "agency"},
        {"internal": "true", "quarter": "2026-Q1"},
    ]
    assert [told.only("time-to-schedule", period=month)["n"] for month in ("2026-03", "2026-04")] == [1, 0]
    assert [told.only("time-to-schedule", stage=stage)["n"] for stage in ("onsite", "screen")] == [1, 0]
    assert told.only("time-to-schedule", by=("recruiter",), dimension="current")["group"] == {"recruiter": str(U2)}
    told.on("05-01", requested(I2, application=A2))
    (row,) = told.answer("time-to-schedule", period="2026-05", by=("source", "internal"))
    assert (row["group"], row["open"]) == ({"source": None, "internal": None}, 1)


def test_of_several_requests_the_first_counts() -> None:
    told = company()
    told.on("03-02", requested(I1))
    told.on("03-04", requested(I1, job=J2, stage="onsite"))
    told.on("03-05", interview(I1, U1, end="03-10 12:00"))
    told.on("03-06", requested(I1))
    row = told.only("time-to-schedule", by=("job", "stage"))
    assert (row["group"], row["n"], row["median"]) == ({"job": str(J1), "stage": "screen"}, 1, 3 * DAY)


def test_called_off_before_and_after_the_appointment() -> None:
    told = company()
    told.on("03-02", requested(I1))
    told.on("03-03", cancelled(I1, 0))
    for end in ("scheduled", "held"):
        assert told.left_out("time-to-schedule", end=end) == {"cancelled": 1}
        assert told.only("time-to-schedule", end=end) == {"group": {}, **NOTHING}
    assert told.left_out("time-to-schedule", period="2026-04") == {"cancelled": 1}
    assert told.left_out("time-to-schedule", stage="onsite") == {}
    told.on("03-05", interview(I1, U1, end="03-10 12:00"))
    assert told.only("time-to-schedule")["median"] == 3 * DAY
    assert told.only("time-to-schedule", end="held")["open"] == 1
    told.on("03-06", cancelled(I1))
    assert told.only("time-to-schedule")["median"] == 3 * DAY
    assert told.left_out("time-to-schedule") == {}
    assert told.left_out("time-to-schedule", end="held") == {"cancelled": 1}
    told.on("03-07", interview(I1, U1, end="03-12 12:00", version=2))
    told.on("03-12 12:00", completed(I1, 2))
    assert told.only("time-to-schedule")["median"] == 3 * DAY
    assert told.only("time-to-schedule", end="held")["median"] == 10 * DAY + 12 * HOUR


def test_a_meeting_that_anybody_missed_was_not_held() -> None:
    told = company()
    told.on("03-02", requested(I1))
    told.on("03-05", interview(I1, U1, U2, end="03-10 12:00"))
    told.on("03-10 12:00", completed(I1))
    told.on("03-11", missed(I1, interviewer=U2))
    assert told.left_out("time-to-schedule", end="held") == {"interview that somebody missed": 1}
    assert told.only("time-to-schedule")["n"] == 1
    told.on("03-12", moved(I1, U1, U2, end="03-14 12:00"))
    assert told.only("time-to-schedule", end="held") == {"group": {}, **NOTHING, "open": 1, "reschedules": 1}
    told.on("03-14 12:00", completed(I1, 2))
    assert told.only("time-to-schedule", end="held")["median"] == 12 * DAY + 12 * HOUR


def test_what_was_arranged_before_it_was_asked_for_is_an_impossible_order() -> None:
    told = company()
    told.on("03-02", interview(I1, U1, end="03-04 12:00"), interview(I2, U1, end="03-10 12:00"))
    told.on("03-04 12:00", completed(I1))
    told.on("03-05", requested(I1), requested(I2), requested(I3), interview(I3, U1, end="03-10 12:00"))
    told.on("03-10 12:00", completed(I2))
    impossible = "impossible order: it ended before it began"
    assert told.left_out("time-to-schedule") == {impossible: 2}
    assert told.only("time-to-schedule")["median"] == 0
    assert told.left_out("time-to-schedule", end="held", period="2025") == {impossible: 1}
    row = told.only("time-to-schedule", end="held")
    assert (row["n"], row["median"], row["open"]) == (1, 5 * DAY + 12 * HOUR, 1)


def test_what_nobody_asked_for_is_left_out_for_where_and_when_it_was() -> None:
    told = company()
    told.on("01-01", recruits(J1, U1, "01-01"))
    told.on("03-01", submitted(source="agency"), recruits(J1, U2, "04-01"))
    told.on("03-02", interview(I1, U1, end="03-10 12:00"))
    told.on("03-03", moved(I1, U1, end="04-10 12:00"))
    without = {"scheduled without a request": 1}
    for of in ({}, {"stage": "screen"}, {"job": str(J1)}, {"source": "agency"}, {"recruiter": str(U2)}):
        assert told.left_out("time-to-schedule", **of) == told.left_out("time-to-schedule", end="held", **of) == without
    for of in ({"stage": "onsite"}, {"job": str(J2)}, {"source": "careers"}, {"recruiter": str(U1)}):
        assert told.left_out("time-to-schedule", **of) == {}
    told.on("03-04", cancelled(I1, 2))
    assert told.left_out("time-to-schedule", period="2025") == without
    assert told.left_out("time-to-schedule", as_of=on("03-02")) == {}


def test_reschedules_are_those_of_what_is_counted_and_arranged() -> None:
    told = company()
    told.on("03-01", requested(I1), requested(I2), requested(I3), requested(I4))
    told.on("03-02", *(interview(of, U1, end="03-20 12:00") for of in (I1, I2, I3, I5)))
    told.on("03-03", moved(I1, U1, end="03-21 12:00"), moved(I5, U1, end="03-21 12:00"))
    assert told.only("time-to-schedule")["reschedules"] == Fraction(1, 3)
    told.on("03-04", moved(I2, U1, end="03-21 12:00"), moved(I1, U1, end="03-21 12:00", version=3))
    assert told.only("time-to-schedule")["reschedules"] == 1
    told.on("03-05", cancelled(I1, 3), cancelled(I3))
    assert told.only("time-to-schedule")["reschedules"] == 1
    assert told.only("time-to-schedule", end="held")["reschedules"] == 1
    told.on("03-06", interview(I1, U1, end="03-22 12:00", version=4))
    assert told.only("time-to-schedule", end="held")["reschedules"] == Fraction(3, 2)
    assert told.only("time-to-schedule", end="held")["open"] == 3


def test_interviews_of_a_cohort_against_its_hires() -> None:
    told = company()
    told.on("03-01", submitted(), submitted(A2, P2))
    told.on("03-05", interview(I1, U1, U2, U1, end="04-10 12:00"), interview(I2, U1, end="04-11 12:00"))
    told.on("03-05", interview(I3, U2, end="04-12 12:00", application=A2))
    told.on("04-10 12:00", completed(I1))
    told.on("04-11 12:00", completed(I2))
    told.on("04-12 12:00", completed(I3, application=A2))
    row: dict[str, Any] = {"group": {}, **NOBODY, "interviews": 3, "interviewer_time": 4 * HOUR}
    assert told.only("interviews-per-hire") == row
    told.on("05-01", offer(OfferAccepted))
    hired = {"hires": 1, "per_hire": 3, "interviewer_time_per_hire": 4 * HOUR}
    assert told.only("interviews-per-hire", period="2026-03") == {**row, **hired}
    for period in ("2026-04", "2026-05"):
        assert told.only("interviews-per-hire", period=period) == {"group": {}, **NOBODY}
    told.on("05-02", offer(OfferAccepted, O2, A2))
    both = {"hires": 2, "per_hire": Fraction(3, 2), "interviewer_time_per_hire": 2 * HOUR}
    assert told.only("interviews-per-hire") == {**row, **both}
    told.on("05-03", offer(OfferReneged, O2, A2))
    assert told.only("interviews-per-hire") == {**row, **hired}
    assert told.left_out("interviews-per-hire") == {}


def test_interviewer_time_is_shared_out_exactly() -> None:
    told = company()
    told.on("03-01", *(submitted(one, one) for one in (A1, A2, M1)), interview(I1, U1, end="03-10 12:00"))
    told.on("03-10 12:00", completed(I1))
    for number, one in enumerate((A1, A2, M1)):
        told.on("03-11", offer(OfferAccepted, named(f"offer {number}"), one, person_id=one))
    row = told.only("interviews-per-hire")
    assert (row["per_hire"], row["interviewer_time_per_hire"]) == (Fraction(1, 3), 20 * HOUR // 60)


def test_all_of_a_cohort_counts_for_the_job_and_the_recruiter_of_the_submission() -> None:
    told = company()
    told.on("01-01", recruits(J1, U1, "01-01"), recruits(J2, U2, "01-01"))
    told.on("03-01", submitted(source="agency"), recruits(J1, U2, "03-02"))
    told.on("03-05", transferred("applied"))
    told.on("03-06", interview(I1, U1, end="04-10 12:00"))
    told.on("04-10 12:00", completed(I1))
    told.on("05-01", offer(OfferAccepted, job=J2))
    for by in ("job", "recruiter"), ("month", "source"):
        row = told.only("interviews-per-hire", by=by)
        assert (row["hires"], row["interviews"]) == (1, 1)
        told_of = {"job": str(J1), "recruiter": str(U1), "month": "2026-03", "source": "agency"}
        assert row["group"] == {name: told_of[name] for name in by}
    assert told.only("interviews-per-hire", job=str(J2)) == {"group": {}, **NOBODY}


def test_what_was_not_held_is_left_out_by_the_first_reason() -> None:
    told = company()
    told.on("01-01", recruits(J1, U1, "01-01"))
    told.on("03-01", submitted(source="agency"), *(interview(of, U1, end="03-10 12:00") for of in (I1, I2, I3)))
    told.on("03-02", cancelled(I2), recruits(J1, U2, "03-02"))
    told.on("03-03", missed(I3))
    assert told.left_out("interviews-per-hire") == {"interview not completed": 3}
    told.on("03-10 12:00", completed(I1), completed(I3))
    left_out = {"interview not completed": 1, "interview that somebody missed": 1}
    for of in ({}, {"recruiter": str(U1)}, {"source": "agency"}, {"period": "2025"}):
        assert told.left_out("interviews-per-hire", **of) == left_out
    assert told.left_out("interviews-per-hire", recruiter=str(U2)) == {}
    assert told.only("interviews-per-hire")["interviews"] == 1


def test_an_interview_that_ended_before_it_began_took_no_time() -> None:
    told = company()
    told.on("03-01", submitted(), interview(I1, U1, end="03-10 12:00"))
    backwards = interview(I2, U1, end="03-10 12:00")
    told.on("03-02", backwards.model_copy(update={"start": on("03-10 13:00")}))
    same = interview(I3, U1, end="03-10 12:00")
    told.on("03-02", same.model_copy(update={"start": same.end}))
    told.on("03-10 12:00", completed(I1), completed(I2), completed(I3))
    row = told.only("interviews-per-hire")
    assert (row["interviews"], row["interviewer_time"]) == (2, HOUR)
    assert told.left_out("interviews-per-hire") == {"impossible order: it ended before it began": 1}


def test_leads_are_of_no_cohort_nor_is_who_never_applied() -> None:
    told = company()
    told.on("01-02", opened(M1, plan=FULL, department="Sales"))
    told.on("03-01", submitted(job=M1, stage="lead"), interview(I1, U1, end="03-10 12:00"))
    told.on("03-01", interview(I2, U1, end="03-10 12:00", application=A2))
    told.on("03-05", offer(OfferAccepted, job=M1))
    told.on("03-10 12:00", completed(I1), completed(I2, application=A2))
    assert told.left_out("interviews-per-hire") == {"still a lead": 2, "interview of an unknown application": 1}
    assert told.left_out("interviews-per-hire", department="Sales") == {"still a lead": 2}
    unknown = {"interview of an unknown application": 1}
    assert told.left_out("interviews-per-hire", department="Engineering") == unknown
    assert told.left_out("interviews-per-hire", as_of=on("03-02")) == {"interview not completed": 1, **unknown}
    assert told.only("interviews-per-hire") == {"group": {}, **NOBODY}
    told.on("03-12", advanced("lead", "applied"))
    assert told.only("interviews-per-hire", period="2026-03-12")["per_hire"] == 1
    assert told.left_out("interviews-per-hire") == unknown


@pytest.mark.parametrize("kept", [A1, A2])
def test_interviews_of_records_that_are_one_are_of_one_application(kept: UUID) -> None:
    told = company()
    told.on("03-01", submitted(A2, P2, source="agency"), interview(I1, U1, end="03-10 12:00", application=A2))
    told.on("03-02", submitted(), interview(I2, U1, end="03-11 12:00"))
    told.on("03-10 12:00", completed(I1, application=A2))
    told.on("03-11 12:00", completed(I2))
    told.on("03-12", rejected("applied", A2, P2) if kept == A1 else rejected("applied"))
    told.on("03-13", offer(OfferAccepted, application=kept))
    left_out = A2 if kept == A1 else A1
    told.on("03-14", CandidatesMerged(person_id=P1, merged=P2, application_map={left_out: kept}))
    row = told.only("interviews-per-hire", by=("source",), period="2026-03-01")
    assert (row["group"], row["hires"], row["interviews"]) == ({"source": "agency"}, 1, 2)
