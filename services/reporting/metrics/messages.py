"""Messages that were sent, and what people, not machines, did with them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.reporting.metrics.fact import Fact
from services.reporting.metrics.people import Aliases
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
from shared.events.event import Event

NEEDS: frozenset[type[Event]] = frozenset(
    {TouchpointSent, TouchpointBounced, TouchpointOpened, TouchpointClicked, TouchpointReplied, CampaignEnrolled}
)
AGAINST: frozenset[type[Event]] = frozenset({ConsentEnded, TouchpointComplained})


def segments(facts: Iterable[Fact]) -> dict[UUID, UUID]:
    """By enrolment, where one was enrolled by a segment."""
    return {
        fact.event.enrolment_id: fact.event.segment
        for fact in facts
        if isinstance(fact.event, CampaignEnrolled) and fact.event.segment
    }


@dataclass
class Message:
    """`opened` and `clicked` are the first of their kind by a human, `replies` all; `ignored`: what machines did.

    `against`: the first objection to being written to that came after it, the first complaint that it is spam.
    """

    person: UUID
    event: TouchpointSent
    sent: Fact
    bounced: Fact | None = None
    opened: Fact | None = None
    clicked: Fact | None = None
    replies: list[Fact] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    against: dict[str, Fact] = field(default_factory=dict)

    @property
    def delivered(self) -> bool:
        return self.bounced is None

    @property
    def reactions(self) -> dict[str, Fact]:
        """By what was done. What an untracked message seems to tell of opens and clicks is not believed."""
        seen = {"opened": self.opened, "clicked": self.clicked} if self.event.tracked else {}
        return {what: fact for what, fact in (*seen.items(), ("replied", self.replied)) if fact is not None}

    @property
    def replied(self) -> Fact | None:
        return self.replies[0] if self.replies else None


def messages(facts: Sequence[Fact], people: Aliases) -> list[Message]:
    """`facts` in order."""
    found: dict[UUID, Message] = {}
    for fact in facts:
        if isinstance(fact.event, TouchpointSent):
            found[fact.event.touchpoint_id] = Message(people.resolve(fact.event.person_id), fact.event, fact)
    of_person: dict[UUID, list[Message]] = defaultdict(list)
    for message in found.values():
        of_person[message.person].append(message)
    replies, objections = [], []
    for fact in facts:
        match fact.event:
            case TouchpointBounced(touchpoint_id=of) if of in found:
                found[of].bounced = found[of].bounced or fact
            case TouchpointOpened(touchpoint_id=of, machine=True) if of in found:
                found[of].ignored.append("opened by a machine")
            case TouchpointClicked(touchpoint_id=of, machine=True) if of in found:
                found[of].ignored.append("clicked by a machine")
            case TouchpointReplied(touchpoint_id=of, automatic=True) if of in found:
                found[of].ignored.append("automatic reply")
            case TouchpointOpened(touchpoint_id=of) if of in found:
                found[of].opened = found[of].opened or fact
            case TouchpointClicked(touchpoint_id=of) if of in found:
                found[of].clicked = found[of].clicked or fact
            case TouchpointComplained(touchpoint_id=of) if of in found:
                found[of].against.setdefault("complained", fact)
            case TouchpointReplied(automatic=False) as reply:
                replies.append((fact, reply))
            case ConsentEnded(purpose="contact", cause="objected", person_id=person):
                objections.append((fact, people.resolve(person)))
    if replies:
        _credit(replies, found, of_person, people)
    for fact, person in objections:
        if last := _last_before(fact, of_person[person]):
            last.against.setdefault("objected", fact)
    return list(found.values())


def _credit(
    replies: Iterable[tuple[Fact, TouchpointReplied]], found: dict[UUID, Message],
    of_person: Mapping[UUID, Sequence[Message]], people: Aliases,
) -> None:  # fmt: skip
    """To the message answered; where nobody can tell which, to the last one delivered before."""
    by_name = {(message.person, message.event.message): message for message in found.values()}
    for fact, reply in replies:
        person = people.resolve(reply.person_id)
        answered = found.get(reply.touchpoint_id) or by_name.get((person, reply.message or ""))
        theirs = [one for one in of_person[person] if reply.campaign in (None, one.event.campaign)]
        credited = answered or _last_before(fact, theirs)
        if credited is not None:
            credited.replies.append(fact)


def _last_before(fact: Fact, messages: Iterable[Message]) -> Message | None:
    """Of those that were delivered."""
    before = [one for one in messages if one.delivered and one.sent.occurred <= fact.occurred]
    return before[-1] if before else None
