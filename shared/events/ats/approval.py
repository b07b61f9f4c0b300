"""approval: one round of votes on one version of a requisition or an offer."""

from typing import Literal
from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Part, Stream
from shared.events.personal import Personal, Purpose
from shared.events.values import Moment

STREAM = Stream(service="ats", category="approval", key="anchor_id")

Subject = Literal["requisition", "offer"]


class OfSubject(Purpose):
    """What is said about a requisition or an offer is sealed, and erased, with it."""

    subject, name = "{anchor_id}", "{anchor_purpose}"


class Group(Part):
    """Approves once `n` of its members do; rejects once `n` can no longer be reached."""

    n: int
    members: tuple[UUID, ...]
    name: str | None = None


@correctable(STREAM)
class ApprovalEvent(Event):
    """Of stream approval-{approval_id}.

    `anchor_id`: the requisition's id or the person id of the offer, under which the log keeps the round.
    `anchor_purpose`: `confidential` for a requisition, `application-{application_id}` for an offer.
    """

    approval_id: UUID
    anchor_id: UUID
    anchor_purpose: str


@STREAM.event("requested")
class ApprovalRequested(ApprovalEvent):
    """`groups` are asked in order; `round` counts the rounds of the subject from 1.

    `carry`: an approval of an earlier group counts in a later one. `own_request`: the requester may vote.
    """

    subject: Subject
    subject_id: UUID
    subject_version: int
    job_id: UUID | None = None
    chain_id: UUID
    chain_version: int
    round: int
    groups: tuple[Group, ...]
    requester: UUID
    carry: bool = False
    own_request: bool = False


@STREAM.event("decided")
class ApprovalDecided(ApprovalEvent):
    """One final vote. `step`: the group, counted from 1. `on_behalf_of`: whose vote it is, where a delegate cast it."""

    step: int
    approver: UUID
    decision: Literal["approved", "rejected"]
    channel: str
    on_behalf_of: UUID | None = None
    carried: bool = False
    comment: Personal[str, OfSubject] | None = None


@STREAM.event("delegated")
class ApprovalDelegated(ApprovalEvent):
    approver: UUID
    delegate: UUID
    until: Moment


@STREAM.event("skipped")
class ApprovalSkipped(ApprovalEvent):
    step: int
    reason: str
    note: Personal[str, OfSubject] | None = None


@STREAM.event("voided")
class ApprovalVoided(ApprovalEvent):
    """The round ends without a result. `withdrawn`: its subject was taken back or is over."""

    cause: Literal["revised", "withdrawn"]


@STREAM.event("timed-out")
class ApprovalTimedOut(ApprovalEvent):
    """The group is still open past its time; who is waited for, and who is asked to see to it."""

    step: int
    waiting_for: tuple[UUID, ...]
    escalated_to: UUID | None = None


@STREAM.event("approver-replaced")
class ApproverReplaced(ApprovalEvent):
    """Without a successor the seat stays empty, and its group may be blocked; it is never rejected by that."""

    approver: UUID
    successor: UUID | None
    cause: Literal["deactivated", "by_hand"]


@STREAM.event("commented")
class ApprovalCommented(ApprovalEvent):
    author: UUID
    comment: Personal[str, OfSubject]
