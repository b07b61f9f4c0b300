"""Commands on requisitions."""

from typing import Any, Literal
from uuid import UUID

from services.ats.commands.approvals import chain_for, request_approval
from services.ats.domain import approval, requisition
from services.ats.domain.approval import APPROVAL
from services.ats.domain.requisition import REQUISITION
from shared.events.ats.approval import ApprovalRequested
from shared.events.ats.requisition import RequisitionDrafted
from shared.kit.context import new_id
from shared.kit.unit import Unit


async def draft_requisition(unit: Unit, facts: RequisitionDrafted) -> None:
    await unit.start(REQUISITION, facts.requisition_id, requisition.draft(facts))


async def revise_requisition(unit: Unit, requisition_id: UUID, changes: dict[str, Any]) -> None:
    await unit.update(REQUISITION, requisition_id, lambda state: requisition.revise(state, changes))


async def submit_requisition(unit: Unit, requisition_id: UUID, chain_id: UUID, requester: UUID) -> None:
    """Asks for a round of approvals by the groups of the chain that apply."""
    approval_id = new_id()
    submitted = await unit.update(REQUISITION, requisition_id, lambda state: requisition.submit(state, approval_id))
    chain = await chain_for(unit, chain_id, "requisition")
    terms = submitted.terms
    await request_approval(
        unit,
        ApprovalRequested(
            approval_id=approval_id,
            anchor_id=requisition_id,
            anchor_purpose="confidential",
            subject="requisition",
            subject_id=requisition_id,
            subject_version=terms.revision,
            chain_id=chain.id,
            chain_version=chain.version,
            round=submitted.rounds,
            groups=chain.groups_for(terms.department, terms.level, above_band=False),
            requester=requester,
            carry=chain.carry,
            own_request=chain.own_request,
        ),
    )


async def hold_requisition(unit: Unit, requisition_id: UUID, reason: str, note: str | None) -> None:
    await unit.alone(REQUISITION, requisition_id)
    await unit.update(REQUISITION, requisition_id, lambda state: requisition.hold(state, reason, note))


async def resume_requisition(unit: Unit, requisition_id: UUID) -> None:
    await unit.update(REQUISITION, requisition_id, requisition.resume)


async def close_requisition(
    unit: Unit, requisition_id: UUID, reason: Literal["filled", "cancelled"], note: str | None
) -> None:
    """A round that is still open ends with it."""
    await unit.alone(REQUISITION, requisition_id)
    closed = await unit.update(REQUISITION, requisition_id, lambda state: requisition.close(state, reason, note))
    if closed.approval_id is not None:
        round_ = await unit.require(APPROVAL, closed.approval_id)
        if round_.outcome == "open":
            await unit.append(APPROVAL, closed.approval_id, approval.void(round_, "withdrawn"))
