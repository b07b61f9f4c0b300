"""Days to offer, days to decision, time to answer: from the submission or the first extension on."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from shared.events.ats.offer import OfferExtended
from tests.oracle.applications import Application
from tests.oracle.figures import Exact, median, microseconds, p90
from tests.oracle.happened import Happened, of_type
from tests.oracle.pasts import Past, past
from tests.oracle.processes import Process, processes
from tests.oracle.questions import Question, Row, Values, dimensions, grouped

Span = tuple[Application, datetime, datetime]


def days_to_offer(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    return _rows(seen, asked, _to_offer(seen))


def days_to_decision(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    spans = [
        (process.application, process.application.submission, decided)
        for process, decided in _decisions(seen)
        if process.application.submission
    ]
    return _rows(seen, asked, spans)


def time_to_answer(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    spans = [
        (process.application, process.extended.occurred, decided)
        for process, decided in _decisions(seen)
        if process.extended and process.application.submission
    ]
    return _rows(seen, asked, spans)


def _to_offer(seen: Past) -> Iterator[Span]:
    for application in seen.applications:
        extended = [
            happened.occurred
            for happened, event in of_type(seen.world, OfferExtended)
            if event.application_id in application.ids
        ]
        if extended and application.submission:
            yield application, application.submission, extended[0]


def _decisions(seen: Past) -> Iterator[tuple[Process, datetime]]:
    for process in processes(seen):
        if process.decided and process.outcome in ("accepted", "declined"):
            yield process, process.decided


def _rows(seen: Past, asked: Question, spans: Sequence[Span] | Iterator[Span]) -> list[Row]:
    counted: list[tuple[Values, Exact]] = []
    for application, start, end in spans:
        values = dimensions(seen, asked, end, application.kept.job_at(end), application)
        if start <= end and asked.in_period(end) and asked.wants(values):
            counted.append((values, microseconds(end - start)))
    return [
        {"group": group, "n": len(found), "median": median(found), "p90": p90(found)}
        for group, found in grouped(asked, counted)
    ]
