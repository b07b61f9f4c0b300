"""Commands on approvals: a round is asked for by its subject, and its deciding vote moves the subject on."""

from datetime import datetime
from uuid import UUID

from services.ats.domain import approval, approval_chain, offer, requisition
from services.ats.domain.approval import APPROVAL, Approval, Decision
from services.ats.domain.approval_chain import APPROVAL_CHAIN, ApprovalChain
from services.ats.domain.offer import OFFER
from services.ats.domain.requisition import REQUISITION
from shared.events.ats.approval import ApprovalRequested
from shared.events.ats.approval_chain import ApprovalChainDefined
from shared.kit.refusals import Invalid
from shared.kit.unit import Unit


async def define_approval_chain(unit: Unit, facts: ApprovalChainDefined) -> None:
    state = await unit.get(APPROVAL_CHAIN, facts.chain_id)
    await unit.append(APPROVAL_CHAIN, facts.chain_id, approval_chain.define(state, facts))


async def chain_for(unit: Unit, chain_id: UUID, subject: str) -> ApprovalChain:
    chain = await unit.require(APPROVAL_CHAIN, chain_id)
    if chain.subject != subject:
        raise Invalid(f"{chain.name} is a chain for {chain.subject}s", f"choose a chain for {subject}s")
    return chain


async def request_approval(unit: Unit, facts: ApprovalRequested) -> None:
    await unit.start(APPROVAL, facts.approval_id, approval.request(facts))


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
