"""The two clocks: what had happened by then, and what the log knew by then (rules D1, X14)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from shared.events.ats.application import SourceAttributed
from shared.events.ats.candidate import CandidatesMerged
from shared.events.correction import OccurrenceCorrected
from shared.events.crm.prospect import ProspectLinked
from shared.events.event import Event
from tests.oracle.happened import Happened, of_type


def is_knowledge(event: Event) -> bool:
    """Says what always was so: only who looks back sees it, from whenever they look back."""
    return isinstance(event, CandidatesMerged | OccurrenceCorrected | ProspectLinked | SourceAttributed)


def world(log: Iterable[Happened], as_of: datetime, known_at: datetime) -> Sequence[Happened]:
    """What happened in the world, each event once, in the order in which it happened."""
    corrected = {event.event_id: event.new for _, event in of_type(knowledge(log, known_at), OccurrenceCorrected)}
    told = [replace(happened, occurred=corrected.get(happened.id, happened.occurred)) for happened in _once(log)]
    seen = [
        happened
        for happened in told
        if not is_knowledge(happened.event) and happened.occurred < as_of and happened.known < known_at
    ]
    return sorted(seen, key=lambda happened: (happened.occurred, happened.service, happened.position))


def knowledge(log: Iterable[Happened], known_at: datetime) -> Sequence[Happened]:
    """What was learned about the world, in the order in which it was written: the last word wins."""
    seen = [happened for happened in _once(log) if is_knowledge(happened.event) and happened.known < known_at]
    return sorted(seen, key=lambda happened: (happened.service, happened.position))


def _once(log: Iterable[Happened]) -> Iterable[Happened]:
    return {happened.id: happened for happened in log}.values()
