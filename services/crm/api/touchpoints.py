"""/prospects/{id}/touchpoints and /touchpoints: messages, calls and meetings, and what came of them."""

from itertools import groupby
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.crm.api.words import Text, Word
from services.crm.commands import touchpoints as commands
from services.crm.domain.prospect import PROSPECT
from services.crm.domain.touchpoint import TOUCHPOINT, Bounce, Sentiment, Touchpoint
from services.crm.projections import touchpoints as projection
from shared.events.crm.touchpoint import TouchpointLogged, TouchpointReplied, TouchpointSent
from shared.events.personal import clear, reveal
from shared.kit.context import new_id
from shared.kit.http.body import Body
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes

of_person = APIRouter(prefix="/prospects/{person_id}/touchpoints", tags=["touchpoints"])
router = APIRouter(prefix="/touchpoints", tags=["touchpoints"])


class Sent(Body):
    """A message that left, in the caller's name or the campaign's."""

    kind: Literal["sent"]
    channel: Word = Field(examples=["email", "inmail"])
    source_type: Word = "sourced"
    message: Word | None = Field(default=None, description="Its id in the channel; the touchpoint's where not given")
    tracked: bool = Field(default=False, description="Opens and clicks can be seen")
    campaign_id: UUID | None = None
    step: int | None = Field(default=None, ge=1, le=100)


class Replied(Body):
    """An answer to no message that is known here."""

    kind: Literal["replied"]
    channel: Word
    source_type: Word = "sourced"
    automatic: bool = False
    sentiment: Sentiment | None = None
    text: Text | None = None
    campaign_id: UUID | None = None
    step: int | None = Field(default=None, ge=1, le=100)


class Logged(Body):
    """`channel` may be said and is not kept: the kind tells it."""

    kind: Literal["call", "meeting", "note", "event"]
    channel: Word | None = None
    source_type: Word | None = Field(default=None, description="event for an event, else sourced, where not given")
    note: Text | None = None
    campaign_id: UUID | None = None


class Opened(Body):
    machine: bool = Field(default=False, description="A mail client's or scanner's doing")


class Clicked(Body):
    link: Word = Field(description="Its name in the message, never its address", examples=["job"])
    machine: bool = False


class Reply(Body):
    automatic: bool = False
    sentiment: Sentiment | None = None
    text: Text | None = None


class Bounced(Body):
    kind: Bounce


@of_person.post("", status_code=201, operation_id="add_touchpoint", summary="Record a message, call or meeting")
async def add(
    person_id: UUID,
    body: Annotated[Sent | Replied | Logged, Field(discriminator="kind")],
    write: Write = writes("touchpoints:write"),
) -> Receipt:
    """409 `no-basis` where the person may not be written to."""
    of, by = new_id(), write.member.id
    match body:
        case Sent():
            sent = TouchpointSent(
                touchpoint_id=of, person_id=person_id, message=body.message or str(of), channel=body.channel,
                source_type=body.source_type, tracked=body.tracked, sender=by, campaign=body.campaign_id,
                step=body.step,
            )  # fmt: skip
            return await write.run(lambda unit: commands.record_message(unit, sent))
        case Replied():
            logged: TouchpointReplied | TouchpointLogged = TouchpointReplied(
                touchpoint_id=of, person_id=person_id, channel=body.channel, source_type=body.source_type,
                automatic=body.automatic, campaign=body.campaign_id, step=body.step, sentiment=body.sentiment,
                text=clear(body.text),
            )  # fmt: skip
        case Logged():
            source_type = body.source_type or ("event" if body.kind == "event" else "sourced")
            logged = TouchpointLogged(
                touchpoint_id=of, person_id=person_id, kind=body.kind, source_type=source_type, member=by,
                campaign=body.campaign_id, note=clear(body.note),
            )  # fmt: skip
    return await write.run(lambda unit: commands.log_touchpoint(unit, logged))


@router.post("/{touchpoint_id}/open", operation_id="open_message", summary="A message was opened")
async def opened(touchpoint_id: UUID, body: Opened, write: Write = writes("touchpoints:write")) -> Receipt:
    return await write.run(lambda unit: commands.open_message(unit, touchpoint_id, body.machine))


@router.post("/{touchpoint_id}/click", operation_id="click_link", summary="A link in a message was clicked")
async def clicked(touchpoint_id: UUID, body: Clicked, write: Write = writes("touchpoints:write")) -> Receipt:
    return await write.run(lambda unit: commands.click_link(unit, touchpoint_id, body.link, body.machine))


@router.post("/{touchpoint_id}/reply", operation_id="reply_to_message", summary="A message was answered")
async def replied(touchpoint_id: UUID, body: Reply, write: Write = writes("touchpoints:write")) -> Receipt:
    return await write.run(
        lambda unit: commands.reply_to_message(unit, touchpoint_id, body.automatic, body.sentiment, body.text)
    )


@router.post("/{touchpoint_id}/bounce", operation_id="bounce_message", summary="A message came back")
async def bounced(touchpoint_id: UUID, body: Bounced, write: Write = writes("touchpoints:write")) -> Receipt:
    return await write.run(lambda unit: commands.bounce_message(unit, touchpoint_id, body.kind))


@router.post("/{touchpoint_id}/complain", operation_id="complain_of_message", summary="A message was marked as spam")
async def complained(touchpoint_id: UUID, write: Write = writes("touchpoints:write")) -> Receipt:
    """The person is not written to again."""
    return await write.run(lambda unit: commands.complain_of_message(unit, touchpoint_id))


@of_person.get("", operation_id="list_touchpoints", summary="List the touchpoints with a person")
async def listing(person_id: UUID, pages: Pages, read: Read = reads("prospects:read")) -> Items:
    await read.load(PROSPECT, person_id)
    query = projection.ids_of_person(person_id)
    rows = await pages.fetch(read.store.database, query, projection.TABLE.c.id)
    happened = await read.store.events(*(TOUCHPOINT.stream.name(row.id) for row in rows))
    items = []
    for _, stream in groupby(happened, key=lambda pair: pair[0].stream):
        (first, begun), *later = stream
        state = TOUCHPOINT.evolve(None, begun)
        for _, event in later:
            state = TOUCHPOINT.evolve(state, event)
        items.append({"occurred": first.occurred, **_shown(state)})
    return Items(items=items)


def _shown(state: Touchpoint) -> dict[str, Any]:
    return {
        "id": state.id, "person_id": state.person_id, "kind": state.kind, "channel": state.channel,
        "source_type": state.source_type, "by": state.by, "message": state.message, "tracked": state.tracked,
        "campaign_id": state.campaign, "step": state.step, "text": reveal(state.text), "opened": state.opened,
        "clicked": sorted(state.clicked), "replied": state.replied, "bounced": state.bounced,
        "complained": state.complained,
    }  # fmt: skip
