"""Corners of the courses of applications, where two rules meet, each worked out by hand."""

from shared.events.ats.application import ApplicationWithdrawn, CandidateHired, HireReversed
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.job import StagePlanChanged
from shared.events.ats.offer import OfferAccepted, OfferReneged
from tests.oracle.telling import (
    A1,
    A2,
    DAY,
    FULL,
    J1,
    J2,
    M1,
    M2,
    O1,
    O2,
    P1,
    P2,
    R1,
    RENAMED,
    S1,
    SHORT,
    Told,
    advanced,
    company,
    moved_back,
    offer,
    on,
    opened,
    rejected,
    reopened,
    sent,
    submitted,
    transferred,
)


def switched(job: str, **stage_map: str) -> StagePlanChanged:
    return StagePlanChanged(
        job_id=J1 if job == "J1" else J2,
        requisition_id=R1,
        from_plan=SHORT.id,
        from_version=1,
        plan_id=RENAMED.id,
        plan_version=1,
        stage_map=stage_map,
    )


def stages(told: Told, **asked: object) -> dict[str, tuple[int, object, int]]:
    return {row["stage"]: (row["n"], row["median"], row["open"]) for row in told.answer("time-in-stage", **asked)}


def reached(told: Told, **asked: object) -> dict[str, int]:
    return {row["milestone"]: row["reached"] for row in told.answer("funnel", **asked)}


def test_a_switch_of_plans_renames_only_who_stands_there() -> None:
    told = company()
    told.on("02-01", submitted(), submitted(A2, P2))
    told.on("02-05", rejected("applied", A2, P2))
    told.on("02-06", switched("J2", applied="review"))
    assert set(stages(told)) == {"applied"}
    told.on("02-07", switched("J1", applied="review"))
    assert stages(told, as_of=on("02-09")) == {"review": (0, None, 1), "applied": (1, 4 * DAY, 0)}
    told.on("02-11", advanced("review", "panel", "call"))
    assert reached(told) == {"applied": 2, "screened": 1, "interviewed": 1, "onsite": 0, "offer": 0, "hired": 0}


def test_a_mistake_after_a_switch_goes_back_to_the_stage_as_it_is_called_now() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-03", advanced("applied", "screen"))
    told.on("02-04", switched("J1", applied="review", screen="call"))
    told.on("02-05", moved_back("call", "review", mistake=True))
    assert stages(told, as_of=on("02-09"), unit="visit") == {"review": (0, None, 1)}
    told.on("02-11", advanced("review", "call"))
    assert stages(told, as_of=on("02-12"))["review"] == (1, 10 * DAY, 0)


def test_a_mistake_in_a_new_job_does_not_reach_back_into_the_old_one() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-03", transferred("screen"))
    told.on("02-05", moved_back("screen", "applied", mistake=True))
    by_job = told.answer("time-in-stage", as_of=on("02-07"), by=("job",))
    assert {(row["group"]["job"], row["n"], row["open"]) for row in by_job} == {(str(J1), 1, 0), (str(J2), 0, 1)}
    assert stages(told, as_of=on("02-07"), unit="visit") == {"applied": (1, 2 * DAY, 1)}


def test_every_gap_counts_and_every_stay_after_it() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-03", rejected("applied"))
    told.on("02-05", reopened("applied"))
    told.on("02-06", advanced("applied", "screen"))
    told.on("02-08", ApplicationWithdrawn(application_id=A1, person_id=M1, stage="screen", reason="moved"))
    told.on("02-11", reopened("screen"))
    told.on("02-15", offer(OfferAccepted))
    assert told.only("time-to-hire")["median"] == 9 * DAY
    assert stages(told) == {"applied": (1, 3 * DAY, 0), "screen": (1, 6 * DAY, 0)}


def test_a_period_of_stays_is_that_in_which_they_ended() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-03", advanced("applied", "screen"))
    told.on("02-07", advanced("screen", "onsite"))
    told.on("02-09", advanced("onsite", "offer"))
    assert stages(told, period="2026-02-03") == {"applied": (1, 2 * DAY, 0), "screen": (0, None, 1)}
    assert stages(told, period="2026-02-07..2026-02-08") == {"screen": (1, 4 * DAY, 0), "onsite": (0, None, 1)}
    assert told.only("entered", period="2026-02-03..2026-02-07")["n"] == 2
    assert told.only("entered", period="2026-02-08")["n"] == 0


def test_a_leg_that_was_only_a_lead_is_no_row() -> None:
    told = company()
    told.on("01-02", opened(M1, plan=FULL))
    told.on("02-01", submitted(job=M1, stage="lead"))
    told.on("02-03", transferred("screen", from_job=M1, to_job=J2))
    rows = {row["group"]["job"]: row for row in told.answer("funnel", by=("job",)) if row["milestone"] == "screened"}
    assert list(rows) == [str(J2)]
    assert (rows[str(J2)]["reached"], rows[str(J2)]["waiting"]) == (1, 1)
    assert told.answer("funnel", job=str(M1))[0]["reached"] is None
    assert (reached(told)["applied"], reached(told, job=str(J2))["applied"]) == (1, 0)
    told.on("02-05", advanced("screen", "offer", "onsite"))
    assert told.answer("funnel", job=str(J2), period="2026-02-03")[1]["pass_through"] == (1, 1)


def test_what_the_one_left_out_reached_counts_in_the_leg_of_its_job() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-02", submitted(A2, P2, J2))
    told.on("02-03", advanced("applied", "onsite", application=A2, person=P2))
    told.on("02-05", rejected("onsite", A2, P2))
    told.on("02-07", transferred("screen"))
    told.on("02-09", CandidatesMerged(person_id=M2, merged=P2, application_map={A2: A1}))
    assert reached(told, job=str(J1))["onsite"] == 0
    assert reached(told, job=str(J2))["onsite"] == 1
    assert reached(told)["onsite"] == 1


def test_only_an_end_before_the_submission_begins_the_window_anew() -> None:
    told = company()
    told.on("01-02", submitted(A2))
    told.on("01-05", sent(M1, source="agency"))
    told.on("01-10", submitted())
    told.on("01-10", sent(M2, source="event"))
    told.on("01-20", rejected("applied", A2))
    first = {row["source"] for row in told.answer("source-effectiveness", view="first_touch", period="2026-01-10")}
    assert first == {"agency"}
    linear = {row["source"] for row in told.answer("source-effectiveness", view="linear", period="2026-01-10")}
    assert linear == {"agency", "event", "careers"}


def test_stays_in_two_jobs_belong_to_the_last_unless_jobs_are_asked_for() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-03", transferred("applied"))
    told.on("02-06", advanced("applied", "screen"))
    by_department = [row for row in told.answer("time-in-stage", by=("department",)) if row["stage"] == "applied"]
    assert [(row["group"]["department"], row["median"]) for row in by_department] == [("Sales", 5 * DAY)]
    by_job = {row["group"]["job"]: row["median"] for row in told.answer("time-in-stage", by=("job",), stage="applied")}
    assert by_job == {str(J1): 2 * DAY, str(J2): 3 * DAY}


def test_who_has_accepted_waits_in_no_stage_whichever_record_goes_on() -> None:
    told = company()
    told.on("02-01", submitted(), submitted(A2, P2))
    told.on("02-03", offer(OfferAccepted, O2, A2))
    told.on("02-05", advanced("applied", "screen"))
    told.on("02-08", offer(OfferReneged, O2, A2))
    told.on("02-10", CandidatesMerged(person_id=P1, merged=P2, application_map={A2: A1}))
    assert stages(told, as_of=on("02-07")) == {"applied": (1, 2 * DAY, 0)}
    assert stages(told, as_of=on("02-11")) == {"applied": (1, 4 * DAY, 0), "screen": (0, None, 1)}
    assert told.only("entered", as_of=on("02-07"))["n"] == 1


def test_a_record_that_came_after_the_acceptance_of_the_other_had_no_stay_then() -> None:
    told = company()
    told.on("02-01", submitted(A2, P2))
    told.on("02-03", offer(OfferAccepted, O2, A2))
    told.on("02-05", submitted())
    told.on("02-08", offer(OfferReneged, O2, A2))
    told.on("02-10", CandidatesMerged(person_id=P1, merged=P2, application_map={A2: A1}))
    assert stages(told, as_of=on("02-07")) == {}
    assert stages(told, as_of=on("02-11")) == {"applied": (0, None, 1)}


def test_a_hire_that_is_reversed_is_that_of_its_own_record() -> None:
    told = company()
    told.on("02-01", submitted(), submitted(A2, P2))
    told.on("02-03", offer(OfferAccepted))
    told.on("02-04", offer(OfferAccepted, O2, A2))
    for person, application, offer_id in ((P1, A1, O1), (P2, A2, O2)):
        ids = {"person_id": person, "application_id": application, "job_id": J1, "opening_id": S1}
        told.on("02-05", CandidateHired.model_validate({**ids, "offer_id": offer_id}))
    told.on("02-08", HireReversed(application_id=A1, person_id=P1, opening_id=S1, cause="mistake"))
    told.on("02-10", CandidatesMerged(person_id=P2, merged=P1, application_map={A1: A2}))
    assert told.only("time-to-hire")["median"] == 3 * DAY


def test_a_lead_that_is_opened_again_has_not_moved_by_that() -> None:
    told = company()
    told.on("01-02", opened(M1, plan=FULL))
    told.on("02-01", submitted(job=M1, stage="lead"))
    told.on("02-03", rejected("lead"))
    ids = {"job_id": M1, "requisition_id": R1, "from_plan": FULL.id, "from_version": 1}
    now = {"plan_id": SHORT.id, "plan_version": 1, "stage_map": {"lead": "applied"}}
    told.on("02-04", StagePlanChanged.model_validate({**ids, **now}))
    told.on("02-05", reopened("applied"))
    assert told.only("response-time")["open"] == 0
    told.on("02-07", advanced("applied", "screen"))
    assert [told.only("response-time", period=day)["open"] for day in ("2026-02-05", "2026-02-07")] == [0, 1]


def test_a_stay_that_is_open_in_march_is_one_of_march() -> None:
    told = company()
    told.on("02-01", submitted())
    (row,) = told.answer("time-in-stage", by=("month",), period="2026-03")
    assert (row["group"], row["open"]) == ({"month": "2026-03"}, 1)
    (row,) = told.answer("time-in-stage", by=("month",), as_of=on("04-01"))
    assert row["group"] == {"month": "2026-03"}
