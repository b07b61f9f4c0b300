"""requisition: the permission to hire so many people, from draft over approval to filled or cancelled."""

from typing import Literal
from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Part, Stream
from shared.events.personal import Confidential

STREAM = Stream(service="ats", category="requisition", key="requisition_id")


class Band(Part):
    """Base pay from `low` to `high`, in minor units of an ISO 4217 currency."""

    low: int
    high: int
    currency: str
    per: Literal["year", "month", "hour"] = "year"


@correctable(STREAM)
class RequisitionEvent(Event):
    """Of stream requisition-{requisition_id}."""

    requisition_id: UUID


class RequisitionTerms(RequisitionEvent):
    """What is asked for, whole each time; a confidential one has its title in `confidential_title` only."""

    revision: int
    headcount: int
    department: str
    location: str
    backfill: bool = False
    title: str | None = None
    confidential: bool = False
    confidential_title: Confidential[str] | None = None
    band: Confidential[Band] | None = None
    level: str | None = None
    job_group: str | None = None
    hiring_manager: UUID | None = None
    recruiter: UUID | None = None
    justification: Confidential[str] | None = None


@STREAM.event("drafted")
class RequisitionDrafted(RequisitionTerms):
    pass


@STREAM.event("revised")
class RequisitionRevised(RequisitionTerms):
    """`voids_approvals`: a changed field needs a new round; open seats keep running."""

    changed: tuple[str, ...]
    voids_approvals: bool


@STREAM.event("submitted")
class RequisitionSubmitted(RequisitionTerms):
    approval_id: UUID


@STREAM.event("approved")
class RequisitionApproved(RequisitionEvent):
    """`approval_id`: the round that decided; absent in imported history."""

    revision: int
    headcount: int
    approval_id: UUID | None = None


@STREAM.event("returned")
class RequisitionReturned(RequisitionEvent):
    """Back to draft: its approval was rejected, or the requester took it back."""

    revision: int
    approval_id: UUID
    cause: Literal["approval_rejected", "taken_back"]


@STREAM.event("held")
class RequisitionHeld(RequisitionEvent):
    reason: str
    note: Confidential[str] | None = None


@STREAM.event("resumed")
class RequisitionResumed(RequisitionEvent):
    note: Confidential[str] | None = None


@STREAM.event("closed")
class RequisitionClosed(RequisitionEvent):
    reason: Literal["filled", "cancelled"]
    note: Confidential[str] | None = None
