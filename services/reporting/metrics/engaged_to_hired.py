"""engaged-to-hired: what became of the people whom a campaign took in, and how long it took."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.reporting.metrics import conversion, messages
from services.reporting.metrics.conversion import Conversion
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Shape, Tally, no_part, ways
from services.reporting.metrics.dimensions import BY, different
from services.reporting.metrics.fact import Fact, elapsed
from services.reporting.metrics.figures import Duration, Figure, Share, median
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.world import World
from shared.events.crm.enrolment import CampaignEnrolled

TEXT = """\
People enrolled in a campaign in the period, each once a campaign, by what came after: a reply to one of its messages \
(automatic ones do not count), a hand-over to the ATS, an application (through the hand-over or by themselves; a lead \
counts once it has left the lead stage), a hire out of an application made since. Shares are of those enrolled; times \
are medians from the enrolment, over those who came so far. Later steps do not need the earlier ones."""

Dimension = Literal["campaign", "sender", "segment", "variant", "month", "quarter", "year"]
STEPS = ("replied", "handed_over", "applied", "hired")


class EngagedToHired(Question):
    by: Annotated[tuple[Dimension, ...], AfterValidator(different), BY] = ()
    campaign: UUID | None = None
    sender: UUID | None = None
    segment: UUID | None = Field(None, description="the saved rule that enrolled the person")
    variant: str | None = Field(None, max_length=200, description="of the messages, where several are tried")


class Came(Figure):
    """How many of those enrolled came so far, and how long it took them."""

    share: Share
    median: Duration


class EngagedRow(Row):
    enrolled: int
    replied: Came
    handed_over: Came
    applied: Came
    hired: Came


class EngagedPart(Part):
    """A person in a campaign; null where they did not come so far."""

    person_id: UUID
    campaign: UUID
    enrolled: datetime
    replied: datetime | None
    handed_over: datetime | None
    applied: datetime | None
    hired: datetime | None


@dataclass(frozen=True)
class _Enrolled:
    person: UUID
    event: CampaignEnrolled
    fact: Fact
    came: Mapping[str, Fact]


def counted(world: World, question: EngagedToHired) -> Iterator[Counted[EngagedPart] | LeftOut]:
    for one in _enrolled(world):
        values, at = _values(one.event), one.fact.occurred
        yield Counted(values, at, ("enrolled",), partial(_part, one), one.person)
        for step, fact in one.came.items():
            yield Counted(values, at, (step,), no_part, one.person, elapsed(at, fact.occurred))


def once_enrolled(shape: Shape) -> Sequence[Name]:
    """How far somebody came is told in their one part."""
    return (None,) if shape == ("enrolled",) else ()


def _enrolled(world: World) -> Iterator[_Enrolled]:
    """By their first enrolment."""
    became, first = world.once(Conversion), dict[tuple[UUID, UUID], tuple[CampaignEnrolled, Fact]]()
    for fact in world.facts:
        if isinstance(fact.event, CampaignEnrolled):
            first.setdefault((world.people.resolve(fact.event.person_id), fact.event.campaign_id), (fact.event, fact))
    replies: dict[tuple[UUID, UUID | None], list[Fact]] = defaultdict(list)
    for message in world.messages:
        replies[message.person, message.event.campaign] += message.replies
    for (person, campaign), (event, fact) in first.items():
        came = became.after(person, fact.occurred)
        # Messages of the campaign may have come before, by hand.
        since = [reply for reply in replies.get((person, campaign), ()) if reply.occurred >= fact.occurred]
        if since:
            came["replied"] = min(since, key=lambda reply: reply.order)
        yield _Enrolled(person, event, fact, came)


def _values(event: CampaignEnrolled) -> Group:
    return {
        "campaign": str(event.campaign_id),
        "sender": str(event.sender) if event.sender else None,
        "segment": str(event.segment) if event.segment else None,
        "variant": event.variant,
    }


def rows(group: Group, tally: Tally, world: World, question: EngagedToHired) -> Iterator[EngagedRow]:
    enrolled = tally.count(lambda shape: shape == ("enrolled",))
    yield EngagedRow(group=group, enrolled=enrolled, **{step: _came(step, tally, enrolled) for step in STEPS})


def _came(step: str, tally: Tally, of: int) -> Came:
    took = tally.took(lambda shape: shape == (step,))
    return Came(share=Share.among(len(took), of), median=median(took))


def _part(one: _Enrolled, _: Name) -> EngagedPart:
    return EngagedPart(
        person_id=one.person,
        campaign=one.event.campaign_id,
        enrolled=one.fact.occurred,
        **{step: one.came[step].occurred if step in one.came else None for step in STEPS},
        events=ids([one.fact, *one.came.values()]),
    )


CAME = "everybody enrolled; `{}` tells who came so far, and since `enrolled` how long it took them"
FIGURES = {
    "enrolled": Rule("people whom a campaign took in, each once a campaign"),
    **{step: Rule(CAME.format(step)) for step in STEPS},
}
ENGAGED_TO_HIRED = Definition(
    "engaged-to-hired", 1, "From a campaign to the hire", TEXT,
    "came so far / enrolled; median(when they came - CampaignEnrolled)", EngagedToHired, EngagedRow, EngagedPart,
    messages.NEEDS | conversion.NEEDS,
    Counts(ways(EngagedToHired), counted, rows, lambda *_: "enrolled", once_enrolled, of=(CampaignEnrolled,)),
    figures=FIGURES,
)  # fmt: skip
