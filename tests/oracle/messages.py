"""Messages to people and what came of them: which arrived, and which a reply or an objection is to (rules D10)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.events.crm.consent import ConsentEnded
from shared.events.crm.enrolment import CampaignEnrolled
from shared.events.crm.touchpoint import (
    TouchpointBounced,
    TouchpointClicked,
    TouchpointComplained,
    TouchpointOpened,
    TouchpointReplied,
    TouchpointSent,
)
from tests.oracle.happened import of_type
from tests.oracle.pasts import Past


@dataclass
class Message:
    """`opened`, `clicked`, `replied`: when a person did; what machines did is not here."""

    sent: TouchpointSent
    moment: datetime
    person: frozenset[UUID]
    segment: UUID | None
    delivered: bool
    opened: list[datetime] = field(default_factory=list)
    clicked: list[datetime] = field(default_factory=list)
    replied: list[datetime] = field(default_factory=list)
    objected: bool = False
    complained: bool = False


def messages(seen: Past) -> Sequence[Message]:
    """In the order in which they were sent."""
    bounced = {event.touchpoint_id for _, event in of_type(seen.world, TouchpointBounced)}
    segments = {event.enrolment_id: event.segment for _, event in of_type(seen.world, CampaignEnrolled)}
    found = [
        Message(
            sent=event,
            moment=happened.occurred,
            person=seen.persons.ids(event.person_id),
            segment=segments.get(event.enrolment) if event.enrolment else None,
            delivered=event.touchpoint_id not in bounced,
        )
        for happened, event in of_type(seen.world, TouchpointSent)
    ]
    for happened in seen.world:
        match happened.event:
            case TouchpointOpened(touchpoint_id=touchpoint, machine=False):
                for message in _tracked(found, touchpoint):
                    message.opened.append(happened.occurred)
            case TouchpointClicked(touchpoint_id=touchpoint, machine=False):
                for message in _tracked(found, touchpoint):
                    message.clicked.append(happened.occurred)
            case TouchpointReplied(automatic=False) as event:
                answered = _answered(seen, found, event, happened.occurred)
                if answered:
                    answered.replied.append(happened.occurred)
            case TouchpointComplained(touchpoint_id=touchpoint):
                for message in found:
                    message.complained |= message.sent.touchpoint_id == touchpoint
            case ConsentEnded(purpose="contact", cause="objected", person_id=person):
                for message in _had_reached(seen, found, person, happened.occurred)[-1:]:
                    message.objected = True
    return found


def _tracked(found: Sequence[Message], touchpoint: UUID) -> Sequence[Message]:
    return [m for m in found if m.sent.touchpoint_id == touchpoint and m.sent.tracked and m.delivered]


def _answered(seen: Past, found: Sequence[Message], reply: TouchpointReplied, moment: datetime) -> Message | None:
    """The one it names, by touchpoint or by message; else the last that had reached the person by then."""
    person = seen.persons.ids(reply.person_id)
    theirs = [message for message in found if message.person == person]
    reached = _had_reached(seen, found, reply.person_id, moment)
    by_touchpoint = [message for message in found if message.sent.touchpoint_id == reply.touchpoint_id]
    by_name = [message for message in theirs if reply.message is not None and message.sent.message == reply.message]
    last_before = [message for message in reached if reply.campaign in (None, message.sent.campaign)]
    for candidates in (by_touchpoint, by_name, last_before):
        if candidates:
            return candidates[-1]
    return None


def _had_reached(seen: Past, found: Sequence[Message], of: UUID, moment: datetime) -> Sequence[Message]:
    """The messages that had reached the person with this id by then, of whatever campaign."""
    person = seen.persons.ids(of)
    return [message for message in found if message.person == person and message.delivered and message.moment <= moment]
