"""Engaged to hired: of those who were enrolled in a campaign, who replied, was handed over, applied, was hired."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.events.crm.enrolment import CampaignEnrolled
from shared.events.crm.prospect import ProspectHandedOver
from tests.oracle import periods
from tests.oracle.figures import median, microseconds
from tests.oracle.happened import Happened, of_type
from tests.oracle.messages import Message, messages
from tests.oracle.pasts import Past, past
from tests.oracle.questions import Question, Row, Values, grouped

FILTERS = ("campaign", "sender", "segment", "variant")


@dataclass(frozen=True)
class Enrolment:
    """The first of a person in a campaign."""

    event: CampaignEnrolled
    moment: datetime
    person: frozenset[object]


def engaged_to_hired(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    sent = messages(seen)
    wanted = [
        (values, enrolment)
        for enrolment in _enrolments(seen)
        if asked.in_period(enrolment.moment) and asked.wants(values := _values(asked, enrolment), FILTERS)
    ]
    rows = []
    for group, found in grouped(asked, wanted):
        row: Row = {"group": group, "enrolled": len(found)}
        for what, moments in STEPS.items():
            first = [(enrolment, min(moments(seen, sent, enrolment), default=None)) for enrolment in found]
            took = [microseconds(then - enrolment.moment) for enrolment, then in first if then]
            row[what] = {"share": (len(took), len(found)), "median": median(took)}
        rows.append(row)
    return rows


def _enrolments(seen: Past) -> Iterator[Enrolment]:
    known: set[object] = set()
    for happened, event in of_type(seen.world, CampaignEnrolled):
        person = seen.persons.ids(event.person_id)
        if (person, event.campaign_id) not in known:
            known.add((person, event.campaign_id))
            yield Enrolment(event, happened.occurred, person)


def _values(asked: Question, enrolment: Enrolment) -> Values:
    event, moment = enrolment.event, enrolment.moment
    return {
        "campaign": str(event.campaign_id),
        "sender": str(event.sender) if event.sender else None,
        "segment": str(event.segment) if event.segment else None,
        "variant": event.variant,
        "month": periods.month(moment, asked.zone),
        "quarter": periods.quarter(moment, asked.zone),
        "year": periods.year(moment, asked.zone),
    }


def _replied(seen: Past, sent: Sequence[Message], enrolment: Enrolment) -> Iterator[datetime]:
    for message in sent:
        if message.person == enrolment.person and message.sent.campaign == enrolment.event.campaign_id:
            yield from (moment for moment in message.replied if moment >= enrolment.moment)


def _handed_over(seen: Past, sent: Sequence[Message], enrolment: Enrolment) -> Iterator[datetime]:
    for happened, event in of_type(seen.world, ProspectHandedOver):
        if event.person_id in enrolment.person and happened.occurred >= enrolment.moment:
            yield happened.occurred


def _applied(seen: Past, sent: Sequence[Message], enrolment: Enrolment) -> Iterator[datetime]:
    for application in seen.applications:
        submission = application.submission
        if application.person == enrolment.person and submission and submission >= enrolment.moment:
            yield submission


def _hired(seen: Past, sent: Sequence[Message], enrolment: Enrolment) -> Iterator[datetime]:
    for application in seen.applications:
        submission = application.submission
        if application.person == enrolment.person and submission and submission >= enrolment.moment:
            yield from (acceptance.moment for acceptance in application.acceptances if acceptance.stands)


STEPS: Mapping[str, Callable[[Past, Sequence[Message], Enrolment], Iterator[datetime]]] = {
    "replied": _replied,
    "handed_over": _handed_over,
    "applied": _applied,
    "hired": _hired,
}
