"""Approvals, the curve of time in stage (E8), and the way from a campaign to the hire, worked out by hand."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from shared.events.ats.application import ApplicationWithdrawn
from shared.events.ats.approval import (
    ApprovalDecided,
    ApprovalRequested,
    ApprovalSkipped,
    ApprovalVoided,
    ApproverReplaced,
)
from shared.events.ats.offer import OfferAccepted, OfferReneged
from shared.events.ats.requisition import RequisitionHeld, RequisitionResumed
from shared.events.crm.enrolment import CampaignEnrolled
from shared.events.crm.prospect import ProspectHandedOver, ProspectLinked
from shared.events.crm.touchpoint import TouchpointBounced, TouchpointReplied
from shared.events.personal import Clear
from tests.oracle.figures import kaplan_meier
from tests.oracle.made_up.scribe import named
from tests.oracle.telling import (
    A2,
    C1,
    DAY,
    FULL,
    J1,
    M1,
    M2,
    M3,
    O2,
    P1,
    P2,
    R1,
    U1,
    U2,
    Told,
    advanced,
    company,
    offer,
    on,
    opened,
    rejected,
    sent,
    submitted,
)

U3, U4 = named("U3"), named("U4")
ROUND = named("round")
THREE = (U1, U2, U3)


def ids(of: UUID = ROUND) -> dict[str, Any]:
    return {"approval_id": of, "anchor_id": R1, "anchor_purpose": "confidential"}


def asked(
    *groups: tuple[int, Sequence[UUID]], of: UUID = ROUND, subject: str = "offer", job: UUID | None = J1
) -> ApprovalRequested:
    chain = {"chain_id": C1, "chain_version": 1, "round": 1, "requester": U4, "subject_id": C1, "subject_version": 1}
    parts = [{"n": n, "members": members} for n, members in groups]
    return ApprovalRequested.model_validate({**ids(of), **chain, "subject": subject, "job_id": job, "groups": parts})


def vote(by: UUID, yes: bool = True, step: int = 1, of: UUID = ROUND, **more: Any) -> ApprovalDecided:
    decision = "approved" if yes else "rejected"
    return ApprovalDecided.model_validate(
        {**ids(of), "step": step, "approver": by, "decision": decision, "channel": "web", **more}
    )


def replaced(by: UUID | None, who: UUID = U2) -> ApproverReplaced:
    return ApproverReplaced.model_validate({**ids(), "approver": who, "successor": by, "cause": "deactivated"})


def figures(told: Told, **asked_for: Any) -> dict[str, Any]:
    row = told.only("approvals", **asked_for)
    return {name: value for name, value in row.items() if value not in (0, None, {}, "too few")}


def test_two_of_three_take_until_the_second_vote() -> None:
    told = company()
    told.on("03-02 09:00", asked((2, THREE)))
    told.on("03-02 11:00", vote(U1))
    assert figures(told) == {"open": 1}
    told.on("03-03 09:00", vote(U2))
    assert figures(told) == {"n": 1, "median": DAY}
    told.on("03-04 09:00", vote(U3))
    assert figures(told) == {"n": 1, "median": DAY}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((vote(U1), vote(U2, False), vote(U3)), "n"),
        ((vote(U1, False), vote(U2, False)), "rejected"),
        ((vote(U1), replaced(U4), vote(U3, False)), "open"),
        ((vote(U1), replaced(U4), vote(U3, False), vote(U4)), "n"),
        ((vote(U1), replaced(U4), vote(U3, False), vote(U4, False)), "rejected"),
        ((vote(U1), replaced(None), vote(U3, False)), "open"),
        ((vote(U2), vote(U2, on_behalf_of=U1)), "n"),
        ((vote(U2, on_behalf_of=U1), vote(U1)), "open"),
        ((vote(U1), ApprovalSkipped(**ids(), step=1, reason="on leave")), "skipped"),
        ((vote(U1), ApprovalVoided(**ids(), cause="revised")), "voided"),
    ],
)
def test_votes_in_a_group_of_two_of_three(events: Sequence[Any], expected: str) -> None:
    told = company()
    told.on("03-02", asked((2, THREE)))
    for day, event in enumerate(events, 3):
        told.on(f"03-{day:02}", event)
    assert figures(told)[expected] == 1
    assert sum(figures(told).get(how, 0) for how in ("n", "rejected", "skipped", "open", "voided")) == 1


def test_votes_alone_reject_whoever_else_is_gone() -> None:
    told = company()
    told.on("03-02", asked((2, THREE)))
    told.on("03-03", replaced(None), vote(U1, False))
    assert figures(told) == {"open": 1}
    told.on("03-04", vote(U3, False))
    assert figures(told) == {"rejected": 1}


def test_a_group_opens_when_the_one_before_closes() -> None:
    told = company()
    told.on("03-02", asked((1, [U1]), (1, [U2]), (1, [U3])))
    told.on("03-05", vote(U1))
    told.on("03-06", vote(U2, step=2), vote(U3, step=3, carried=True))
    rows = {row["group"]["step"]: (row["n"], row["median"]) for row in told.answer("approvals", by=("step",))}
    assert rows == {1: (1, 3 * DAY), 2: (1, DAY), 3: (1, 0)}
    assert figures(told, step=2) == {"n": 1, "median": DAY}
    assert figures(told, as_of=on("03-05 12:00")) == {"n": 1, "median": 3 * DAY, "open": 1}


def test_after_a_rejection_nobody_is_asked_after_a_skip_the_next_is() -> None:
    told = company()
    told.on("03-02", asked((1, [U1]), (1, [U2])), asked((1, [U1]), (1, [U2]), of=M1, subject="requisition", job=None))
    told.on("03-03", vote(U1, False), ApprovalSkipped(**ids(M1), step=1, reason="on leave"))
    assert figures(told) == {"rejected": 1, "skipped": 1, "open": 1}
    assert figures(told, subject="requisition") == {"skipped": 1, "open": 1}
    groups = [row["group"] for row in told.answer("approvals", by=("subject", "job"))]
    assert {tuple(group.values()) for group in groups} == {("offer", str(J1)), ("requisition", None)}


def test_a_voided_round_is_rework_and_no_time_of_anybody() -> None:
    told = company()
    told.on("02-02", asked((1, [U1]), (1, [U2]), (1, [U3])))
    told.on("02-27", vote(U1))
    told.on("03-06", ApprovalVoided(**ids(), cause="withdrawn"))
    assert figures(told) == {"voided": 2}
    assert figures(told, period="2026-03") == {"voided": 2}
    assert figures(told, period="2026-02", as_of=on("03-01")) == {"n": 1, "median": 25 * DAY, "open": 1}
    assert figures(told, period="2026-02") == {"open": 2}


def test_a_period_of_approvals_is_that_in_which_they_closed() -> None:
    told = company()
    told.on("02-27", asked((1, [U1])), asked((1, [U1]), of=M1))
    told.on("03-01", asked((1, [U1]), of=M2))
    told.on("03-02", vote(U1))
    assert figures(told, period="2026-02") == {"open": 2}
    assert figures(told, period="2026-03") == {"n": 1, "median": 3 * DAY, "open": 2}
    assert figures(told, period="2026-03", as_of=on("03-01 12:00")) == {"open": 3}
    assert figures(told, period="2026-01") == {}


def test_e8() -> None:
    told = company()
    r2, j2 = named("R2"), named("J2 of R2")
    told.on("01-01", opened(j2, requisition=r2))
    all_eight = [named(f"E8 A{n}") for n in range(1, 9)]

    def moves(day: str, numbers: Sequence[int], left: str, entered: str) -> None:
        for n in numbers:
            told.on(day, advanced(left, entered, application=all_eight[n - 1], person=all_eight[n - 1]))

    for n, one in enumerate(all_eight, 1):
        told.on("05-20 09:00", submitted(one, one, j2 if n == 4 else J1, "screen"))
    moves("06-01 09:00", [1, 2, 8], "screen", "onsite")
    moves("06-02 09:00", [1], "onsite", "offer")
    told.on("06-02 09:00", rejected("onsite", all_eight[1], all_eight[1]))
    moves("06-02 09:00", [3], "screen", "onsite")
    moves("06-03 09:00", [4], "screen", "onsite")
    moves("06-05 09:00", [6], "screen", "onsite")
    told.on("06-05 09:00", RequisitionHeld(requisition_id=r2, reason="budget"))
    gone = {"application_id": all_eight[2], "person_id": all_eight[2], "stage": "onsite", "reason": "r"}
    told.on("06-06 09:00", ApplicationWithdrawn.model_validate(gone))
    told.on("06-07 09:00", RequisitionResumed(requisition_id=r2))
    moves("06-10 09:00", [4], "onsite", "offer")
    told.on("06-14 09:00", rejected("onsite", all_eight[5], all_eight[5]))
    moves("06-21 09:00", [7], "screen", "onsite")
    moves("06-23 09:00", [8], "onsite", "offer")
    moves("06-24 09:00", [5], "screen", "onsite")

    curve = told.only("time-in-stage-curve", stage="onsite", as_of=on("06-30 09:00"))
    assert (curve["n"], curve["open"]) == (6, 2)
    assert [(p["after"] // DAY, p["share"], p["at_risk"], p["left"]) for p in curve["points"]] == [
        (1, Fraction(3, 4), 8, 2),
        (4, Fraction(5, 8), 6, 1),
        (5, Fraction(1, 2), 5, 1),
        (9, Fraction(1, 3), 3, 1),
        (22, 0, 1, 1),
    ]
    expected = {"06-30 09:00": (6, 4.5, 5, 2), "06-12 09:00": (4, 2.5, 4, 2), "06-04 09:00": (2, 1, None, 3)}
    for day, (n, median, km_median, open_) in expected.items():
        row = told.only("time-in-stage", stage="onsite", as_of=on(day))
        half = row["km_median"] if row["km_median"] is None else row["km_median"] / DAY
        assert (row["n"], row["median"] / DAY, half, row["open"]) == (n, median, km_median, open_)


def test_a_curve_of_nobody_has_no_points() -> None:
    assert list(kaplan_meier([], [3])) == []
    (row,) = company().answer("time-in-stage-curve", stage="onsite")
    assert row == {"group": {}, "stage": "onsite", "n": 0, "open": 0, "points": ()}


def enrolled(of: UUID = M1, person: UUID = P1, campaign: UUID = C1, **more: Any) -> CampaignEnrolled:
    return CampaignEnrolled.model_validate({"enrolment_id": of, "person_id": person, "campaign_id": campaign, **more})


def replied(to: UUID, automatic: bool = False, person: UUID = P1) -> TouchpointReplied:
    words = {"channel": "email", "source_type": "sourced", "automatic": automatic}
    return TouchpointReplied.model_validate({"touchpoint_id": to, "person_id": person, **words})


def handed_over(person: UUID = P1) -> ProspectHandedOver:
    words = {"hand_over_id": U1, "job_id": J1, "source": "sourced", "channel": "email", "name": Clear("N")}
    return ProspectHandedOver.model_validate({"person_id": person, "sourced": on("01-01"), **words})


def way(told: Told, **asked_for: Any) -> dict[str, Any]:
    row = told.only("engaged-to-hired", **asked_for)
    steps = ("replied", "handed_over", "applied", "hired")
    return {what: (row[what]["share"], row[what]["median"] and row[what]["median"] / DAY) for what in steps}


def test_from_the_campaign_to_the_hire() -> None:
    told = company()
    told.on("02-01", enrolled(), enrolled(M2, P2), sent(M1), sent(M2, P2))
    told.on("02-02", replied(M1, automatic=True))
    told.on("02-03", replied(M1))
    told.on("02-04", replied(M1), handed_over())
    told.on("02-06", submitted(), submitted(A2, P2))
    told.on("02-11", offer(OfferAccepted))
    told.on("02-15", offer(OfferReneged))
    told.on("02-21", offer(OfferAccepted, O2))
    assert way(told) == {
        "replied": ((1, 2), 2), "handed_over": ((1, 2), 3), "applied": ((2, 2), 5), "hired": ((1, 2), 20),
    }  # fmt: skip
    assert way(told, as_of=on("02-12"))["hired"] == ((1, 2), 10)
    assert way(told, as_of=on("02-16"))["hired"] == ((0, 2), None)


def test_only_what_follows_the_first_enrolment_comes_of_it() -> None:
    told = company()
    told.on("01-02", handed_over(), submitted())
    told.on("02-01", enrolled(segment=U1), sent(M1))
    told.on("02-02", offer(OfferAccepted))
    told.on("02-03", enrolled(M2, segment=U2), enrolled(M3, campaign=U3, segment=U2))
    rows = {row["group"]["segment"]: row for row in told.answer("engaged-to-hired", by=("segment",))}
    assert {segment: row["enrolled"] for segment, row in rows.items()} == {str(U1): 1, str(U2): 1}
    assert way(told, campaign=str(C1)) == {
        "replied": ((0, 1), None), "handed_over": ((0, 1), None), "applied": ((0, 1), None), "hired": ((0, 1), None),
    }  # fmt: skip
    assert told.only("engaged-to-hired", period="2026-01")["enrolled"] == 0


def test_a_reply_to_another_campaign_is_not_its_own_one_to_a_bounce_is() -> None:
    told = company()
    told.on("02-01", enrolled(), enrolled(M2, campaign=U3), sent(M1), TouchpointBounced(
        touchpoint_id=M1, person_id=P1, kind="soft"
    ))  # fmt: skip
    told.on("02-03", replied(M1))
    assert way(told, campaign=str(C1))["replied"] == ((1, 1), 2)
    assert way(told, campaign=str(U3))["replied"] == ((0, 1), None)


def test_a_lead_has_applied_when_it_left_its_stage_whatever_id_it_came_under() -> None:
    told = company()
    told.on("01-02", opened(M1, plan=FULL))
    told.on("02-01", enrolled())
    told.on("02-03", submitted(person=P2, job=M1, stage="lead"))
    told.on("02-05", ProspectLinked(person_id=P1, candidate=P2, by="email"))
    assert way(told)["applied"] == ((0, 1), None)
    told.on("02-09", advanced("lead", "applied", person=P2))
    assert way(told)["applied"] == ((1, 1), 8)
