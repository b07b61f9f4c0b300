"""Rounds of approval: groups asked one after the other, each closed by so many votes of its members (rules X7)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.events.ats.approval import (
    ApprovalDecided,
    ApprovalEvent,
    ApprovalRequested,
    ApprovalSkipped,
    ApprovalVoided,
)
from tests.oracle.happened import of_type
from tests.oracle.pasts import Past


@dataclass
class Step:
    """`number` from 1; not `opened` before the one before it has closed. A seat that was emptied is still a seat."""

    number: int
    n: int
    seats: int
    opened: datetime | None = None
    closed: datetime | None = None
    state: Literal["open", "approved", "rejected", "skipped"] = "open"
    approved_by: set[UUID] = field(default_factory=set)
    rejected_by: set[UUID] = field(default_factory=set)

    def vote(self, vote: ApprovalDecided, moment: datetime) -> None:
        (self.approved_by if vote.decision == "approved" else self.rejected_by).add(vote.on_behalf_of or vote.approver)
        if len(self.approved_by) >= self.n:
            self.close("approved", moment)
        # Nobody is counted out for not being there any more: then it waits, but isn't rejected.
        elif self.seats - len(self.rejected_by) < self.n:
            self.close("rejected", moment)

    def close(self, state: Literal["approved", "rejected", "skipped"], moment: datetime) -> None:
        if self.closed is None:
            self.state, self.closed = state, moment


@dataclass
class Round:
    requested: ApprovalRequested
    steps: Sequence[Step]
    voided: datetime | None = None

    def go_on(self, moment: datetime) -> None:
        """Asks the next group when the one before has said yes, or was passed over."""
        for before, step in zip([None, *self.steps], self.steps, strict=False):
            if before is None or before.state in ("approved", "skipped"):
                step.opened = step.opened or (moment if before is None else before.closed)


def rounds(seen: Past) -> Sequence[Round]:
    found: dict[UUID, Round] = {}
    for happened, event in of_type(seen.world, ApprovalEvent):
        if isinstance(event, ApprovalRequested):
            steps = [Step(number, group.n, len(group.members)) for number, group in enumerate(event.groups, 1)]
            found[event.approval_id] = Round(event, steps)
        elif event.approval_id not in found:
            continue
        of = found[event.approval_id]
        match event:
            case ApprovalDecided(step=number):
                of.steps[number - 1].vote(event, happened.occurred)
            case ApprovalSkipped(step=number):
                of.steps[number - 1].close("skipped", happened.occurred)
            case ApprovalVoided():
                of.voided = of.voided or happened.occurred
        of.go_on(happened.occurred)
    return list(found.values())
