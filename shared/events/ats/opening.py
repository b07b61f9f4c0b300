"""opening: one seat of a requisition; reserved by an offer that is out, filled by its acceptance."""

from datetime import date
from typing import Literal
from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Stream

STREAM = Stream(service="ats", category="opening", key="requisition_id")


@correctable(STREAM)
class OpeningEvent(Event):
    """Of stream opening-{opening_id}."""

    opening_id: UUID
    requisition_id: UUID


@STREAM.event("opened")
class OpeningOpened(OpeningEvent):
    """`target_date`: the day by which the seat should be filled."""

    jobs: tuple[UUID, ...]
    kind: Literal["new", "replacement"]
    evergreen: bool = False
    target_date: date | None = None


@STREAM.event("retargeted")
class OpeningRetargeted(OpeningEvent):
    old: date | None
    new: date | None


@STREAM.event("reserved")
class OpeningReserved(OpeningEvent):
    application_id: UUID
    offer_id: UUID


@STREAM.event("released")
class OpeningReleased(OpeningEvent):
    """The offer that reserved the seat went away without an acceptance."""

    offer_id: UUID
    cause: Literal["declined", "expired", "rescinded", "revised"]


@STREAM.event("filled")
class OpeningFilled(OpeningEvent):
    job_id: UUID
    application_id: UUID
    offer_id: UUID


@STREAM.event("reopened")
class OpeningReopened(OpeningEvent):
    """The hire that filled the seat was undone; `application_id` and `offer_id` are those of that hire."""

    application_id: UUID
    offer_id: UUID
    cause: Literal["reneged", "rescinded", "did_not_start", "mistake"]


@STREAM.event("closed")
class OpeningClosed(OpeningEvent):
    reason: str
