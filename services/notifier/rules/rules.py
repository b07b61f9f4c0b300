"""What is told: to whom, about which requisition or job, how urgently, by which channels, and for how long."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from shared.events.ats.application import CandidateHired
from shared.events.ats.approval import ApprovalRequested
from shared.events.ats.job import TeamRole
from shared.events.ats.offer import OfferApproved
from shared.events.ats.scorecard import ScorecardRequested
from shared.events.event import Event
from shared.events.reporting.snapshot import SnapshotSealed

Level = Literal["action", "information"]
ChannelName = Literal["slack", "email"]


@dataclass(frozen=True)
class To:
    """These members, and whoever has one of the roles in the job's hiring team when it is told."""

    members: tuple[UUID, ...] = ()
    job_id: UUID | None = None
    roles: tuple[TeamRole, ...] = ()


@dataclass(frozen=True)
class Rule:
    """`level`: whether the recipient has to do something. `channels`: the first that reaches them is used.

    `worth`: a message that could not leave for so long is not worth sending any more.
    """

    to: Callable[[Any], To]
    title_of: Callable[[Any], UUID | None]
    level: Level
    worth: timedelta
    channels: tuple[ChannelName, ...] = ("slack", "email")


def _approved_thing(event: ApprovalRequested) -> UUID | None:
    return event.subject_id if event.subject == "requisition" else event.job_id


RULES: Mapping[type[Event], Rule] = {
    # Who is asked follows from the round's votes, not from this event alone: reactions/approvals.py.
    ApprovalRequested: Rule(lambda event: To(), _approved_thing, "action", timedelta(days=30)),
    ScorecardRequested: Rule(
        lambda event: To(members=(event.interviewer,)), lambda event: event.job_id, "action", timedelta(days=7)
    ),
    OfferApproved: Rule(
        lambda event: To(job_id=event.job_id, roles=("recruiter",)),
        lambda event: event.job_id,
        "action",
        timedelta(days=7),
    ),
    CandidateHired: Rule(
        lambda event: To(job_id=event.job_id, roles=("hiring_manager", "recruiter")),
        lambda event: event.job_id,
        "information",
        timedelta(days=7),
    ),
    # It brings its own title, and no other channel was asked for.
    SnapshotSealed: Rule(
        lambda event: To(members=event.recipients), lambda event: None, "information", timedelta(days=2), ("email",)
    ),
}
