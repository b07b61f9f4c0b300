"""Made-up rounds of approval: votes, delegates, approvers who are replaced, groups passed over, rounds voided."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.events.ats.approval import (
    ApprovalDecided,
    ApprovalDelegated,
    ApprovalRequested,
    ApprovalSkipped,
    ApprovalTimedOut,
    ApprovalVoided,
    ApproverReplaced,
)
from shared.events.event import Event
from tests.oracle.made_up.company import Company
from tests.oracle.made_up.scribe import Scribe, named

APPROVERS = tuple(named(f"approver {n}") for n in range(5))
GROUPS = ((1, APPROVERS[:1]), (2, APPROVERS[:3]), (1, APPROVERS[1:3]), (2, APPROVERS[2:4]), (3, APPROVERS[:5]))


@dataclass
class Group:
    """`seats`: who has not voted yet; None is a seat that was emptied."""

    n: int
    seats: list[UUID | None]
    yes: list[UUID] = field(default_factory=list)

    def decided(self) -> str | None:
        if len(self.yes) >= self.n:
            return "yes"
        return "no" if len(self.yes) + len(self.seats) < self.n else None


@dataclass
class Asked:
    id: UUID
    anchor: UUID
    groups: list[Group]
    carry: bool
    at: int = 0
    delegate: UUID | None = None

    def ids(self) -> dict[str, Any]:
        return {"approval_id": self.id, "anchor_id": self.anchor, "anchor_purpose": "confidential"}


@dataclass
class Approving:
    scribe: Scribe
    company: Company
    open: list[Asked] = field(default_factory=list)
    rounds: int = 0

    def go_on(self) -> None:
        if not self.open or self.scribe.one_in(5):
            return self._ask()
        asked = self.scribe.one_of(self.open[::-1])
        match self.scribe.one_of(("vote",) * 9 + ("delegate", "replace", "replace", "skip", "void", "late")):
            case "delegate":
                asked.delegate = self.scribe.new("delegate")
                until = self.scribe.now + timedelta(days=3)
                told = {"approver": APPROVERS[0], "delegate": asked.delegate, "until": until}
                self.scribe.tell(ApprovalDelegated.model_validate({**asked.ids(), **told}))
            case "replace":
                self._replace(asked)
            case "skip":
                self._tell(asked, ApprovalSkipped(**asked.ids(), step=asked.at + 1, reason="on leave"), over=True)
            case "void":
                self.open.remove(asked)
                cause = self.scribe.one_of(("revised", "withdrawn"))
                self.scribe.tell(ApprovalVoided.model_validate({**asked.ids(), "cause": cause}))
                if cause == "revised":
                    self._ask()
            case "late":
                self.scribe.tell(ApprovalTimedOut(**asked.ids(), step=asked.at + 1, waiting_for=()))
            case _:
                self._vote(asked)

    def _ask(self) -> None:
        self.rounds += 1
        job = self.scribe.one_of(self.company.jobs)
        of_offer = not self.scribe.one_in(3)
        chosen = [self.scribe.one_of(GROUPS) for _ in range(1 + self.scribe.up_to(2))]
        groups = [Group(n, list(members)) for n, members in chosen]
        asked = Asked(self.scribe.new("approval"), job.requisition.id, groups, carry=self.scribe.one_in(3))
        self.open.append(asked)
        subject = {
            "subject": "offer" if of_offer else "requisition",
            "subject_id": named("subject"),
            "subject_version": 1,
            "job_id": job.id if of_offer else None,
            "chain_id": named("chain"),
            "chain_version": 1,
            "round": self.rounds,
            "groups": tuple({"n": n, "members": members} for n, members in chosen),
            "requester": named("requester"),
            "carry": asked.carry,
        }
        self.scribe.tell(ApprovalRequested.model_validate({**asked.ids(), **subject}))

    def _vote(self, asked: Asked) -> None:
        group = asked.groups[asked.at]
        voters = [seat for seat in group.seats if seat]
        if not voters:
            return
        voter = self.scribe.one_of(voters)
        by_delegate = voter == APPROVERS[0] and asked.delegate is not None
        approves = not self.scribe.one_in(4)
        group.seats.remove(voter)
        if approves:
            group.yes.append(voter)
        vote = {
            "step": asked.at + 1,
            "approver": asked.delegate if by_delegate else voter,
            "on_behalf_of": voter if by_delegate else None,
            "decision": "approved" if approves else "rejected",
            "channel": "web",
        }
        told = ApprovalDecided.model_validate({**asked.ids(), **vote})
        if group.decided() == "no":
            self.open.remove(asked)
        self._tell(asked, told, over=group.decided() == "yes")

    def _tell(self, asked: Asked, event: Event, over: bool) -> None:
        """With what follows at once: earlier approvals that are carried into the groups that open by it."""
        events = [event]
        while over:
            asked.at += 1
            over = False
            if asked.at == len(asked.groups):
                self.open.remove(asked)
            elif asked.carry:
                events += self._carried(asked)
                over = asked.groups[asked.at].decided() == "yes"
        self.scribe.tell(*events)

    def _carried(self, asked: Asked) -> Sequence[Event]:
        group = asked.groups[asked.at]
        before = [voter for earlier in asked.groups[: asked.at] for voter in earlier.yes]
        carried = []
        for voter in [seat for seat in group.seats if seat and seat in before]:
            if group.decided() is None:
                group.seats.remove(voter)
                group.yes.append(voter)
                vote = {"step": asked.at + 1, "approver": voter, "decision": "approved", "channel": "web"}
                carried.append(ApprovalDecided.model_validate({**asked.ids(), **vote, "carried": True}))
        return carried

    def _replace(self, asked: Asked) -> None:
        """In all groups in which they have not voted yet, by somebody new or by nobody."""
        theirs = [seat for group in asked.groups[asked.at :] for seat in group.seats if seat]
        if theirs:
            gone = self.scribe.one_of(theirs)
            successor = None if self.scribe.one_in(2) else self.scribe.new("successor")
            for group in asked.groups[asked.at :]:
                group.seats = [successor if seat == gone else seat for seat in group.seats]
            told = {"approver": gone, "successor": successor, "cause": "deactivated"}
            self.scribe.tell(ApproverReplaced.model_validate({**asked.ids(), **told}))
