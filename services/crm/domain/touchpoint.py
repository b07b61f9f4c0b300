"""One message, call or meeting with a person, and what came of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from shared.events.crm.touchpoint import (
    STREAM,
    TouchpointBounced,
    TouchpointClicked,
    TouchpointComplained,
    TouchpointEvent,
    TouchpointLogged,
    TouchpointOpened,
    TouchpointReplied,
    TouchpointSent,
)
from shared.events.event import Event
from shared.events.personal import Clear, Personal
from shared.events.values import Touch
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Refusal

Sentiment = Literal["positive", "neutral", "negative"]
Bounce = Literal["hard", "soft"]
MOST_TOUCHES = 200


class NotAMessage(Refusal):
    slug, title = "not-a-message", "Only a message that was sent can be opened, clicked, answered, bounced or marked"
    next_step = "name a touchpoint of kind sent; an answer to no known message is a touchpoint of its own"


class NotTracked(Refusal):
    slug, title = "not-tracked", "Opens and clicks of this message can't be seen"
    next_step = "send it as tracked, where the channel and the person's basis allow that"


@dataclass(frozen=True)
class Touchpoint:
    """`kind` is sent, replied, call, meeting, note or event; `by` sent or logged it. Machines count for nothing."""

    id: UUID
    person_id: UUID
    kind: str
    channel: str
    source_type: str
    by: UUID | None = None
    message: str | None = None
    tracked: bool = False
    campaign: UUID | None = None
    step: int | None = None
    text: Personal[str, Any] | None = None
    opened: bool = False
    clicked: frozenset[str] = frozenset()
    replied: bool = False
    bounced: Bounce | None = None
    complained: bool = False


def begin(facts: TouchpointSent | TouchpointLogged | TouchpointReplied) -> Sequence[TouchpointEvent]:
    return [facts]


def open_message(state: Touchpoint, machine: bool) -> Sequence[TouchpointEvent]:
    _require_tracked(state)
    return [TouchpointOpened(touchpoint_id=state.id, person_id=state.person_id, machine=machine)]


def click(state: Touchpoint, link: str, machine: bool) -> Sequence[TouchpointEvent]:
    _require_tracked(state)
    return [TouchpointClicked(touchpoint_id=state.id, person_id=state.person_id, link=link, machine=machine)]


def reply(
    state: Touchpoint, automatic: bool, sentiment: Sentiment | None = None, text: str | None = None
) -> Sequence[TouchpointEvent]:
    _require_message(state)
    return [
        TouchpointReplied(
            touchpoint_id=state.id, person_id=state.person_id, channel=state.channel, source_type=state.source_type,
            automatic=automatic, message=state.message, campaign=state.campaign, step=state.step, sentiment=sentiment,
            text=Clear(text) if text is not None else None,
        )
    ]  # fmt: skip


def bounce(state: Touchpoint, kind: Bounce) -> Sequence[TouchpointEvent]:
    _require_message(state)
    if state.bounced in (kind, "hard"):
        return []
    return [TouchpointBounced(touchpoint_id=state.id, person_id=state.person_id, kind=kind)]


def complain(state: Touchpoint) -> Sequence[TouchpointEvent]:
    _require_message(state)
    if state.complained:
        return []
    return [TouchpointComplained(touchpoint_id=state.id, person_id=state.person_id)]


def touches(happened: Iterable[tuple[datetime, Event]]) -> tuple[Touch, ...]:
    """What a hand-over tells: sent, answered by a person, or logged; oldest first, the newest MOST_TOUCHES."""
    found: list[Touch] = []
    for occurred, event in happened:
        match event:
            case TouchpointSent():
                found.append(_touch(event, occurred, "sent", event.channel))
            case TouchpointReplied(automatic=False):
                found.append(_touch(event, occurred, "replied", event.channel))
            case TouchpointLogged():
                found.append(_touch(event, occurred, event.kind, event.kind))
    return tuple(sorted(found, key=lambda touch: (touch.occurred, touch.touchpoint_id))[-MOST_TOUCHES:])


def evolve(state: Touchpoint | None, event: TouchpointEvent) -> Touchpoint:
    match state, event:
        case None, TouchpointSent():
            return Touchpoint(
                event.touchpoint_id, event.person_id, "sent", event.channel, event.source_type, event.sender,
                event.message, event.tracked, event.campaign, event.step,
            )  # fmt: skip
        case None, TouchpointReplied():
            return Touchpoint(
                event.touchpoint_id, event.person_id, "replied", event.channel, event.source_type,
                campaign=event.campaign, step=event.step, text=event.text, replied=not event.automatic,
            )  # fmt: skip
        case None, TouchpointLogged():
            return Touchpoint(
                event.touchpoint_id, event.person_id, event.kind, event.kind, event.source_type, event.member,
                campaign=event.campaign, text=event.note,
            )  # fmt: skip
        case Touchpoint(), TouchpointOpened():
            return replace(state, opened=state.opened or not event.machine)
        case Touchpoint(), TouchpointClicked():
            return state if event.machine else replace(state, clicked=state.clicked | {event.link})
        case Touchpoint(), TouchpointReplied():
            return replace(state, replied=state.replied or not event.automatic)
        case Touchpoint(), TouchpointBounced():
            return replace(state, bounced=event.kind)
        case Touchpoint(), TouchpointComplained():
            return replace(state, complained=True)
    raise CorruptStream(state, event)


def _require_message(state: Touchpoint) -> None:
    if state.kind != "sent":
        raise NotAMessage(f"Touchpoint {state.id} is of kind {state.kind}")


def _require_tracked(state: Touchpoint) -> None:
    _require_message(state)
    if not state.tracked:
        raise NotTracked(f"Message {state.message} was sent untracked")


def _touch(
    event: TouchpointSent | TouchpointReplied | TouchpointLogged, occurred: datetime, kind: str, channel: str
) -> Touch:
    return Touch(
        touchpoint_id=event.touchpoint_id, occurred=occurred, kind=kind, channel=channel,
        source_type=event.source_type, campaign=event.campaign,
    )  # fmt: skip


TOUCHPOINT = Aggregate(STREAM, evolve)
