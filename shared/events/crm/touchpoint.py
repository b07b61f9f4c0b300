"""touchpoint: one message, call or meeting with a person, and everything that came of it."""

from datetime import date
from typing import Literal
from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Stream
from shared.events.personal import OfProspect, Personal

STREAM = Stream(service="crm", category="touchpoint", key="person_id")


@correctable(STREAM)
class TouchpointEvent(Event):
    """Of stream touchpoint-{touchpoint_id}."""

    touchpoint_id: UUID
    person_id: UUID


@STREAM.event("sent")
class TouchpointSent(TouchpointEvent):
    """`message`: its id in the channel. `tracked`: opens and clicks can be seen. `step`: of the campaign, from 1."""

    message: str
    channel: str
    source_type: str
    tracked: bool
    sender: UUID | None = None
    campaign: UUID | None = None
    enrolment: UUID | None = None
    step: int | None = None
    template: UUID | None = None
    template_version: int | None = None


@STREAM.event("bounced")
class TouchpointBounced(TouchpointEvent):
    kind: Literal["hard", "soft"]


@STREAM.event("opened")
class TouchpointOpened(TouchpointEvent):
    machine: bool


@STREAM.event("clicked")
class TouchpointClicked(TouchpointEvent):
    """`link`: its name in the message, never a signed address."""

    link: str
    machine: bool


@STREAM.event("replied")
class TouchpointReplied(TouchpointEvent):
    """`message`: the one answered; absent where the channel does not tell, then it is a touchpoint of its own.

    `returns`: the day that an automatic reply promises.
    """

    channel: str
    source_type: str
    automatic: bool
    message: str | None = None
    campaign: UUID | None = None
    step: int | None = None
    sentiment: Literal["positive", "neutral", "negative"] | None = None
    returns: date | None = None
    text: Personal[str, OfProspect] | None = None


@STREAM.event("complained")
class TouchpointComplained(TouchpointEvent):
    """Marked as spam: an objection."""


@STREAM.event("logged")
class TouchpointLogged(TouchpointEvent):
    """`member`: who called, met or wrote it down."""

    kind: Literal["call", "meeting", "note", "event"]
    source_type: str
    member: UUID | None = None
    campaign: UUID | None = None
    note: Personal[str, OfProspect] | None = None
