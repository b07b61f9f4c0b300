"""One round of votes on one version of a requisition or an offer: groups in order, each n of m."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.events.ats.approval import (
    STREAM,
    ApprovalCommented,
    ApprovalDecided,
    ApprovalDelegated,
    ApprovalEvent,
    ApprovalRequested,
    ApprovalSkipped,
    ApprovalTimedOut,
    ApprovalVoided,
    ApproverReplaced,
    Group,
)
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Refusal

Decision = Literal["approved", "rejected"]
Outcome = Literal["open", "approved", "rejected", "voided"]


class NobodyMayDecide(Refusal):
    status, slug, title = 422, "nobody-may-decide", "The chain can't come to a decision"
    next_step = "choose another chain, or let the requester's own vote count in this one"


class RoundOver(Refusal):
    slug, title = "approval-over", "The round is over"
    next_step = "look at what was decided; a new round needs a new submission"


class NotAsked(Refusal):
    status, slug, title = 403, "not-asked", "Your vote is not asked for"
    next_step = "wait until your group is asked, or ask for a delegation"


class AlreadyVoted(Refusal):
    slug, title = "already-voted", "This vote was cast"
    next_step = "votes are final; a new round needs a new submission"


@dataclass(frozen=True)
class Approval:
    """`votes[step]` is by whose vote it is, `cast[step]` are those who gave one, for themselves or for somebody.

    `seats[step]` are the members as replaced; an empty seat is None.
    """

    id: UUID
    subject: Literal["requisition", "offer"]
    subject_id: UUID
    subject_version: int
    anchor_id: UUID
    anchor_purpose: str
    requester: UUID
    round: int
    groups: tuple[Group, ...]
    carry: bool
    own_request: bool
    seats: tuple[tuple[UUID | None, ...], ...]
    votes: tuple[dict[UUID, Decision], ...]
    cast: tuple[frozenset[UUID], ...]
    skipped: frozenset[int] = frozenset()
    delegations: dict[UUID, tuple[UUID, datetime]] = field(default_factory=dict)
    voided: bool = False

    def approved(self, step: int) -> bool:
        approvals = sum(vote == "approved" for vote in self.votes[step - 1].values())
        return step in self.skipped or approvals >= self.groups[step - 1].n

    def rejected(self, step: int) -> bool:
        """Once n can no longer be reached by votes; an empty seat blocks, it never rejects."""
        rejections = sum(vote == "rejected" for vote in self.votes[step - 1].values())
        return not self.approved(step) and len(self.voters(step, empty=True)) - rejections < self.groups[step - 1].n

    def voters(self, step: int, empty: bool = False) -> list[UUID | None]:
        """Whose votes count in a group: not the requester's own, unless the chain says so."""
        seats = self.seats[step - 1]
        return [s for s in seats if (empty or s is not None) and (self.own_request or s != self.requester)]

    @property
    def open_step(self) -> int | None:
        """The group that is asked now, counted from 1; None when the round is over."""
        for step in range(1, len(self.groups) + 1):
            if self.rejected(step):
                return None
            if not self.approved(step):
                return step
        return None

    @property
    def outcome(self) -> Outcome:
        if self.voided:
            return "voided"
        if self.open_step is not None:
            return "open"
        steps = range(1, len(self.groups) + 1)
        return "rejected" if any(self.rejected(step) for step in steps) else "approved"

    @property
    def still_seated(self) -> tuple[UUID, ...]:
        """Members with a seat in a group that has not decided, the open one or a later one."""
        first = self.open_step
        if self.outcome != "open" or first is None:
            return ()
        return tuple(dict.fromkeys(s for seats in self.seats[first - 1 :] for s in seats if s is not None))

    @property
    def waiting_for(self) -> tuple[UUID, ...]:
        """Members of the open group without a vote."""
        step = self.open_step
        if self.outcome != "open" or step is None:
            return ()
        voted = self.votes[step - 1]
        return tuple(v for v in self.voters(step) if v is not None and v not in voted)


def request(facts: ApprovalRequested) -> Sequence[ApprovalEvent]:
    """Refused at submission, not after three days: a group that nobody allowed can decide."""
    if not facts.groups:
        raise NobodyMayDecide("No group of the chain applies here")
    for place, group in enumerate(facts.groups, start=1):
        allowed = [m for m in set(group.members) if facts.own_request or m != facts.requester]
        if len(allowed) < group.n:
            raise NobodyMayDecide(f"Group {place} can't be decided by anyone allowed")
    return [facts]


def decide(
    state: Approval,
    voter: UUID,
    decision: Decision,
    channel: str,
    at: datetime,
    comment: str | None = None,
    on_behalf_of: UUID | None = None,
) -> Sequence[ApprovalEvent]:
    """A vote in the group that is asked now; `voter` casts it for themself or for whom they stand in for."""
    step = state.open_step
    if state.outcome != "open" or step is None:
        raise RoundOver(f"This round is {state.outcome}")
    whose = on_behalf_of or voter
    if on_behalf_of is not None:
        delegate, until = state.delegations.get(on_behalf_of, (None, at))
        if delegate != voter or at > until:
            raise NotAsked(f"{voter} does not stand in for {on_behalf_of}")
    if whose in state.votes[step - 1] or voter in state.cast[step - 1]:
        raise AlreadyVoted("One vote per person and group, in whichever hat; this one was cast")
    if whose not in state.voters(step):
        raise NotAsked(f"{whose} is not among those asked in group {step}")
    decided = ApprovalDecided(
        approval_id=state.id, anchor_id=state.anchor_id, anchor_purpose=state.anchor_purpose, step=step,
        approver=voter, decision=decision, channel=channel, on_behalf_of=on_behalf_of, comment=comment,
    )  # fmt: skip
    return [decided, *_carried(evolve(state, decided))]


def _carried(state: Approval) -> Sequence[ApprovalEvent]:
    """With the policy `carry`, earlier approvals count in the group that opens, and in the one after it."""
    events: list[ApprovalEvent] = []
    while state.carry and state.outcome == "open" and (step := state.open_step):
        earlier = {who for votes in state.votes[: step - 1] for who, vote in votes.items() if vote == "approved"}
        whose = next((who for who in state.waiting_for if who in earlier), None)
        if whose is None:
            break
        carried = ApprovalDecided(
            approval_id=state.id, anchor_id=state.anchor_id, anchor_purpose=state.anchor_purpose, step=step,
            approver=whose, decision="approved", channel="carried", carried=True,
        )  # fmt: skip
        events.append(carried)
        state = evolve(state, carried)
    return events


def void(state: Approval, cause: Literal["revised", "withdrawn"]) -> Sequence[ApprovalEvent]:
    if state.voided:
        return []
    return [
        ApprovalVoided(
            approval_id=state.id, anchor_id=state.anchor_id, anchor_purpose=state.anchor_purpose, cause=cause
        )
    ]


def replace_approver(state: Approval, approver: UUID, successor: UUID | None) -> Sequence[ApprovalEvent]:
    """The seats of somebody deactivated pass to the successor; without one they stay empty."""
    if state.outcome != "open" or not any(approver in seats for seats in state.seats):
        return []
    return [
        ApproverReplaced(
            approval_id=state.id, anchor_id=state.anchor_id, anchor_purpose=state.anchor_purpose,
            approver=approver, successor=successor, cause="deactivated",
        )
    ]  # fmt: skip


def evolve(state: Approval | None, event: ApprovalEvent) -> Approval:
    match state, event:
        case None, ApprovalRequested():
            return Approval(
                event.approval_id, event.subject, event.subject_id, event.subject_version, event.anchor_id,
                event.anchor_purpose, event.requester, event.round, event.groups, event.carry, event.own_request,
                seats=tuple(tuple(dict.fromkeys(group.members)) for group in event.groups),
                votes=tuple({} for _ in event.groups),
                cast=tuple(frozenset() for _ in event.groups),
            )  # fmt: skip
        case Approval(), ApprovalDecided():
            whose, place = event.on_behalf_of or event.approver, event.step - 1
            votes, cast = list(state.votes), list(state.cast)
            votes[place] = {**votes[place], whose: event.decision}
            cast[place] = cast[place] | {event.approver}
            return replace(state, votes=tuple(votes), cast=tuple(cast))
        case Approval(), ApprovalDelegated():
            return replace(state, delegations={**state.delegations, event.approver: (event.delegate, event.until)})
        case Approval(), ApproverReplaced():
            seats = tuple(_reseated(seats, state.votes[i], event) for i, seats in enumerate(state.seats))
            return replace(state, seats=seats)
        case Approval(), ApprovalSkipped():
            return replace(state, skipped=state.skipped | {event.step})
        case Approval(), ApprovalVoided():
            return replace(state, voided=True)
        case Approval(), ApprovalTimedOut() | ApprovalCommented():
            return state
    raise CorruptStream(state, event)


def _reseated(
    seats: tuple[UUID | None, ...], votes: dict[UUID, Decision], event: ApproverReplaced
) -> tuple[UUID | None, ...]:
    """Votes that were cast stay with who cast them; only a seat without a vote changes hands."""
    if event.approver in votes:
        return seats
    successor = None if event.successor in seats else event.successor
    return tuple(successor if seat == event.approver else seat for seat in seats)


APPROVAL = Aggregate(STREAM, evolve)
