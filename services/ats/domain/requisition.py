"""The permission to hire so many people: drafted, approved, held, closed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from shared.events.ats.requisition import (
    STREAM,
    RequisitionApproved,
    RequisitionClosed,
    RequisitionDrafted,
    RequisitionEvent,
    RequisitionHeld,
    RequisitionResumed,
    RequisitionReturned,
    RequisitionRevised,
    RequisitionSubmitted,
    RequisitionTerms,
)
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Refusal

State = Literal["draft", "submitted", "approved", "held", "closed"]
RETRIGGERING = frozenset({"headcount", "band", "level"})


class RequisitionNotInState(Refusal):
    slug, title = "requisition-state", "The requisition is not in the state for this"
    next_step = "read the requisition and look at its state"


@dataclass(frozen=True)
class Requisition:
    """`terms` are the newest ones, whole. `approval_id` is the newest round's, `rounds` how many there were."""

    id: UUID
    state: State
    terms: RequisitionTerms
    approval_id: UUID | None = None
    rounds: int = 0
    approved_once: bool = False
    closed_because: str | None = None

    @property
    def headcount(self) -> int:
        return self.terms.headcount


def draft(facts: RequisitionDrafted) -> Sequence[RequisitionEvent]:
    return [facts]


def revise(state: Requisition, changes: dict[str, Any]) -> Sequence[RequisitionEvent]:
    """In draft anything may change; afterwards headcount, band or level need a new round, open seats keep running."""
    _require(state, "draft", "approved", "held")
    changed = tuple(sorted(name for name, value in changes.items() if getattr(state.terms, name) != value))
    if not changed:
        return []
    voids = state.approved_once and bool(RETRIGGERING & set(changed))
    terms = _terms(state) | {name: changes[name] for name in changed} | {"revision": state.terms.revision + 1}
    return [RequisitionRevised(**terms, changed=changed, voids_approvals=voids)]


def submit(state: Requisition, approval_id: UUID) -> Sequence[RequisitionEvent]:
    _require(state, "draft")
    return [RequisitionSubmitted(**_terms(state), approval_id=approval_id)]


def approve(state: Requisition, approval_id: UUID) -> Sequence[RequisitionEvent]:
    _require(state, "submitted")
    return [
        RequisitionApproved(
            requisition_id=state.id,
            revision=state.terms.revision,
            headcount=state.headcount,
            approval_id=approval_id,
        )
    ]


def send_back(
    state: Requisition, approval_id: UUID, cause: Literal["approval_rejected", "taken_back"]
) -> Sequence[RequisitionEvent]:
    _require(state, "submitted")
    return [
        RequisitionReturned(
            requisition_id=state.id, revision=state.terms.revision, approval_id=approval_id, cause=cause
        )
    ]


def hold(state: Requisition, reason: str, note: str | None) -> Sequence[RequisitionEvent]:
    if state.state == "held":
        return []
    _require(state, "approved")
    return [RequisitionHeld(requisition_id=state.id, reason=reason, note=note)]


def resume(state: Requisition) -> Sequence[RequisitionEvent]:
    if state.state == "approved":
        return []
    _require(state, "held")
    return [RequisitionResumed(requisition_id=state.id)]


def close(state: Requisition, reason: Literal["filled", "cancelled"], note: str | None) -> Sequence[RequisitionEvent]:
    if state.state == "closed":
        return []
    if reason == "filled":
        _require(state, "approved", "held")
    return [RequisitionClosed(requisition_id=state.id, reason=reason, note=note)]


def evolve(state: Requisition | None, event: RequisitionEvent) -> Requisition:
    match state, event:
        case None, RequisitionDrafted():
            return Requisition(event.requisition_id, "draft", event)
        case Requisition(), RequisitionRevised():
            return replace(state, terms=event, state="draft" if event.voids_approvals else state.state)
        case Requisition(), RequisitionSubmitted():
            return replace(
                state, state="submitted", terms=event, approval_id=event.approval_id, rounds=state.rounds + 1
            )
        case Requisition(), RequisitionApproved():
            return replace(state, state="approved", approved_once=True)
        case Requisition(), RequisitionReturned():
            return replace(state, state="draft")
        case Requisition(), RequisitionHeld():
            return replace(state, state="held")
        case Requisition(), RequisitionResumed():
            return replace(state, state="approved")
        case Requisition(), RequisitionClosed():
            return replace(state, state="closed", closed_because=event.reason)
    raise CorruptStream(state, event)


def _terms(state: Requisition) -> dict[str, Any]:
    """The terms as they stand, personal values still sealed in their wrappers."""
    return {name: getattr(state.terms, name) for name in RequisitionTerms.model_fields}


def _require(state: Requisition, *allowed: State) -> None:
    if state.state not in allowed:
        raise RequisitionNotInState(f"It is {state.state}; this needs it {' or '.join(allowed)}")


REQUISITION = Aggregate(STREAM, evolve)
