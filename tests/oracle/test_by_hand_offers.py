"""Offers, seats, sources and messages, each against an answer worked out by hand."""

from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from shared.events.ats.application import CandidateStarted, DidNotStart, SourceAttributed, Start
from shared.events.ats.offer import (
    AcceptedWithoutSeat,
    OfferAccepted,
    OfferDeadlineExtended,
    OfferDeclined,
    OfferDrafted,
    OfferExpired,
    OfferExtended,
    OfferReneged,
    OfferRescinded,
    OfferRevised,
)
from shared.events.ats.opening import OpeningClosed, OpeningOpened
from shared.events.ats.requisition import RequisitionApproved, RequisitionHeld, RequisitionResumed
from shared.events.crm.prospect import ProspectHandedOver, ProspectLinked
from shared.events.crm.touchpoint import TouchpointBounced, TouchpointClicked, TouchpointOpened, TouchpointReplied
from shared.events.personal import Clear
from tests.oracle.telling import (
    A1,
    A2,
    C1,
    DAY,
    FULL,
    J1,
    J2,
    M1,
    M2,
    M3,
    O1,
    O2,
    P1,
    P2,
    R1,
    S1,
    U1,
    U2,
    Told,
    company,
    offer,
    on,
    opened,
    recruits,
    rejected,
    sent,
    submitted,
    transferred,
)

NOTHING = {"accepted": (0, 0), "expired": 0, "rescinded": 0, "pending": 0, "not_extended": 0, "reneged": (0, 0)}


def seat(evergreen: bool = False) -> OpeningOpened:
    return OpeningOpened(opening_id=S1, requisition_id=R1, jobs=(J2, J1), kind="new", evergreen=evergreen)


def test_a_seat_that_was_filled_and_held_before() -> None:
    """Held from day 10 to 20, filled from day 15 to 30, filled for good on day 80: 20 days were not open."""
    told = company()
    told.on("01-01", seat(), submitted(), submitted(A2, P2))
    told.on("01-06", RequisitionApproved(requisition_id=R1, revision=1, headcount=1))
    told.on("01-11", RequisitionHeld(requisition_id=R1, reason="budget"))
    told.on("01-16", offer(OfferAccepted))
    told.on("01-21", RequisitionResumed(requisition_id=R1))
    told.on("01-31", offer(OfferReneged))
    assert told.only("time-to-fill") == {"group": {}, "n": 0, "net": None, "gross": None, "open": 1}
    assert told.answer("time-to-fill", by=("job",))[0]["group"] == {"job": str(J2)}
    told.on("03-22", offer(OfferAccepted, O2, A2))
    assert told.only("time-to-fill") == {"group": {}, "n": 1, "net": 60 * DAY, "gross": 80 * DAY, "open": 0}
    assert told.only("time-to-fill", start="requisition")["net"] == 55 * DAY
    assert told.only("time-to-fill", by=("job",))["group"] == {"job": str(J1)}
    assert told.only("time-to-fill", as_of=on("01-20"))["net"] == 10 * DAY
    assert told.only("time-to-fill", period="2026-01")["n"] == 0


def test_seats_that_count_for_nothing() -> None:
    told = company()
    told.on("01-01", seat(evergreen=True))
    assert told.only("time-to-fill")["open"] == 0
    told = company()
    told.on("01-01", seat(), submitted())
    told.on("01-05", offer(OfferAccepted), offer(AcceptedWithoutSeat, opening_id=S1))
    assert told.only("time-to-fill")["open"] == 1
    told.on("01-06", OpeningClosed(opening_id=S1, requisition_id=R1, reason="cancelled"))
    assert told.only("time-to-fill")["open"] == 0
    assert told.only("time-to-fill", start="requisition", as_of=on("01-06"))["open"] == 0


def test_a_process_is_what_came_of_its_last_version() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-03", offer(OfferDrafted))
    assert told.only("offer-acceptance") == {"group": {}, **NOTHING}
    told.on("02-04", offer(OfferExtended))
    assert told.only("offer-acceptance") == {"group": {}, **NOTHING, "pending": 1}
    told.on("02-08", offer(OfferDeclined, cause="declined"))
    told.on("02-09", offer(OfferRevised, opening_id=S1, version=2, changed=("pay",), voids_approvals=True))
    assert told.only("offer-acceptance")["accepted"] == (0, 1)
    told.on("02-10", offer(OfferExtended, version=2))
    told.on("02-15", offer(OfferExpired, version=2))
    assert told.only("offer-acceptance") == {"group": {}, **NOTHING, "expired": 1}
    told.on("02-16", offer(OfferDeadlineExtended, version=2, expires="2026-02-20T00:00:00Z"))
    assert told.only("offer-acceptance", period="2026-01") == {"group": {}, **NOTHING, "pending": 1}
    told.on("02-18", offer(OfferAccepted, version=2))
    assert told.only("offer-acceptance", period="2026-02-18") == {
        "group": {},
        **NOTHING,
        "accepted": (1, 1),
        "reneged": (0, 1),
    }
    assert told.only("days-to-offer")["median"] == 3 * DAY
    assert told.only("days-to-decision")["median"] == 17 * DAY
    assert told.only("time-to-answer")["median"] == 14 * DAY
    assert told.only("days-to-offer", period="2026-02-18")["n"] == 0


def test_an_attempt_ends_when_its_acceptance_is_undone() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-04", offer(OfferDrafted), offer(OfferExtended), offer(OfferAccepted))
    told.on("02-08", offer(OfferReneged))
    told.on("02-10", offer(OfferDrafted, O2), offer(OfferExtended, O2))
    told.on("02-12", offer(OfferRescinded, O2, accepted=False, reason="budget"))
    by_outcome = told.only("offer-acceptance")
    assert by_outcome == {"group": {}, **NOTHING, "accepted": (1, 1), "reneged": (1, 1), "rescinded": 1}
    by_extension = told.only("offer-acceptance", dated="extended", period="2026-02-04..2026-02-09")
    assert by_extension == {"group": {}, **NOTHING, "accepted": (1, 1), "reneged": (1, 1)}
    assert told.only("offer-acceptance", dated="extended")["accepted"] == (1, 2)


def test_an_offer_that_never_went_out() -> None:
    told = company()
    told.on("02-01", submitted(), offer(OfferDrafted))
    told.on("02-09", rejected("applied"))
    assert told.only("offer-acceptance", period="2026-02-09") == {"group": {}, **NOTHING, "not_extended": 1}
    assert told.only("offer-acceptance", as_of=on("02-09"))["not_extended"] == 0
    assert told.only("offer-acceptance", dated="extended") == {"group": {}, **NOTHING}


def touched() -> Told:
    told = company()
    told.on("01-01", sent(M1, source="linkedin"))
    told.on("01-05", submitted(A2, source="agency"))
    told.on("01-08", rejected("applied", A2))
    told.on("02-01", sent(M2, source="referral"))
    told.on("02-03", sent(M3, source="event"))
    told.on("02-10", submitted())
    told.on("02-15", offer(OfferAccepted))
    return told


def day_one(kind: type[Start], offer_id: UUID = O1, job: UUID = J1) -> Any:
    ids = {"application_id": A1, "person_id": P1, "job_id": job, "opening_id": S1, "offer_id": offer_id}
    return kind.model_validate(ids)


def test_they_start_when_the_last_word_says_that_they_came() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-03", offer(OfferExtended))
    assert told.left_out("time-to-start") == {}
    told.on("02-05", offer(OfferAccepted))
    assert told.only("time-to-start") == {"group": {}, "n": 0, "median": None, "p90": None}
    assert told.left_out("time-to-start") == {"not started yet": 1}
    told.on("03-01", day_one(DidNotStart))
    assert told.left_out("time-to-start") == {"did not start": 1}
    told.on("03-02", day_one(CandidateStarted))
    assert told.only("time-to-start") == {"group": {}, "n": 1, "median": 25 * DAY, "p90": "too few"}
    assert [told.only("time-to-start", period=month)["n"] for month in ("2026-02", "2026-03")] == [0, 1]
    assert told.left_out("time-to-start", period="2026-02") == {}
    told.on("03-03", day_one(DidNotStart))
    assert told.left_out("time-to-start", period="2025") == {"did not start": 1}


def test_only_the_acceptance_that_stands_leads_to_a_start() -> None:
    told = company()
    told.on("01-01", recruits(J1, U1, "01-01"))
    told.on("02-01", submitted(), recruits(J1, U2, "03-01"))
    told.on("02-05", offer(OfferAccepted), recruits(J2, U2, "01-01"))
    told.on("03-01", day_one(CandidateStarted))
    assert told.only("time-to-start", by=("recruiter",))["group"] == {"recruiter": str(U2)}
    told.on("03-04", offer(OfferReneged))
    for of in ({}, {"recruiter": str(U1)}, {"period": "2025"}):
        assert told.left_out("time-to-start", **of) == {"acceptance undone": 1}
    assert told.left_out("time-to-start", recruiter=str(U2)) == {}
    told.on("03-05", transferred("applied"))
    told.on("03-06", offer(OfferAccepted, O2, job=J2))
    assert told.left_out("time-to-start", recruiter=str(U1)) == {"not started yet": 1}
    told.on("03-16", day_one(CandidateStarted, O2, J2))
    row = told.only("time-to-start", by=("job", "month"))
    assert (row["group"], row["median"]) == ({"job": str(J2), "month": "2026-03"}, 10 * DAY)


def test_no_start_counts_before_the_acceptance_or_of_a_lead() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-05", day_one(CandidateStarted))
    told.on("02-06", offer(OfferAccepted))
    assert told.left_out("time-to-start") == {"impossible order: it ended before it began": 1}
    other = company()
    other.on("01-02", opened(M1, plan=FULL))
    other.on("02-01", submitted(job=M1, stage="lead"))
    other.on("02-03", offer(OfferAccepted, job=M1))
    assert other.left_out("time-to-start") == {"not started yet": 1}
    other.on("02-04", day_one(CandidateStarted, job=M1))
    assert other.left_out("time-to-start") == {"still a lead": 1}
    assert other.only("time-to-start")["n"] == 0
    other.on("02-05", transferred("applied", from_job=M1, to_job=J2))
    assert other.only("time-to-start")["median"] == DAY


def test_sources_are_shared_exactly() -> None:
    told = touched()

    def shares(**asked: str) -> dict[str, Any]:
        return {row["source"]: row["hires"] for row in told.answer("source-effectiveness", **asked)}

    assert shares() == {"agency": (0, 1), "careers": (1, 1)}
    assert shares(view="first_touch") == {"linkedin": (0, 1), "referral": (1, 1)}
    third, half = Fraction(1, 3), Fraction(1, 2)
    assert shares(view="linear") == {
        "agency": (0, half),
        "linkedin": (0, half),
        "careers": (third, third),
        "referral": (third, third),
        "event": (third, third),
    }
    words = [("credited", "event"), ("application", "agency"), ("application", "referral")]
    for view, new in words:
        told.on(
            "03-01",
            SourceAttributed.model_validate(
                {"application_id": A1, "person_id": P1, "view": view, "old": None, "new": new}
            ),
        )
    assert shares(view="credited") == {"agency": (0, 1), "event": (1, 1)}
    assert shares() == {"agency": (0, 1), "referral": (1, 1)}
    told.log.reverse()
    assert shares() == {"agency": (0, 1), "referral": (1, 1)}
    row = {"group": {}, "source": "agency", "hires": (0, 1)}
    assert told.only("source-effectiveness", period="2026-01", version=1) == row
    assert told.only("source-effectiveness", period="2026-01") == {**row, "interviewed": (0, 1)}


def reply(touchpoint_id: object = U1, **more: object) -> TouchpointReplied:
    said = {"touchpoint_id": touchpoint_id, "person_id": P1, "channel": "email", "source_type": "x", "automatic": False}
    return TouchpointReplied.model_validate({**said, **more})


def test_people_who_react_and_what_becomes_of_them() -> None:
    told = company()
    told.on("01-01", sent(M1), sent(M2, P2, tracked=False, step=2))
    told.on("01-02", TouchpointOpened(touchpoint_id=M1, person_id=P1, machine=True))
    told.on("01-02", TouchpointOpened(touchpoint_id=M2, person_id=P2, machine=False))
    by = {"by": ("campaign",)}
    shares = ("opened", "clicked", "replied", "engaged", "handed_over", "applied", "hired")
    row = told.only("engagement", **by)
    assert row["group"] == {"campaign": str(C1)}
    assert (row["sent"], row["reached"]) == (2, 2)
    assert [row[share] for share in shares] == [(0, 1), (0, 1), (0, 2), (0, 2), (0, 0), (0, 0), (0, 0)]
    told.on("01-03", TouchpointClicked(touchpoint_id=M1, person_id=P1, link="job", machine=False))
    told.on("01-04", reply(M2, person_id=P2), reply(automatic=True, returns=date(2026, 2, 1)))
    told.on(
        "01-05",
        ProspectHandedOver(
            person_id=P1, hand_over_id=U1, job_id=J1, source="x", channel="x", sourced=on("01-01"), name=Clear("N")
        ),
    )
    told.on("01-06", submitted(), offer(OfferAccepted))
    row = told.only("engagement", **by)
    assert [row[share] for share in shares] == [(0, 1), (1, 1), (1, 2), (2, 2), (1, 2), (1, 2), (1, 2)]
    assert told.only("engagement", by=("step",), step=2)["engaged"] == (1, 1)
    told.on("01-07", ProspectLinked(person_id=P2, candidate=P1, by="person"))
    row = told.only("engagement", **by)
    assert (row["sent"], row["reached"], row["replied"], row["hired"]) == (2, 1, (1, 1), (1, 1))
    row = told.only("engagement", unit="message", **by)
    assert [row[share] for share in shares] == [(0, 1), (1, 1), (1, 2), (2, 2), (2, 2), (2, 2), (2, 2)]


def test_a_reply_answers_the_last_message_that_arrived() -> None:
    told = company()
    told.on("01-01", sent(M1, step=1), sent(M2, step=2), sent(M3, step=3))
    told.on("01-02", TouchpointBounced(touchpoint_id=M3, person_id=P1, kind="soft"))
    told.on("01-03", reply())
    replied = {row["group"]["step"]: row["replied"] for row in told.answer("engagement", by=("step",))}
    assert replied == {1: (0, 1), 2: (1, 1), 3: (0, 0)}
    told.on("01-04", reply(message=f"name of {M1}"), reply(message=f"name of {M3}"))
    replied = {row["group"]["step"]: row["replied"] for row in told.answer("engagement", by=("step",))}
    assert replied == {1: (1, 1), 2: (1, 1), 3: (0, 0)}
    assert told.answer("engagement", by=("step",), period="2026-02") == []
    assert told.only("engagement", period="2026-02")["reached"] is None
