"""Offer acceptance: what came of the offer processes, dated by the outcome or by the extension (rules D8)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from shared.events.ats.offer import OfferEvent
from tests.oracle.happened import Happened
from tests.oracle.pasts import Past, past
from tests.oracle.processes import Process, processes
from tests.oracle.questions import Question, Row, Values, dimensions, grouped

NEVER = "not_extended"
PENDING = "pending"


def offer_acceptance(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    by_extension = asked.option("dated", "decided") == "extended"
    found = grouped(asked, _extended(seen, asked) if by_extension else _decided(seen, asked))
    return [_row(group, told, by_extension) for group, told in found]


def _row(group: Row, told: Sequence[tuple[str, Process]], by_extension: bool) -> Row:
    states = [state for state, _ in told]
    accepted = states.count("accepted")
    return {
        "group": group,
        "accepted": (accepted, len(states) if by_extension else accepted + states.count("declined")),
        "expired": states.count("expired"),
        "rescinded": states.count("rescinded"),
        "pending": states.count(PENDING),
        "not_extended": states.count(NEVER),
        "reneged": (sum(process.reneged for _, process in told), accepted),
    }


def _decided(seen: Past, asked: Question) -> Iterator[tuple[Values, tuple[str, Process]]]:
    for process in processes(seen):
        if process.extended is None:
            closed = process.application.closed
            if closed and asked.in_period(closed):
                yield from _wanted(seen, asked, closed, process, process.offer, NEVER)
        elif process.outcome is None or process.decided is None:
            yield from _wanted(seen, asked, seen.as_of, process, process.offer, PENDING)
        elif asked.in_period(process.decided):
            yield from _wanted(seen, asked, process.decided, process, process.offer, process.outcome)


def _extended(seen: Past, asked: Question) -> Iterator[tuple[Values, tuple[str, Process]]]:
    for process in processes(seen):
        if process.extended and asked.in_period(process.extended.occurred):
            moment, state = process.extended.occurred, process.outcome or PENDING
            yield from _wanted(seen, asked, moment, process, process.first_offer, state)


def _wanted(
    seen: Past, asked: Question, moment: datetime, process: Process, offer: OfferEvent, state: str
) -> Iterator[tuple[Values, tuple[str, Process]]]:
    values = dimensions(seen, asked, moment, offer.job_id, process.application)
    if asked.wants(values):
        yield values, (state, process)
