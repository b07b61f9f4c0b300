"""consent: on which basis a person may be stored or written to, and what ended it."""

from typing import Literal
from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Stream
from shared.events.values import Moment

STREAM = Stream(service="crm", category="consent", key="person_id")

ConsentPurpose = Literal["contact", "store"]


@correctable(STREAM)
class ConsentEvent(Event):
    """Of stream consent-{person_id}."""

    person_id: UUID
    purpose: ConsentPurpose


@STREAM.event("granted")
class ConsentGranted(ConsentEvent):
    """`channel`: how it was given, as `form` or `phone`. `assessment`: that of a legitimate interest, by its id."""

    basis: Literal["consent", "legitimate_interest", "soft_opt_in"]
    until: Moment | None = None
    channel: str
    assessment: str | None = None


@STREAM.event("ended")
class ConsentEnded(ConsentEvent):
    """`objected` (a spam complaint is one) beats every basis, also those that come from us later."""

    cause: Literal["objected", "withdrawn", "expired"]
    channel: str
