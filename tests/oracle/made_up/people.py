"""Made-up people: known to the CRM by one id and to the ATS by others, written to, answering, handed over."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from shared.events.crm.consent import ConsentEnded
from shared.events.crm.enrolment import CampaignEnrolled
from shared.events.crm.prospect import CandidateSourced, ProspectHandedOver, ProspectLinked
from shared.events.crm.touchpoint import (
    TouchpointBounced,
    TouchpointClicked,
    TouchpointComplained,
    TouchpointLogged,
    TouchpointOpened,
    TouchpointReplied,
    TouchpointSent,
)
from shared.events.personal import Clear
from tests.oracle.made_up.company import MEMBERS
from tests.oracle.made_up.scribe import Scribe, named, stream_of

CAMPAIGNS = tuple(named(f"campaign {n}") for n in range(2))
TEMPLATES = tuple(named(f"template {n}") for n in range(2))
SEGMENTS = tuple(named(f"segment {n}") for n in range(2))
VARIANTS = ("a", "b")
CHANNELS = ("email", "linkedin", "sms")
SOURCES = ("careers", "linkedin", "referral", "agency")


@dataclass
class Human:
    """`joined`: two of the ids were said to be one person."""

    number: int
    prospect: UUID | None = None
    candidates: list[UUID] = field(default_factory=list)
    linked: set[UUID] = field(default_factory=set)
    messages: list[TouchpointSent] = field(default_factory=list)
    enrolments: dict[UUID, UUID] = field(default_factory=dict)


@dataclass
class Outreach:
    scribe: Scribe

    def source(self, human: Human) -> UUID:
        if human.prospect is None:
            human.prospect = self.scribe.new("prospect")
            early = timedelta(days=self.scribe.one_of((0, 0, 400)))
            self.scribe.tell(
                CandidateSourced(person_id=human.prospect, channel="linkedin", name=Clear("N")),
                occurred=self.scribe.now - early,
            )
        return human.prospect

    def send(self, human: Human) -> None:
        person = self.source(human)
        campaign = self.scribe.one_of((CAMPAIGNS[0], CAMPAIGNS[0], None, CAMPAIGNS[1]))
        sent = TouchpointSent(
            touchpoint_id=self.scribe.new("touchpoint"),
            person_id=person,
            message=f"m{human.number}.{len(human.messages)}",
            channel=self.scribe.one_of(CHANNELS),
            source_type=self.scribe.one_of(SOURCES[1:]),
            tracked=not self.scribe.one_in(4),
            sender=self.scribe.one_of((*MEMBERS[:2], None)),
            campaign=campaign,
            enrolment=self._enrol(human, person, campaign),
            step=1 + self.scribe.up_to(2) if campaign else None,
            template=self.scribe.one_of((*TEMPLATES, None)),
        )
        human.messages.append(sent)
        if self.scribe.one_in(5):
            kind: Literal["hard", "soft"] = self.scribe.one_of(("hard", "soft"))
            self.scribe.tell(sent, TouchpointBounced(touchpoint_id=sent.touchpoint_id, person_id=person, kind=kind))
        else:
            self.scribe.tell(sent)

    def _enrol(self, human: Human, person: UUID, campaign: UUID | None) -> UUID | None:
        if campaign is None:
            return None
        if campaign not in human.enrolments:
            human.enrolments[campaign] = self.scribe.new("enrolment")
            self.scribe.tell(
                CampaignEnrolled(
                    enrolment_id=human.enrolments[campaign],
                    person_id=person,
                    campaign_id=campaign,
                    segment=self.scribe.one_of((*SEGMENTS, None)),
                    sender=self.scribe.one_of((*MEMBERS[:2], None)),
                    variant=self.scribe.one_of((*VARIANTS, None)),
                )
            )
        return human.enrolments[campaign]

    def react(self, human: Human) -> None:
        """Also to messages that never arrived or can't be watched: trackers and mail servers say odd things."""
        if not human.messages:
            return self.send(human)
        message = self.scribe.one_of(human.messages[::-1])
        ids = {"touchpoint_id": message.touchpoint_id, "person_id": message.person_id}
        match self.scribe.one_of(("opened", "clicked", "replied", "bounced")):
            case "opened":
                self.scribe.tell(TouchpointOpened(**ids, machine=self.scribe.one_in(3)))
            case "clicked":
                self.scribe.tell(TouchpointClicked(**ids, link="job", machine=self.scribe.one_in(3)))
            case "bounced":
                self.scribe.tell(TouchpointBounced(**ids, kind="soft"))
            case _:
                self._reply(human, message)
        return None

    def _reply(self, human: Human, message: TouchpointSent) -> None:
        """In the message's own stream, or one of its own that may name the message, its campaign, or nothing."""
        how = self.scribe.one_of(("here", "by name", "campaign", "nothing"))
        # All events of a touchpoint name whose it is.
        whose = (message.person_id,) if how == "here" else (message.person_id, *human.candidates)
        reply = TouchpointReplied(
            touchpoint_id=message.touchpoint_id if how == "here" else self.scribe.new("touchpoint"),
            person_id=self.scribe.one_of(whose),
            channel=message.channel,
            source_type=self.scribe.one_of(SOURCES),
            automatic=self.scribe.one_in(4),
            message=message.message if how == "by name" else None,
            campaign=message.campaign if how == "campaign" else None,
        )
        self.scribe.tell(reply, after=[stream_of(message)])

    def refuse(self, human: Human) -> None:
        """To be written to, or to be kept; by a complaint about a message, which is mostly an objection too."""
        ids = (self.source(human), *human.candidates)
        of = {"person_id": self.scribe.one_of((ids[0], *ids))}
        ended = {"purpose": "contact", "cause": "objected", "channel": "email"}
        match self.scribe.one_of(("objected", "complained", "objected", "complained", "other", "store")):
            case "complained" if human.messages:
                message = self.scribe.one_of(human.messages[::-1])
                complained = TouchpointComplained(touchpoint_id=message.touchpoint_id, person_id=message.person_id)
                self.scribe.tell(complained)
                if self.scribe.one_in(3):
                    return
            case "other":
                ended["cause"] = self.scribe.one_of(("withdrawn", "expired"))
            case "store":
                ended["purpose"] = "store"
        self.scribe.tell(ConsentEnded.model_validate({**of, **ended}))

    def meet(self, human: Human) -> None:
        self.scribe.tell(
            TouchpointLogged(
                touchpoint_id=self.scribe.new("touchpoint"),
                person_id=self.scribe.one_of((self.source(human), *human.candidates)),
                kind=self.scribe.one_of(("call", "event")),
                source_type=self.scribe.one_of(SOURCES[2:]),
            )
        )

    def hand_over(self, human: Human, job: UUID) -> UUID:
        person = self.source(human)
        hand_over_id = self.scribe.new("hand-over")
        sourced: datetime = self.scribe.now - timedelta(days=1)
        self.scribe.tell(
            ProspectHandedOver(
                person_id=person,
                hand_over_id=hand_over_id,
                job_id=job,
                source="sourced",
                channel="linkedin",
                sourced=sourced,
                name=Clear("N"),
            )
        )
        return hand_over_id

    def link(self, human: Human) -> None:
        unlinked = [candidate for candidate in human.candidates if candidate not in human.linked]
        if unlinked and human.prospect and human.prospect != unlinked[0]:
            candidate = self.scribe.one_of(unlinked)
            human.linked.add(candidate)
            self.scribe.tell(ProspectLinked(person_id=human.prospect, candidate=candidate, by="email"))
