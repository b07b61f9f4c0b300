"""engagement: who was reached by messages, who reacted, and what became of them."""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.reporting.metrics import conversion, messages
from services.reporting.metrics.conversion import Conversion
from services.reporting.metrics.dimensions import BY, different
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.figures import Share
from services.reporting.metrics.messages import Message
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Cell, Definition, Group, Part, Report, Row, ids
from services.reporting.metrics.selection import grouped
from services.reporting.metrics.world import World

REACTIONS = {"opened", "clicked", "replied"}

TEXT = """\
People reached by messages, by what they did. A message is delivered when it was sent and no bounce is known. Opens \
and clicks are counted over the people reached by a tracked message, replies over all; what machines did and \
automatic replies do not count, and a reply or a click implies no open. A reply belongs to the message answered, else \
to the last one delivered before. Engaged are those who opened, clicked or replied; the last three columns are what \
became of them afterwards: handed over, applied (through the hand-over or by themselves), hired (an acceptance that \
stands). A person counts once in each campaign or channel, dated by the first message delivered there, so rows do not \
add up. With unit=message, messages are counted instead of people."""


Dimension = Literal["campaign", "channel", "step", "template", "sender", "segment"]


class Engagement(Question):
    by: Annotated[tuple[Dimension, ...], AfterValidator(different), BY] = ()
    unit: Literal["person", "message"] = "person"
    campaign: UUID | None = None
    channel: str | None = Field(None, max_length=200)
    step: int | None = Field(None, ge=1, description="of the campaign, counted from 1")
    template: UUID | None = None
    sender: UUID | None = None
    segment: UUID | None = Field(None, description="the saved rule that enrolled the person")


class EngagementRow(Row):
    """`sent` counts messages, the others people; with unit=message `reached` counts the messages delivered."""

    sent: int
    reached: int | None
    opened: Share
    clicked: Share
    replied: Share
    engaged: Share
    handed_over: Share
    applied: Share
    hired: Share
    note: Literal["no data"] | None = None


class EngagementPart(Part):
    """Somebody reached, or one message delivered. `did`: opened, clicked, replied, handed_over, applied, hired."""

    person_id: UUID
    tracked: bool
    did: tuple[str, ...]


@dataclass(frozen=True)
class _Reached:
    """A person in a group, or one message; `did` has the first fact of each kind."""

    person: UUID
    delivered: Sequence[Message]
    did: Mapping[str, Fact]

    @property
    def tracked(self) -> bool:
        return any(message.event.tracked for message in self.delivered)

    @property
    def engaged(self) -> bool:
        return not REACTIONS.isdisjoint(self.did)


def compute(world: World, question: Engagement) -> Report[EngagementRow, EngagementPart]:
    became = Conversion(world)
    left_out: Counter[str] = Counter()
    segments = messages.segments(world.facts)
    every = [(_values(message, segments), message) for message in messages.messages(world.facts, world.people)]
    asked = [(values, message) for values, message in every if question.asks_for(values)]
    cells = []
    for group, sent in grouped(asked, question.by):
        reached = []
        for delivered in _units([message for message in sent if message.delivered], question.unit):
            if question.covers(delivered[0].sent.occurred):
                reached.append(_reached(delivered, became))
                left_out.update(itertools.chain.from_iterable(m.ignored.elements() for m in delivered))
            else:
                left_out["first reached outside the period"] += 1
        sent = [message for message in sent if question.covers(message.sent.occurred)]
        left_out["bounced"] += sum(not message.delivered for message in sent)
        if sent or reached or not question.by:
            cells.append(Cell(_row(group, len(sent), reached), [_part(one) for one in reached]))
    return Report(cells, +left_out)


def _values(message: Message, segments: Mapping[UUID, UUID]) -> Group:
    event = message.event
    segment = segments.get(event.enrolment) if event.enrolment else None
    known = {
        "campaign": event.campaign, "channel": event.channel, "step": event.step, "template": event.template,
        "sender": event.sender, "segment": segment,
    }  # fmt: skip
    return {name: None if value is None else str(value) for name, value in known.items()}


def _units(delivered: Sequence[Message], unit: str) -> list[list[Message]]:
    """Each in the order in which they were sent."""
    units: dict[UUID, list[Message]] = {}
    for message in delivered:
        units.setdefault(message.person if unit == "person" else message.event.touchpoint_id, []).append(message)
    return list(units.values())


def _reached(delivered: Sequence[Message], became: Conversion) -> _Reached:
    person = delivered[0].person
    did: dict[str, Fact] = {}
    for what, fact in (pair for message in delivered for pair in message.reactions.items()):
        did[what] = min(did.get(what, fact), fact, key=lambda fact: fact.order)
    if did:
        engaged = min(fact.occurred for fact in did.values())
        did |= became.after(person, engaged)
    return _Reached(person, delivered, did)


def _row(group: Group, sent: int, reached: Sequence[_Reached]) -> EngagementRow:
    tracked = sum(one.tracked for one in reached)
    engaged = sum(one.engaged for one in reached)
    known = sent > 0 or len(reached) > 0

    def share(what: str, of: int) -> Share:
        return Share.among(sum(what in one.did for one in reached), of)

    return EngagementRow(
        group=group,
        sent=sent,
        reached=len(reached) if known else None,
        opened=share("opened", tracked),
        clicked=share("clicked", tracked),
        replied=share("replied", len(reached)),
        engaged=Share.among(engaged, len(reached)),
        handed_over=share("handed_over", engaged),
        applied=share("applied", engaged),
        hired=share("hired", engaged),
        note=None if known else "no data",
    )


def _part(one: _Reached) -> EngagementPart:
    return EngagementPart(
        person_id=one.person,
        tracked=one.tracked,
        did=tuple(one.did),
        events=ids([*(message.sent for message in one.delivered), *one.did.values()]),
    )


ENGAGEMENT = Definition(
    "engagement",
    1,
    "People reached by messages, and what they did",
    TEXT,
    "opened, clicked / reached by tracked messages; replied, engaged / reached",
    Engagement,
    EngagementRow,
    EngagementPart,
    messages.NEEDS | conversion.NEEDS,
    compute,
)
