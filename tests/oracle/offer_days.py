"""Days to offer, days to decision, time to answer, time to start: how long an offer takes, step by step."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from shared.events.ats.offer import OfferExtended
from tests.oracle.applications import Application
from tests.oracle.figures import Exact, median, microseconds, p90
from tests.oracle.happened import Happened, of_type
from tests.oracle.left_out import DID_NOT_START, IMPOSSIBLE, LEAD, NOT_STARTED, UNDONE, LeftOut, counted
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


def time_to_start(asked: Question, log: Sequence[Happened]) -> list[Row]:
    return _told(asked, counted(asked, time_to_start_found(asked, log)))


def time_to_start_found(asked: Question, log: Sequence[Happened]) -> Iterable[tuple[Values, int | LeftOut]]:
    """Of those who ever accepted an offer."""
    seen = past(log, asked.as_of, asked.known_at)
    for application in seen.applications:
        entry, hire = application.kept.legs[0].began, application.hire
        if not application.acceptances:
            continue
        if hire is None:
            yield _values(seen, asked, application, entry), LeftOut(UNDONE)
        elif hire.started is None:
            reason = DID_NOT_START if hire.missed else NOT_STARTED
            yield _values(seen, asked, application, entry), LeftOut(reason)
        elif application.submission is None or hire.started < hire.moment:
            reason = LEAD if application.submission is None else IMPOSSIBLE
            yield _values(seen, asked, application, hire.started), LeftOut(reason)
        elif asked.in_period(hire.started):
            values = _values(seen, asked, application, hire.started)
            yield values, microseconds(hire.started - hire.moment)


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
    spent: list[tuple[Values, Exact]] = []
    for application, start, end in spans:
        values = _values(seen, asked, application, end)
        if start <= end and asked.in_period(end) and asked.wants(values):
            spent.append((values, microseconds(end - start)))
    return _told(asked, spent)


def _told(asked: Question, spent: Iterable[tuple[Values, Exact]]) -> list[Row]:
    return [
        {"group": group, "n": len(found), "median": median(found), "p90": p90(found)}
        for group, found in grouped(asked, spent)
    ]


def _values(seen: Past, asked: Question, application: Application, moment: datetime) -> Values:
    return dimensions(seen, asked, moment, application.kept.job_at(moment), application)
