"""Commands on approvals: a round is asked for by its subject, and its deciding vote moves the subject on."""

from datetime import datetime
from uuid import UUID

from services.ats.domain import approval, approval_chain, offer, requisition
from services.ats.domain.approval import APPROVAL, Approval, Decision
from services.ats.domain.approval_chain import APPROVAL_CHAIN, ApprovalChain
from services.ats.domain.offer import OFFER
from services.ats.domain.requisition import REQUISITION
from services.ats.domain.team_member import TEAM_MEMBER
from shared.events.ats.approval import ApprovalRequested
from shared.events.ats.approval_chain import ApprovalChainDefined
from shared.kit.refusals import Invalid
from shared.kit.unit import Unit

SEATS = "seats in open approvals"


async def define_approval_chain(unit: Unit, facts: ApprovalChainDefined) -> None:
    for member in {member for group in facts.groups for member in group.members}:
        await unit.require(TEAM_MEMBER, member)
    state = await unit.get(APPROVAL_CHAIN, facts.chain_id)
    await unit.append(APPROVAL_CHAIN, facts.chain_id, approval_chain.define(state, facts))


async def chain_for(unit: Unit, chain_id: UUID, subject: str) -> ApprovalChain:
    chain = await unit.require(APPROVAL_CHAIN, chain_id)
    if chain.subject != subject:
        raise Invalid(f"{chain.name} is a chain for {chain.subject}s", f"choose a chain for {subject}s")
    return chain


async def request_approval(unit: Unit, facts: ApprovalRequested) -> None:
    """Who was deactivated since the chain was defined is not asked: their successor is."""
    await unit.beside(TEAM_MEMBER, SEATS)
    groups = []
    for group in facts.groups:
        seats = [await _sitting(unit, member) for member in group.members]
        members = tuple(dict.fromkeys(seat for seat in seats if seat is not None))
        groups.append(group.model_copy(update={"members": members}))
    asked = facts.model_copy(update={"groups": tuple(groups)})
    await unit.start(APPROVAL, facts.approval_id, approval.request(asked))


async def _sitting(unit: Unit, member_id: UUID) -> UUID | None:
    """The member, or whoever has taken over from them; None where nobody has."""
    passed: set[UUID] = set()
    sitting: UUID | None = member_id
    while sitting is not None and sitting not in passed:
        state = await unit.require(TEAM_MEMBER, sitting)
        if state.active:
            return sitting
        passed.add(sitting)
        sitting = state.successor
    return None


async def decide_approval(
    unit: Unit, approval_id: UUID, voter: UUID, decision: Decision, channel: str, at: datetime,
    comment: str | None = None, on_behalf_of: UUID | None = None,
) -> None:  # fmt: skip
    round_ = await unit.update(
        APPROVAL,
        approval_id,
        lambda state: approval.decide(state, voter, decision, channel, at, comment, on_behalf_of),
    )
    if round_.outcome in ("approved", "rejected"):
        await _move_subject(unit, round_)


async def _move_subject(unit: Unit, round_: Approval) -> None:
    approved = round_.outcome == "approved"
    if round_.subject == "requisition":
        await unit.update(
            REQUISITION,
            round_.subject_id,
            lambda state: (
                requisition.approve(state, round_.id)
                if approved
                else requisition.send_back(state, round_.id, "approval_rejected")
            ),
        )
    else:
        decide = offer.approve if approved else offer.reject_approval
        await unit.update(OFFER, round_.subject_id, lambda state: decide(state, round_.id))
