"""Times and counts of applications, each against an answer worked out by hand."""

from shared.events.ats.application import CandidateHired, HireReversed
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.job import StagePlanChanged
from shared.events.ats.offer import OfferAccepted, OfferDrafted, OfferExtended, OfferReneged
from shared.events.ats.requisition import RequisitionHeld, RequisitionResumed
from shared.events.crm.prospect import CandidateSourced, ProspectLinked
from shared.events.personal import Clear
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
    S1,
    SHORT,
    U1,
    U2,
    WITH_CASE,
    Told,
    advanced,
    company,
    days,
    moved_back,
    offer,
    on,
    opened,
    recruits,
    rejected,
    reopened,
    sent,
    submitted,
    transferred,
)

ACCEPTED = offer(OfferAccepted)


def hired_twice() -> Told:
    """5 January submitted, 4 February accepted, 10 February reversed, 6 March accepted again (rules D4)."""
    told = company()
    hired = CandidateHired(application_id=A1, person_id=P1, job_id=J1, opening_id=S1, offer_id=O1)
    reversal = HireReversed(application_id=A1, person_id=P1, opening_id=S1, cause="did_not_start")
    told.on("01-05", submitted())
    told.on("02-04", ACCEPTED)
    told.on("02-05", hired)
    told.on("02-10", reversal)
    told.on("03-06", offer(OfferAccepted, O2))
    return told


def merged() -> Told:
    """The example of rules D14; the merge is heard of on 28 March."""
    told = company()
    told.on("03-10", submitted())
    told.on("03-16", advanced("applied", "screen"))
    told.on("03-18", submitted(A2, P2, source="agency"))
    told.on("03-20", rejected("screen"))
    told.on("03-22", advanced("applied", "screen", application=A2, person=P2))
    told.on("03-25", advanced("screen", "onsite", application=A2, person=P2))
    told.on("03-28", CandidatesMerged(person_id=P2, merged=P1, application_map={A1: A2}))
    told.on("04-05", offer(OfferAccepted, application=A2))
    return told


def test_the_hire_that_stands_counts_and_its_reversal_is_no_gap() -> None:
    told = hired_twice()
    assert told.only("time-to-hire") == {"group": {}, "n": 1, "median": 60 * DAY, "p90": "too few"}
    assert told.only("time-to-hire", hire="first")["median"] == 30 * DAY
    assert told.only("time-to-hire", hire="first", end="hired")["median"] == 31 * DAY
    assert told.only("time-to-hire", end="hired") == {"group": {}, "n": 0, "median": None, "p90": None}
    assert told.only("time-to-hire", as_of=on("02-20"))["n"] == 0
    assert told.only("time-to-hire", known_at=on("02-10"))["median"] == 30 * DAY


def test_inactive_time_is_taken_out() -> None:
    told = company()
    told.on("03-01", submitted())
    told.on("03-05", rejected("applied"))
    told.on("03-09", reopened("applied"))
    told.on("03-21", ACCEPTED)
    assert told.only("time-to-hire")["median"] == 16 * DAY
    assert told.only("time-to-hire", inactive="kept")["median"] == 20 * DAY
    (row,) = told.answer("time-in-stage", stage="applied")
    assert (row["n"], row["median"]) == (1, 16 * DAY)
    assert [told.only("time-in-stage", unit="visit")[name] for name in ("n", "median")] == [2, 8 * DAY]


def test_the_clock_may_start_elsewhere() -> None:
    told = company()
    told.on("01-02", CandidateSourced(person_id=P2, channel="linkedin", name=Clear("N")))
    told.on("01-03", sent(M1, P2))
    told.on("01-20", submitted(A2, P2))
    told.on("01-25", rejected("applied", A2, P2))
    told.on("02-01", sent(M2, P2))
    told.on("02-11", submitted())
    told.on("02-14", transferred("screen"))
    told.on("02-21", offer(OfferAccepted, job=J2))
    assert told.only("time-to-hire", start="sourced")["n"] == 0
    told.on("02-22", ProspectLinked(person_id=P2, candidate=P1, by="person"))
    assert told.only("time-to-hire")["median"] == 10 * DAY
    assert told.only("time-to-hire", start="job_entry")["median"] == 7 * DAY
    assert told.only("time-to-hire", start="sourced")["median"] == 50 * DAY
    assert told.only("time-to-hire", start="first_touch")["median"] == 20 * DAY
    assert told.only("time-to-hire", start="first_touch", known_at=on("02-22"))["median"] == 10 * DAY


def test_a_lead_is_an_application_from_where_it_leaves_its_stage() -> None:
    told = company()
    told.on("01-02", opened(M1, plan=FULL))
    told.on("02-01", submitted(job=M1, stage="lead"))
    assert told.answer("funnel")[0]["reached"] is None
    told.on("02-05", advanced("lead", "screen", "applied"))
    told.on("02-06", moved_back("screen", "lead", mistake=True))
    assert told.answer("funnel")[0]["reached"] is None
    told.on("02-11", advanced("lead", "screen", "applied"))
    told.on("02-15", offer(OfferAccepted, job=M1))
    assert told.only("time-to-hire")["median"] == 4 * DAY


def test_a_merge_makes_one_application_of_two() -> None:
    told = merged()
    assert told.only("time-to-hire")["median"] == 26 * DAY
    assert told.only("time-to-hire", known_at=on("03-28"), as_of=on("03-28"))["n"] == 0
    assert told.only("hires", by=("source",)) == {"group": {"source": "careers"}, "n": 1}
    times = {row["stage"]: row["median"] for row in told.answer("time-in-stage")}
    assert times == {"applied": 4 * DAY, "screen": 3 * DAY, "onsite": 11 * DAY}
    before = {row["milestone"]: row["reached"] for row in told.answer("funnel", known_at=on("03-28"))}
    after = {row["milestone"]: row["reached"] for row in told.answer("funnel", known_at=on("04-01"))}
    assert (before["applied"], before["screened"]) == (2, 2)
    assert (after["applied"], after["screened"], after["onsite"]) == (1, 1, 1)
    assert told.only("entered")["n"] == 2


def test_a_hire_belongs_to_the_recruiter_and_month_of_its_acceptance() -> None:
    told = company()
    told.on("01-01", recruits(J1, U1, "01-01"))
    told.on("02-20", recruits(J1, U1, "01-01", "03-01"), recruits(J1, U2, "03-01"))
    told.on("02-25", submitted())
    told.on("03-31 21:59", offer(OfferAccepted))
    told.on("03-31", submitted(A2, P2))
    told.on("03-31 22:00", offer(OfferAccepted, O2, A2))
    in_berlin = {"zone": "Europe/Berlin", "by": ("month", "recruiter")}
    rows = {row["group"]["month"]: row for row in told.answer("hires", **in_berlin)}
    assert {month: row["n"] for month, row in rows.items()} == {"2026-03": 1, "2026-04": 1}
    assert rows["2026-03"]["group"] == {"month": "2026-03", "recruiter": str(U2)}
    assert told.only("hires", period="2026-Q1", zone="Europe/Berlin")["n"] == 1
    assert told.only("hires", period="2026-03")["n"] == 2
    assert told.only("hires", recruiter=str(U1))["n"] == 0


def test_pass_through_leaves_out_what_waits_only_where_asked() -> None:
    told = company()
    told.on("02-01", submitted(), submitted(A2, P2))
    told.on("02-03", advanced("applied", "onsite", "screen"))
    applied, screened, interviewed, onsite, offered, hired = told.answer("funnel", period="2026-02")
    assert applied == {
        "group": {},
        "milestone": "applied",
        "reached": 2,
        "pass_through": (1, 2),
        "completed": (1, 1),
        "waiting": 1,
    }
    assert (screened["reached"], screened["pass_through"], screened["waiting"]) == (1, (1, 1), 0)
    assert (onsite["pass_through"], onsite["completed"], onsite["waiting"]) == ((0, 1), (0, 0), 1)
    assert (interviewed["reached"], offered["reached"], hired["reached"]) == (0, 0, 0)
    told.on("02-05", offer(OfferAccepted))
    assert [row["reached"] for row in told.answer("funnel")] == [2, 1, 0, 1, 1, 1]


def test_each_job_sees_its_own_leg() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-03", advanced("applied", "screen"))
    told.on("02-05", transferred("onsite"))
    told.on("02-09", offer(OfferAccepted, job=J2))
    rows = {(row["group"]["job"], row["milestone"]): row for row in told.answer("funnel", by=("job",))}
    here, there = str(J1), str(J2)
    assert (rows[here, "applied"]["pass_through"], rows[here, "screened"]["pass_through"]) == ((1, 1), (0, 0))
    assert (rows[there, "applied"]["reached"], rows[there, "screened"]["reached"]) == (0, 0)
    assert (rows[there, "onsite"]["pass_through"], rows[there, "hired"]["reached"]) == ((1, 1), 1)
    whole = {row["milestone"]: row["reached"] for row in told.answer("funnel")}
    assert (whole["applied"], whole["screened"], whole["onsite"], whole["hired"]) == (1, 1, 1, 1)


def test_a_mistake_is_no_entry() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-03", advanced("applied", "screen"))
    told.on("02-04", advanced("screen", "onsite"))
    told.on("02-06", moved_back("onsite", "screen", mistake=True))
    assert told.answer("entered", by=("stage",)) == [{"group": {"stage": "screen"}, "n": 1}]
    assert told.only("entered", stage="onsite")["n"] == 0
    assert {row["milestone"]: row["reached"] for row in told.answer("funnel")}["onsite"] == 0
    told.on("02-09", moved_back("screen", "applied"))
    told.on("02-10", advanced("applied", "screen"))
    assert {row["milestone"]: row["reached"] for row in told.answer("funnel")}["screened"] == 1
    times = {
        row["stage"]: (row["n"], row["median"], row["open"]) for row in told.answer("time-in-stage", as_of=on("02-12"))
    }
    assert times == {"applied": (1, 3 * DAY, 0), "screen": (0, None, 1)}


def test_a_mistake_was_the_stage_that_it_was_put_right_to() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-04", advanced("applied", "onsite", "screen"))
    told.on("02-06", moved_back("onsite", "screen", mistake=True))
    told.on("02-14", advanced("screen", "onsite"))
    times = {row["stage"]: (row["n"], row["median"]) for row in told.answer("time-in-stage", as_of=on("02-15"))}
    assert times == {"applied": (1, 3 * DAY), "screen": (1, 10 * DAY), "onsite": (0, None)}
    reached = {row["milestone"]: row["reached"] for row in told.answer("funnel", as_of=on("02-07"))}
    assert (reached["screened"], reached["onsite"]) == (1, 0)


def test_what_was_left_out_in_a_merge_still_tells() -> None:
    """A1 was accepted and reneged, and then left out of a merge that keeps A2, rejected before it."""
    told = company()
    told.on("02-01", submitted())
    told.on("02-03", advanced("applied", "screen"))
    told.on("02-04", submitted(A2, P2))
    told.on("02-09", offer(OfferDrafted), offer(OfferExtended), offer(OfferAccepted))
    told.on("02-11", offer(OfferReneged))
    told.on("02-12", rejected("screen"))
    told.on("02-10", rejected("applied", A2, P2))
    told.on("02-20", CandidatesMerged(person_id=P2, merged=P1, application_map={A1: A2}))
    assert told.only("hires", as_of=on("02-10"))["n"] == 1
    assert told.only("time-to-hire", as_of=on("02-10"))["median"] == 8 * DAY
    assert told.answer("time-in-stage", as_of=on("02-10"))[0]["median"] == 5 * DAY
    assert told.answer("time-in-stage")[0]["median"] == 6 * DAY
    assert told.only("hires")["n"] == 0
    # Before A2 was submitted there is nothing that could be kept instead of A1.
    assert told.answer("time-in-stage", as_of=on("02-04"), stage="screen")[0]["open"] == 1
    told.on("02-20", offer(OfferDrafted, O2, A2))
    assert told.only("offer-acceptance", period="2026-02-12")["not_extended"] == 1
    assert told.only("offer-acceptance", period="2026-02-10")["not_extended"] == 0


def test_a_plan_switch_goes_on_with_the_visit() -> None:
    told = company()
    told.on("05-01", submitted())
    told.on("05-03", advanced("applied", "onsite", "screen"))
    told.on(
        "05-07",
        StagePlanChanged(
            job_id=J1,
            requisition_id=R1,
            from_plan=SHORT.id,
            from_version=1,
            plan_id=WITH_CASE.id,
            plan_version=2,
            stage_map={"screen": "screen", "onsite": "onsite"},
        ),
    )
    told.on("05-09", advanced("onsite", "offer"))
    times = {row["stage"]: row["median"] for row in told.answer("time-in-stage", unit="visit")}
    assert times == {"applied": 2 * DAY, "onsite": 6 * DAY, "offer": None}
    assert told.answer("time-in-stage", stage="case") == [
        {"group": {}, "stage": "case", "n": 0, "median": None, "mean": None, "km_median": None, "open": 0}
    ]


def test_those_who_stay_count_for_kaplan_meier_and_holds_do_not() -> None:
    told = company()
    told.on("02-01", submitted(), submitted(A2, P2))
    told.on("02-05", RequisitionHeld(requisition_id=R1, reason="budget"))
    told.on("02-08", RequisitionResumed(requisition_id=R1))
    told.on("02-11", advanced("applied", "screen"))
    row = next(row for row in told.answer("time-in-stage", as_of=on("02-21")) if row["stage"] == "applied")
    assert (row["n"], row["median"], row["mean"], row["km_median"], row["open"]) == (1, 7 * DAY, 7 * DAY, 7 * DAY, 1)
    assert told.answer("time-in-stage", as_of=on("02-11"))[0]["km_median"] is None
    told.on("02-16", advanced("applied", "screen", application=A2, person=P2))
    assert told.answer("time-in-stage", stage="applied")[0]["median"] == days(9.5)
    assert told.answer("time-in-stage", stage="applied", period="2026-02-12..2026-02-20")[0]["n"] == 1
    assert told.answer("time-in-stage", period="2026-02-12", unit="visit")[0]["open"] == 1


def test_what_is_heard_of_late_changes_only_what_is_known_now() -> None:
    told = company()
    told.on("02-01", submitted(), known="06-01")
    told.on("02-11", offer(OfferAccepted), known="06-02")
    told.on("03-01", offer(OfferReneged), known="06-03")
    assert told.only("hires", as_of=on("03-01"), known_at=on("05-01"))["n"] == 0
    assert told.only("hires", as_of=on("03-01"), known_at=on("06-04"))["n"] == 1
    assert told.only("hires", known_at=on("06-03"))["n"] == 1
    assert told.only("hires")["n"] == 0
