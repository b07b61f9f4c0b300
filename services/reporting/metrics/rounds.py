"""Rounds of approval: when each group was asked, when it was through, and who is waited for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from services.reporting.metrics.fact import Fact
from shared.events.ats.approval import (
    ApprovalDecided,
    ApprovalEvent,
    ApprovalRequested,
    ApprovalSkipped,
    ApprovalVoided,
    ApproverReplaced,
)
from shared.events.event import Event

NEEDS: frozenset[type[Event]] = frozenset(
    {ApprovalRequested, ApprovalDecided, ApprovalSkipped, ApprovalVoided, ApproverReplaced}
)

State = Literal["approved", "rejected", "skipped", "open"]


@dataclass
class Step:
    """One group of a round, counted from 1: `n` of `members` must approve. `emptied`: seats that nobody may take.

    `opened` is what the group was asked by: the request, or what closed the one before. None while it waits its turn.
    """

    number: int
    n: int
    members: list[UUID]
    opened: Fact | None = None
    closed: Fact | None = None
    state: State = "open"
    emptied: int = 0
    votes: dict[UUID, Fact] = field(default_factory=dict)
    approvals: int = 0

    @property
    def waiting_for(self) -> tuple[UUID, ...]:
        """Who has no vote yet, while it is open."""
        return tuple(member for member in self.members if member not in self.votes) if self.closed is None else ()

    def take(self, fact: Fact, vote: ApprovalDecided) -> None:
        """A vote counts for whom it is; of two of one seat the first."""
        seat = vote.on_behalf_of or vote.approver
        if seat in self.votes or self.closed is not None:
            return
        self.votes[seat] = fact
        self.approvals += vote.decision == "approved"
        if self.approvals >= self.n:
            self.close("approved", fact)
        # An empty seat is no rejection: somebody has to see to it.
        elif self.approvals + len(self.waiting_for) + self.emptied < self.n:
            self.close("rejected", fact)

    def replace(self, event: ApproverReplaced) -> None:
        if event.approver in self.waiting_for:
            self.members.remove(event.approver)
            self.members += [event.successor] if event.successor else []
            self.emptied += event.successor is None

    def close(self, state: State, fact: Fact) -> None:
        self.state, self.closed = state, fact


@dataclass
class Round:
    event: ApprovalRequested
    requested: Fact
    steps: Sequence[Step]
    voided: Fact | None = None

    def take(self, fact: Fact) -> None:
        match fact.event:
            case ApprovalVoided():
                self.voided = fact
            case ApproverReplaced() as event:
                for step in self.steps:
                    step.replace(event)
            case ApprovalDecided() as vote:
                for step in self._step(vote.step):
                    step.take(fact, vote)
                    self._go_on(step)
            case ApprovalSkipped() as skip:
                for step in self._step(skip.step):
                    step.close("skipped", fact)
                    self._go_on(step)

    def _step(self, number: int) -> Sequence[Step]:
        """The one of this number, where there is one."""
        return [step for step in self.steps if step.number == number]

    def _go_on(self, step: Step) -> None:
        """The next group is asked when the one before is through."""
        if step.state in ("approved", "skipped"):
            for following in self._step(step.number + 1):
                following.opened = following.opened or step.closed


def rounds(facts: Iterable[Fact]) -> Iterator[Round]:
    """Of facts in order."""
    found: dict[UUID, Round] = {}
    for fact in facts:
        match fact.event:
            case ApprovalRequested() as event:
                steps = [Step(n, group.n, list(group.members)) for n, group in enumerate(event.groups, start=1)]
                if steps:
                    steps[0].opened = fact
                found[event.approval_id] = Round(event, fact, steps)
            case ApprovalEvent(approval_id=of) if of in found:
                found[of].take(fact)
    yield from found.values()
