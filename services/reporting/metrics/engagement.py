"""engagement: who was reached by messages, who reacted, and what became of them."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Annotated, Any, Literal, TypeVar, get_args
from uuid import UUID

from pydantic import AfterValidator, Field

from services.reporting.metrics import conversion, messages
from services.reporting.metrics.conversion import Conversion
from services.reporting.metrics.counting import (
    Alike,
    Counted,
    Counts,
    LeftOut,
    Name,
    Shape,
    Tally,
    Ways,
    of_kind,
)
from services.reporting.metrics.dimensions import BY, different
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.figures import Share
from services.reporting.metrics.messages import Message
from services.reporting.metrics.question import Question, Whole
from services.reporting.metrics.report import Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.world import World
from shared.events.crm.touchpoint import TouchpointSent
from shared.events.event import Event

R = TypeVar("R", bound=Row)

REACTIONS = {"opened", "clicked", "replied"}
SENT = ("sent",)

TEXT = """\
People reached by messages, by what they did. A message is delivered when it was sent and no bounce is known. Opens \
and clicks are counted over the people reached by a tracked message, replies over all; what machines did and \
automatic replies do not count, and a reply or a click implies no open. A reply belongs to the message answered, else \
to the last one delivered before. Engaged are those who opened, clicked or replied; {became} \
became of them afterwards: handed over, applied (through the hand-over or by themselves), hired (an acceptance that \
stands). {against}A person counts once in each campaign or channel, dated by the first message delivered there, so \
rows do not add up; by month those are people first reached in it, beside all messages sent in it. With unit=message, \
messages are counted instead of people."""
BECAME_OF = {1: "the last three columns are what", 2: "handed_over, applied and hired are what"}
AGAINST = {
    1: "",
    2: """\
Complained are those reached who marked a message as spam, objected those who said that they want to be written to no \
more: that belongs to the last message delivered before. """,
}


Kind = Literal["campaign", "channel", "step", "template", "sender", "segment"]
Dimension = Literal[Kind, "month", "quarter", "year"]
DIMENSIONS: tuple[str, ...] = get_args(Kind)


class Engagement(Question):
    by: Annotated[tuple[Dimension, ...], AfterValidator(different), BY] = ()
    unit: Literal["person", "message"] = "person"
    campaign: UUID | None = None
    channel: str | None = Field(None, max_length=200)
    step: Whole | None = Field(None, ge=1, description="of the campaign, counted from 1")
    template: UUID | None = None
    sender: UUID | None = None
    segment: UUID | None = Field(None, description="the saved rule that enrolled the person")


class ReachedRow(Row):
    """Of version 1. `sent` counts messages, the others people; with unit=message `reached` are those delivered."""

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


class EngagementRow(ReachedRow):
    """`sent` counts messages, the others people; with unit=message `reached` are those delivered."""

    objected: Share
    complained: Share


class EngagementPart(Part):
    """Somebody reached, or one message delivered; behind `sent` one message.

    `did`: opened, clicked, replied, handed_over, applied, hired; since version 2 also objected, complained.
    """

    person_id: UUID
    tracked: bool
    did: tuple[str, ...]


@dataclass(frozen=True)
class _Reached:
    """A person in a group, or one message; `did` has the first fact of each kind."""

    delivered: Sequence[Message]
    did: Mapping[str, Fact]

    @property
    def shape(self) -> Shape:
        return "reached", any(message.event.tracked for message in self.delivered), tuple(sorted(self.did))


def counted(world: World, question: Engagement) -> Iterator[Counted[EngagementPart] | LeftOut]:
    became, every = world.once(Conversion), world.once(_messages)
    for message, values in every:
        at = message.sent.occurred
        yield Counted(values, at, SENT, partial(_sent, message), message.person)
        if not message.delivered:
            yield LeftOut("bounced", values, at)
    for of in _units(every, question).values():
        # Of dimensions that are not told apart nothing is asked: any value will do.
        at, values = of[0][0].sent.occurred, of[0][1]
        one = _reached([message for message, _ in of], became)
        yield Counted(values, at, one.shape, partial(_part, one), of[0][0].person)
        for ignored in (message.ignored for message in one.delivered if message.ignored):
            yield from (LeftOut(why, values, at) for why in Counter(ignored).elements())


def _messages(world: World) -> list[tuple[Message, Group]]:
    segments = messages.segments(world.facts)
    return [(message, _values(message, segments)) for message in world.messages]


def _values(message: Message, segments: Mapping[UUID, UUID]) -> Group:
    event = message.event
    segment = segments.get(event.enrolment) if event.enrolment else None
    known = {
        "campaign": event.campaign, "channel": event.channel, "step": event.step, "template": event.template,
        "sender": event.sender, "segment": segment,
    }  # fmt: skip
    return {name: None if value is None else str(value) for name, value in known.items()}


def _units(every: Sequence[tuple[Message, Group]], question: Engagement) -> dict[Hashable, list[tuple[Message, Group]]]:
    """Messages that were delivered, by what counts once, each in the order in which they were sent."""
    units: dict[Hashable, list[tuple[Message, Group]]] = {}
    apart = _told_apart(question)
    for message, values in every:
        if message.delivered:
            own = message.person, *(values[name] for name in apart)
            unit: Hashable = own if question.unit == "person" else message.event.touchpoint_id
            units.setdefault(unit, []).append((message, values))
    return units


def _told_apart(question: Engagement) -> list[str]:
    """A person counts once for each value of what is asked about."""
    return [name for name in DIMENSIONS if name in question.by or getattr(question, name) is not None]


def _alike(world: World) -> Alike:
    """Where the same messages count as one."""
    every = world.once(_messages)
    if len(every) < 2:
        return None

    def together(question: Engagement) -> Hashable:
        of = {id(message): n for n, unit in enumerate(_units(every, question).values()) for message, _ in unit}
        return tuple(of.get(id(message)) for message, _ in every)

    return together


def _ways() -> Ways[Engagement]:
    """With more dimensions than three there would be as many ways again; that is folded when it is asked."""
    asked = {name: {**dict.fromkeys(DIMENSIONS, str(UUID(int=0))), "step": 1}[name] for name in DIMENSIONS}
    questions = [Engagement(unit="message")]
    for names in (names for n in range(4) for names in combinations(DIMENSIONS, n)):
        questions.append(Engagement.model_validate({"by": names[:2], **{name: asked[name] for name in names[2:]}}))
    return Ways(lambda of: of.unit if of.unit == "message" else tuple(_told_apart(of)), questions)


def _reached(delivered: Sequence[Message], became: Conversion) -> _Reached:
    did = _first(message.reactions for message in delivered)
    if did:
        engaged = min(fact.occurred for fact in did.values())
        did |= became.after(delivered[0].person, engaged)
    return _Reached(delivered, did | _first(message.against for message in delivered))


def _first(done: Iterable[Mapping[str, Fact]]) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for what, fact in (pair for each in done for pair in each.items()):
        found[what] = min(found.get(what, fact), fact, key=lambda fact: fact.order)
    return found


def once_reached(shape: Shape) -> Sequence[Name]:
    return () if shape == SENT else (None,)


was_sent, was_reached = of_kind(*SENT), of_kind("reached")


def was_tracked(shape: Shape, *_: object) -> bool:
    return was_reached(shape) and bool(shape[1])


def has_engaged(shape: Shape, *_: object) -> bool:
    return was_reached(shape) and not REACTIONS.isdisjoint(shape[2])


def figures(group: Group, tally: Tally) -> dict[str, Any]:
    sent, reached = tally.count(was_sent), tally.count(was_reached)
    tracked, engaged = tally.count(was_tracked), tally.count(has_engaged)
    known = sent > 0 or reached > 0
    among = {
        "opened": tracked, "clicked": tracked, "replied": reached, "handed_over": engaged, "applied": engaged,
        "hired": engaged, "objected": reached, "complained": reached,
    }  # fmt: skip
    return {
        "group": group,
        "sent": sent,
        "reached": reached if known else None,
        "engaged": Share.among(engaged, reached),
        **{what: _share(what, of, tally) for what, of in among.items()},
        "note": None if known else "no data",
    }


def _share(what: str, of: int, tally: Tally) -> Share:
    return Share.among(tally.count(lambda shape: was_reached(shape) and what in shape[2]), of)


def rows(of: type[R], group: Group, tally: Tally, world: World, question: Engagement) -> Iterator[R]:
    told = figures(group, tally)
    yield of.model_validate({name: told[name] for name in of.model_fields})


def _part(one: _Reached, _: Name) -> EngagementPart:
    return EngagementPart(
        person_id=one.delivered[0].person,
        tracked=one.shape[1],
        did=tuple(one.did),
        events=ids([*(message.sent for message in one.delivered), *one.did.values()]),
    )


def _sent(message: Message, _: Name) -> EngagementPart:
    return EngagementPart(person_id=message.person, tracked=message.event.tracked, did=(), events=ids([message.sent]))


BECAME = "of those who opened, clicked or replied, who afterwards {}: `did` tells"
FIGURES = {
    "sent": Rule("messages sent, also those that bounced, each by itself", was_sent),
    "reached": Rule("people to whom a message was delivered; with unit=message the messages delivered"),
    "opened": Rule("people reached by a tracked message; `did` tells who opened one", was_tracked),
    "clicked": Rule("people reached by a tracked message; `did` tells who clicked a link in one", was_tracked),
    "replied": Rule("people reached; `did` tells who replied", was_reached),
    "engaged": Rule("people reached; `did` tells who opened, clicked or replied", was_reached),
    "handed_over": Rule(BECAME.format("were handed over to the ATS"), has_engaged),
    "applied": Rule(BECAME.format("applied"), has_engaged),
    "hired": Rule(BECAME.format("were hired"), has_engaged),
}
MORE = {
    "objected": Rule("people reached; `did` tells who objected to being written to", was_reached),
    "complained": Rule("people reached; `did` tells who marked a message as spam", was_reached),
}
NEEDS = messages.NEEDS | conversion.NEEDS


def _version(
    version: int, row: type[R], needs: frozenset[type[Event]], rules: Mapping[str, Rule]
) -> Definition[Engagement, R, EngagementPart]:
    return Definition(
        "engagement", version, "People reached by messages, and what they did",
        TEXT.format(became=BECAME_OF[version], against=AGAINST[version]),
        "opened, clicked / reached by tracked messages; replied, engaged / reached",
        Engagement, row, EngagementPart, needs,
        Counts(
            _ways(), counted, partial(rows, row), lambda *_: "first reached", once_reached,
            alike=_alike, of=(TouchpointSent,),
        ),
        figures=rules,
    )  # fmt: skip


ENGAGEMENT = (
    _version(1, ReachedRow, NEEDS, FIGURES),
    _version(2, EngagementRow, NEEDS | messages.AGAINST, {**FIGURES, **MORE}),
)
