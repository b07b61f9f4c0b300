"""Time to hire, and hires: an acceptance that stands, its submission, and the gaps between (rules D3, D4)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from shared.events.crm.prospect import CandidateSourced
from tests.oracle.acceptances import Acceptance
from tests.oracle.applications import Application
from tests.oracle.figures import Exact, median, microseconds, p90
from tests.oracle.happened import Happened, of_type
from tests.oracle.pasts import Past, past
from tests.oracle.questions import Question, Row, Values, dimensions, grouped
from tests.oracle.spells import within
from tests.oracle.touches import touches_before


def time_to_hire(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    return [
        {"group": group, "n": len(values), "median": median(values), "p90": p90(values)}
        for group, values in grouped(asked, _durations(seen, asked))
    ]


def hires(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    counted = [
        (values, application)
        for application in seen.applications
        if application.submission and application.hire
        if (values := _counted(seen, asked, application, application.hire)) is not None
    ]
    return [{"group": group, "n": len(found)} for group, found in grouped(asked, counted)]


def _counted(seen: Past, asked: Question, application: Application, hire: Acceptance) -> Values | None:
    job = application.kept.job_at(hire.moment)
    values = dimensions(seen, asked, hire.moment, job, application)
    return values if asked.in_period(hire.moment) and asked.wants(values) else None


def _durations(seen: Past, asked: Question) -> Iterator[tuple[Values, Exact]]:
    for application in seen.applications:
        hire = _hire(asked, application)
        if hire is None or application.submission is None:
            continue
        start = _start(seen, asked, application, application.submission, hire)
        end = _end(asked, hire)
        values = _counted(seen, asked, application, hire)
        if start is None or end is None or values is None:
            continue
        running = max(start, application.submission)
        if running > end:
            continue
        took = end - start
        if asked.option("inactive", "removed") == "removed":
            took -= (end - running) - within(application.active, running, end)
        yield values, microseconds(took)


def _hire(asked: Question, application: Application) -> Acceptance | None:
    if asked.option("hire", "last") == "first":
        return application.acceptances[0] if application.acceptances else None
    return application.hire


def _end(asked: Question, hire: Acceptance) -> datetime | None:
    match asked.option("end", "accepted"):
        case "hired":
            return hire.hired
        case "started":
            return hire.started
    return hire.moment


def _start(
    seen: Past, asked: Question, application: Application, submission: datetime, hire: Acceptance
) -> datetime | None:
    match asked.option("start", "applied"):
        case "job_entry":
            return max(submission, application.kept.leg_at(hire.moment).began)
        case "first_touch":
            touches = touches_before(seen, application, submission)
            return touches[0][0] if touches else submission
        case "sourced":
            sourced = of_type(seen.world, CandidateSourced)
            return next((told.occurred for told, event in sourced if event.person_id in application.person), None)
        case "applied":
            return submission
    raise ValueError(asked.parameters)
