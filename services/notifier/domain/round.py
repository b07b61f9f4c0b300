"""A round of approval, as far as it matters here: whose vote is waited for."""

from dataclasses import dataclass, replace
from uuid import UUID

from shared.events.ats.approval import (
    STREAM,
    ApprovalDecided,
    ApprovalEvent,
    ApprovalRequested,
    ApprovalSkipped,
    ApprovalVoided,
    ApproverReplaced,
)
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream

Votes = dict[UUID, str]


@dataclass(frozen=True)
class Round:
    """`seats` and `votes` are by group. An empty seat is None: it blocks its group and never rejects."""

    asked: ApprovalRequested
    seats: tuple[tuple[UUID | None, ...], ...]
    votes: tuple[Votes, ...]
    skipped: frozenset[int] = frozenset()
    voided: bool = False

    @property
    def waiting_for(self) -> frozenset[UUID]:
        """Members of the open group without a vote; nobody once the round is over."""
        for place, group in enumerate(self.asked.groups):
            votes, voters = self._counted(place), self._voters(place)
            approvals = sum(vote == "approved" for vote in votes.values())
            if place + 1 in self.skipped or approvals >= group.n:
                continue
            if self.voided or len(voters) - (len(votes) - approvals) < group.n:
                return frozenset()
            return frozenset(voter for voter in voters if voter is not None and voter not in votes)
        return frozenset()

    def _voters(self, place: int) -> list[UUID | None]:
        return [seat for seat in self.seats[place] if self.asked.own_request or seat != self.asked.requester]

    def _counted(self, place: int) -> Votes:
        """With the policy `carry` an earlier approval counts here at once: nobody is asked for what they have said."""
        earlier = {who for votes in self.votes[:place] for who, vote in votes.items() if vote == "approved"}
        carried = earlier & set(self._voters(place)) if self.asked.carry else set()
        return {**dict.fromkeys(carried, "approved"), **self.votes[place]}


def evolve(state: Round | None, event: ApprovalEvent) -> Round:
    match state, event:
        case None, ApprovalRequested():
            return Round(
                event,
                seats=tuple(tuple(dict.fromkeys(group.members)) for group in event.groups),
                votes=tuple({} for _ in event.groups),
            )
        case Round(), ApprovalDecided():
            votes = list(state.votes)
            votes[event.step - 1] = {**votes[event.step - 1], event.on_behalf_of or event.approver: event.decision}
            return replace(state, votes=tuple(votes))
        case Round(), ApproverReplaced():
            seats = tuple(_reseated(seats, votes, event) for seats, votes in zip(state.seats, state.votes, strict=True))
            return replace(state, seats=seats)
        case Round(), ApprovalSkipped():
            return replace(state, skipped=state.skipped | {event.step})
        case Round(), ApprovalVoided():
            return replace(state, voided=True)
        case Round(), ApprovalEvent():
            return state
    raise CorruptStream(state, event)


def _reseated(seats: tuple[UUID | None, ...], votes: Votes, event: ApproverReplaced) -> tuple[UUID | None, ...]:
    if event.approver in votes:
        return seats
    successor = None if event.successor in seats else event.successor
    return tuple(successor if seat == event.approver else seat for seat in seats)


ROUND = Aggregate(STREAM, evolve)
