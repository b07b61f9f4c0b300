"""Engagement: of the people, or messages, that were reached, who reacted, and what became of them (rules D10)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from shared.events.crm.prospect import ProspectHandedOver
from tests.oracle import periods
from tests.oracle.happened import Happened, of_type
from tests.oracle.messages import Message, messages
from tests.oracle.pasts import Past, past
from tests.oracle.questions import Question, Row, Values

FILTERS = ("campaign", "channel", "step", "template", "sender", "segment")
TIMES = {"month": periods.month, "quarter": periods.quarter, "year": periods.year}

Unit = Sequence[Message]
"""The delivered messages that are counted as one: those to one person in a group, or a single one."""


def engagement(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    wanted = [message for message in messages(seen) if asked.wants(_values(message), FILTERS)]
    rows = []
    for group in _different([_group(asked, message) for message in wanted]) or [{}]:
        of_group = [message for message in wanted if _group(asked, message) == group]
        for time in _different([_time(asked, message.moment) for message in of_group]) or [{}]:
            rows.append(_row(seen, asked, group, time, of_group))
    return [row for row in rows if row["sent"] or row["reached"] or not asked.by]


def _different(all_of_them: Sequence[Row]) -> Sequence[Row]:
    return [one for number, one in enumerate(all_of_them) if one not in all_of_them[:number]]


def _values(message: Message) -> Values:
    sent = message.sent
    names = {"campaign": sent.campaign, "template": sent.template, "sender": sent.sender, "segment": message.segment}
    texts = {name: str(value) if value else None for name, value in names.items()}
    return {**texts, "channel": sent.channel, "step": sent.step}


def _group(asked: Question, message: Message) -> dict[str, Any]:
    values = _values(message)
    return {name: values[name] for name in asked.by if name in values}


def _time(asked: Question, moment: datetime) -> dict[str, Any]:
    """What is cut by time is dated as a period dates it: a message when it was sent, a person when first reached."""
    return {name: cut(moment, asked.zone) for name, cut in TIMES.items() if name in asked.by}


def _row(seen: Past, asked: Question, group: Row, time: Row, of_group: Sequence[Message]) -> Row:
    def counts(moment: datetime) -> bool:
        return asked.in_period(moment) and _time(asked, moment) == time

    sent = sum(counts(message.moment) for message in of_group)
    units = [unit for unit in _units(asked, of_group) if counts(unit[0].moment)]
    tracked = [unit for unit in units if any(message.sent.tracked for message in unit)]
    engaged = [(unit, min(reactions)) for unit in units if (reactions := _reactions(unit))]

    def became(what: Callable[[Past, Unit, datetime], bool]) -> tuple[int, int]:
        return sum(what(seen, unit, first) for unit, first in engaged), len(engaged)

    row = {
        "group": {**group, **time},
        "sent": sent,
        "reached": len(units) if sent or units else None,
        "opened": (sum(any(message.opened for message in unit) for unit in tracked), len(tracked)),
        "clicked": (sum(any(message.clicked for message in unit) for unit in tracked), len(tracked)),
        "replied": (sum(any(message.replied for message in unit) for unit in units), len(units)),
        "engaged": (len(engaged), len(units)),
        "handed_over": became(_handed_over),
        "applied": became(_applied),
        "hired": became(_hired),
    }
    if asked.option("version", "2") == "1":
        return row
    # What people refuse is no reaction: nobody is engaged by it.
    return row | {
        "objected": (sum(any(message.objected for message in unit) for unit in units), len(units)),
        "complained": (sum(any(message.complained for message in unit) for unit in units), len(units)),
    }


def _units(asked: Question, of_group: Sequence[Message]) -> Sequence[Unit]:
    delivered = [message for message in of_group if message.delivered]
    if asked.option("unit", "person") == "message":
        return [[message] for message in delivered]
    people: dict[object, list[Message]] = {}
    for message in delivered:
        people.setdefault(message.person, []).append(message)
    return list(people.values())


def _reactions(unit: Unit) -> Sequence[datetime]:
    return [moment for message in unit for moment in (*message.opened, *message.clicked, *message.replied)]


def _handed_over(seen: Past, unit: Unit, first: datetime) -> bool:
    handed = of_type(seen.world, ProspectHandedOver)
    return any(event.person_id in unit[0].person and happened.occurred >= first for happened, event in handed)


def _applied(seen: Past, unit: Unit, first: datetime) -> bool:
    return any(
        application.person == unit[0].person and application.submission and application.submission >= first
        for application in seen.applications
    )


def _hired(seen: Past, unit: Unit, first: datetime) -> bool:
    return any(
        application.person == unit[0].person
        and application.submission
        and application.submission >= first
        and application.hire is not None
        for application in seen.applications
    )
