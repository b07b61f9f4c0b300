"""Whom a round of approval waits for, as its events are folded here."""

from uuid import UUID, uuid4

import pytest

from services.notifier.domain.round import ROUND, Round, evolve
from shared.events.ats.approval import (
    ApprovalCommented,
    ApprovalDecided,
    ApprovalEvent,
    ApprovalRequested,
    ApprovalSkipped,
    ApprovalVoided,
    ApproverReplaced,
    Group,
)
from shared.events.personal import Clear
from shared.kit.refusals import CorruptStream

U1, U2, U3, U4, REQUESTER = (UUID(int=number) for number in range(1, 6))
OF = {"approval_id": UUID(int=9), "anchor_id": UUID(int=8), "anchor_purpose": "confidential"}


def requested(*groups: Group, carry: bool = False, own_request: bool = False) -> ApprovalRequested:
    return ApprovalRequested(
        **OF, subject="requisition", subject_id=UUID(int=8), subject_version=1, chain_id=uuid4(), chain_version=1,
        round=1, groups=groups, requester=REQUESTER, carry=carry, own_request=own_request,
    )  # fmt: skip


def group(n: int, *members: UUID) -> Group:
    return Group(n=n, members=members)


def vote(who: UUID, step: int = 1, decision: str = "approved", on_behalf_of: UUID | None = None) -> ApprovalDecided:
    return ApprovalDecided.model_validate(
        {**OF, "step": step, "approver": who, "decision": decision, "channel": "api", "on_behalf_of": on_behalf_of}
    )


def replaced(who: UUID, successor: UUID | None) -> ApproverReplaced:
    return ApproverReplaced(**OF, approver=who, successor=successor, cause="deactivated")


def waiting_for(*events: ApprovalEvent) -> set[UUID]:
    state: Round | None = None
    for event in events:
        state = evolve(state, event)
    assert state is not None
    return set(state.waiting_for)


TWO_OF_THREE = requested(group(2, U1, U2, U3), group(1, U4))


def test_the_first_group_is_asked_and_the_later_ones_wait() -> None:
    assert waiting_for(TWO_OF_THREE) == {U1, U2, U3}


def test_who_has_voted_is_not_waited_for() -> None:
    assert waiting_for(TWO_OF_THREE, vote(U1)) == {U2, U3}
    assert waiting_for(TWO_OF_THREE, vote(U1, decision="rejected")) == {U2, U3}


def test_a_vote_cast_by_a_delegate_is_that_of_whom_they_stand_in_for() -> None:
    assert waiting_for(TWO_OF_THREE, vote(U2, on_behalf_of=U1)) == {U2, U3}


def test_the_next_group_is_asked_once_the_one_before_has_approved() -> None:
    assert waiting_for(TWO_OF_THREE, vote(U1), vote(U3)) == {U4}
    assert waiting_for(TWO_OF_THREE, ApprovalSkipped(**OF, step=1, reason="away")) == {U4}


def test_nobody_is_asked_once_the_round_is_over() -> None:
    assert waiting_for(TWO_OF_THREE, vote(U1), vote(U3), vote(U4, step=2)) == set()
    assert waiting_for(TWO_OF_THREE, vote(U1, decision="rejected"), vote(U2, decision="rejected")) == set()
    assert waiting_for(TWO_OF_THREE, ApprovalVoided(**OF, cause="revised")) == set()


def test_the_requester_is_asked_only_where_the_own_vote_counts() -> None:
    assert waiting_for(requested(group(1, U1, REQUESTER))) == {U1}
    assert waiting_for(requested(group(1, U1, REQUESTER), own_request=True)) == {U1, REQUESTER}


def test_a_successor_is_asked_in_the_seat_of_who_has_left() -> None:
    assert waiting_for(TWO_OF_THREE, replaced(U2, U4)) == {U1, U3, U4}
    assert waiting_for(TWO_OF_THREE, vote(U2), replaced(U2, U4)) == {U1, U3}


def test_an_empty_seat_blocks_and_never_rejects() -> None:
    assert waiting_for(TWO_OF_THREE, replaced(U2, None), vote(U1, decision="rejected")) == {U3}


@pytest.mark.parametrize(("carry", "asked"), [(False, {U1, U3}), (True, {U4})])
def test_who_has_approved_before_is_asked_again_unless_it_is_carried(carry: bool, asked: set[UUID]) -> None:
    chain = requested(group(1, U1, U2), group(1, U1, U3), group(1, U4), carry=carry)
    assert waiting_for(chain, vote(U1)) == asked


def test_a_carried_vote_changes_nothing_about_who_is_asked() -> None:
    chain = requested(group(1, U1), group(2, U1, U3), group(1, U4), carry=True)
    assert waiting_for(chain, vote(U1)) == {U3}
    assert waiting_for(chain, vote(U1), vote(U1, step=2)) == {U3}


def test_a_comment_moves_nothing() -> None:
    said = ApprovalCommented(**OF, author=U1, comment=Clear("why so much?"))
    assert waiting_for(TWO_OF_THREE, said) == {U1, U2, U3}


def test_a_round_that_was_never_asked_for_is_corrupt() -> None:
    with pytest.raises(CorruptStream):
        ROUND.evolve(None, vote(U1))
