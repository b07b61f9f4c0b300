"""Votes in groups, n of m: the table of rules.md, and what belongs to it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.ats.domain import approval
from services.ats.domain.approval import Approval, evolve
from shared.events.ats.approval import (
    ApprovalDecided,
    ApprovalDelegated,
    ApprovalRequested,
    ApprovalSkipped,
    ApprovalVoided,
    Group,
)
from shared.events.event import Event
from shared.kit.testing.scenario import Scenario

U1, U2, U3, U4, REQUESTER = (uuid4() for _ in range(5))
ROUND, OFFER, PERSON = uuid4(), uuid4(), uuid4()
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
FRIDAY = MONDAY + timedelta(days=4)
OF = {"approval_id": ROUND, "anchor_id": PERSON, "anchor_purpose": "application-1"}
TWO_OF_THREE = Group(n=2, members=(U1, U2, U3))


def asked(*groups: Group, requester: UUID = REQUESTER, carry: bool = False, own: bool = False) -> ApprovalRequested:
    return ApprovalRequested(
        **OF, subject="offer", subject_id=OFFER, subject_version=1, chain_id=uuid4(), chain_version=1, round=1,
        groups=groups, requester=requester, carry=carry, own_request=own,
    )  # fmt: skip


def round_of(*groups: Group, carry: bool = False) -> Scenario[Approval]:
    return Scenario(evolve, [asked(*groups or (TWO_OF_THREE,), carry=carry)])


def votes(scenario: Scenario[Approval], *given: tuple[UUID, str]) -> Scenario[Approval]:
    for voter, decision in given:
        scenario.when(approval.decide, voter, decision, "api", MONDAY)
    return scenario


def test_two_approvals_of_three_approve_even_if_the_third_rejected() -> None:
    scenario = votes(round_of(), (U1, "approved"), (U2, "rejected"))
    assert scenario.state.outcome == "open"
    assert votes(scenario, (U3, "approved")).state.outcome == "approved"


def test_two_rejections_of_three_leave_too_few_votes() -> None:
    assert votes(round_of(), (U1, "rejected"), (U2, "rejected")).state.outcome == "rejected"


def test_the_seat_of_somebody_deactivated_passes_to_the_successor_who_decides() -> None:
    scenario = votes(round_of(), (U1, "approved"))
    scenario.when(approval.replace_approver, U2, U4)
    votes(scenario, (U3, "rejected"))
    assert (scenario.state.outcome, scenario.state.waiting_for) == ("open", (U4,))
    assert votes(scenario, (U4, "approved")).state.outcome == "approved"


def test_a_seat_without_successor_blocks_and_never_rejects() -> None:
    scenario = votes(round_of(), (U1, "approved"))
    scenario.when(approval.replace_approver, U2, None)
    votes(scenario, (U3, "rejected"))
    assert (scenario.state.outcome, scenario.state.waiting_for) == ("open", ())


def test_a_vote_that_was_cast_stays_when_its_seat_passes_on() -> None:
    scenario = votes(round_of(), (U2, "approved"))
    scenario.when(approval.replace_approver, U2, U4)
    with pytest.raises(approval.NotAsked):
        votes(scenario, (U4, "approved"))
    assert votes(scenario, (U1, "approved")).state.outcome == "approved"


def delegated() -> Scenario[Approval]:
    by_u1 = ApprovalDelegated(**OF, approver=U1, delegate=U2, until=FRIDAY)
    return Scenario(evolve, [asked(TWO_OF_THREE), by_u1])


def test_two_hats_are_one_vote_and_the_other_one_stays_open() -> None:
    scenario = votes(delegated(), (U2, "approved"))
    with pytest.raises(approval.AlreadyVoted):
        scenario.when(approval.decide, U2, "approved", "api", MONDAY, None, U1)
    assert scenario.state.votes == ({U2: "approved"},)
    assert scenario.state.waiting_for == (U1, U3)
    assert votes(scenario, (U1, "approved")).state.outcome == "approved"


def test_the_vote_of_a_delegate_counts_for_whom_they_stand_in() -> None:
    scenario = delegated()
    [vote] = scenario.when(approval.decide, U2, "approved", "api", MONDAY, None, U1)
    assert isinstance(vote, ApprovalDecided)
    assert (vote.approver, vote.on_behalf_of) == (U2, U1)
    assert scenario.state.votes == ({U1: "approved"},)
    with pytest.raises(approval.AlreadyVoted):
        votes(scenario, (U1, "approved"))


def test_a_delegation_ends() -> None:
    with pytest.raises(approval.NotAsked):
        delegated().when(approval.decide, U2, "approved", "api", FRIDAY + timedelta(seconds=1), None, U1)


def test_nobody_stands_in_without_being_asked_to() -> None:
    with pytest.raises(approval.NotAsked):
        delegated().when(approval.decide, U3, "approved", "api", MONDAY, None, U1)


def test_a_click_on_the_card_of_a_voided_round_is_refused() -> None:
    scenario = votes(round_of(), (U1, "approved"))
    [voided] = scenario.when(approval.void, "revised")
    assert isinstance(voided, ApprovalVoided)
    assert scenario.state.outcome == "voided"
    with pytest.raises(approval.RoundOver):
        votes(scenario, (U2, "approved"))
    assert scenario.when(approval.void, "revised") == []


def test_what_voids_no_approvals_leaves_the_votes_in_place() -> None:
    # A new start date is an event of the offer; nothing reaches the round, and the next vote decides it.
    scenario = votes(round_of(), (U1, "approved"))
    assert scenario.state.votes == ({U1: "approved"},)
    assert votes(scenario, (U2, "approved")).state.outcome == "approved"


def test_a_group_that_only_the_requester_could_decide_is_refused_at_submission() -> None:
    facts = asked(Group(n=1, members=(U1,)), requester=U1)
    with pytest.raises(approval.NobodyMayDecide) as refused:
        approval.request(facts)
    assert refused.value.detail == "Group 1 can't be decided by anyone allowed"
    assert refused.value.status == 422


def test_a_chain_may_let_the_requester_vote() -> None:
    facts = asked(Group(n=1, members=(U1,)), requester=U1, own=True)
    assert list(approval.request(facts)) == [facts]
    assert votes(Scenario(evolve, [facts]), (U1, "approved")).state.outcome == "approved"


def test_a_round_without_any_group_is_refused() -> None:
    with pytest.raises(approval.NobodyMayDecide):
        approval.request(asked())


def test_the_requester_is_not_asked_and_may_not_vote() -> None:
    scenario = Scenario(evolve, [asked(TWO_OF_THREE, requester=U3)])
    assert scenario.state.waiting_for == (U1, U2)
    with pytest.raises(approval.NotAsked):
        votes(scenario, (U3, "approved"))
    assert votes(scenario, (U1, "rejected")).state.outcome == "rejected"


THREE_GROUPS = (Group(n=1, members=(U1, U2)), Group(n=1, members=(U3,)), Group(n=1, members=(U1,)))


def test_who_approved_earlier_is_asked_again_in_a_later_group() -> None:
    scenario = votes(round_of(*THREE_GROUPS), (U1, "approved"), (U3, "approved"))
    assert (scenario.state.outcome, scenario.state.waiting_for) == ("open", (U1,))
    assert votes(scenario, (U1, "approved")).state.outcome == "approved"


def test_with_the_policy_carry_a_later_group_closes_at_once_and_says_so() -> None:
    scenario = votes(round_of(*THREE_GROUPS, carry=True), (U1, "approved"))
    own, carried = scenario.when(approval.decide, U3, "approved", "api", MONDAY)
    assert isinstance(own, ApprovalDecided)
    assert isinstance(carried, ApprovalDecided)
    assert (carried.approver, carried.step, carried.carried, own.carried) == (U1, 3, True, False)
    assert scenario.state.outcome == "approved"


def test_a_rejection_is_never_carried() -> None:
    groups = (Group(n=1, members=(U1, U2)), Group(n=1, members=(U1,)))
    scenario = votes(round_of(*groups, carry=True), (U1, "rejected"), (U2, "approved"))
    assert (scenario.state.outcome, scenario.state.waiting_for) == ("open", (U1,))


def test_groups_are_asked_one_after_the_other() -> None:
    scenario = round_of(*THREE_GROUPS)
    with pytest.raises(approval.NotAsked):
        votes(scenario, (U3, "approved"))
    assert scenario.state.open_step == 1


def test_votes_are_final() -> None:
    scenario = votes(round_of(), (U1, "approved"))
    with pytest.raises(approval.AlreadyVoted):
        votes(scenario, (U1, "rejected"))


def test_nobody_votes_after_the_decision() -> None:
    scenario = votes(round_of(), (U1, "approved"), (U2, "approved"))
    with pytest.raises(approval.RoundOver):
        votes(scenario, (U3, "rejected"))


def test_a_skipped_group_gives_way_to_the_next() -> None:
    history: list[Event] = [asked(*THREE_GROUPS), ApprovalSkipped(**OF, step=1, reason="on leave")]
    assert Scenario(evolve, history).state.open_step == 2


def test_replacing_somebody_without_a_seat_changes_nothing() -> None:
    assert round_of().when(approval.replace_approver, U4, U1) == []
