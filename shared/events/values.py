"""Values that several streams share."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime

from shared.events.event import Part


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A point in time, written in UTC."""


class Money(Part):
    """An amount in minor units (cents) of an ISO 4217 currency."""

    amount: int
    currency: str


class Touch(Part):
    """What is told of one touchpoint with a hand-over; `kind` is sent, replied, call, meeting, note or event."""

    touchpoint_id: UUID
    occurred: Moment
    kind: str
    channel: str
    source_type: str
    campaign: UUID | None = None
