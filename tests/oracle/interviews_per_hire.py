"""Interviews per hire: what was held for the applications of a cohort, against the hires among them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Literal

from tests.oracle.applications import Application
from tests.oracle.figures import microseconds
from tests.oracle.happened import Happened
from tests.oracle.interviews import Interview, interviews
from tests.oracle.left_out import IMPOSSIBLE, LEAD, MISSED, NOT_COMPLETED, UNKNOWN_APPLICATION, LeftOut, counted
from tests.oracle.pasts import Past, past
from tests.oracle.questions import Question, Row, Values, dimensions, grouped

Counted = tuple[Literal["hire", "interview"], int]
"""What it is, and, of an interview, how much time it took all of its interviewers together."""


def interviews_per_hire(asked: Question, log: Sequence[Happened]) -> list[Row]:
    rows = []
    for group, found in grouped(asked, counted(asked, interviews_per_hire_found(asked, log))):
        what = [kind for kind, _ in found]
        hires, held, took = what.count("hire"), what.count("interview"), sum(time for _, time in found)
        rows.append(
            {
                "group": group,
                "hires": hires,
                "interviews": held,
                "per_hire": Fraction(held, hires) if hires else None,
                "interviewer_time": took,
                "interviewer_time_per_hire": Fraction(took, hires) if hires else None,
            }
        )
    return rows


def interviews_per_hire_found(asked: Question, log: Sequence[Happened]) -> Iterable[tuple[Values, Counted | LeftOut]]:
    seen = past(log, asked.as_of, asked.known_at)
    return (*_hires(seen, asked), *_interviews(seen, asked))


def _hires(seen: Past, asked: Question) -> Iterator[tuple[Values, Counted | LeftOut]]:
    for application in seen.applications:
        if hire := application.hire:
            if application.submission is None:
                yield _at(seen, asked, application, hire.moment), LeftOut(LEAD)
            else:
                yield from _of_cohort(seen, asked, application, application.submission, ("hire", 0))


def _interviews(seen: Past, asked: Question) -> Iterator[tuple[Values, Counted | LeftOut]]:
    told = {course: application for application in seen.applications for course in application.ids}
    for interview in interviews(seen):
        application = told.get(interview.last.application_id)
        if application is None:
            values = dimensions(seen, asked, interview.last.end, interview.scheduled.job_id)
            yield values, LeftOut(UNKNOWN_APPLICATION)
        elif reason := _why_not(interview, application):
            yield _at(seen, asked, application, application.kept.legs[0].began), LeftOut(reason)
        elif application.submission:
            held: Counted = ("interview", _interviewer_time(interview))
            yield from _of_cohort(seen, asked, application, application.submission, held)


def _why_not(interview: Interview, application: Application) -> str | None:
    if not interview.completed:
        return NOT_COMPLETED
    if interview.no_shows:
        return MISSED
    if application.submission is None:
        return LEAD
    return IMPOSSIBLE if interview.last.end < interview.last.start else None


def _interviewer_time(interview: Interview) -> int:
    return microseconds(interview.last.end - interview.last.start) * len(set(interview.last.panel))


def _at(seen: Past, asked: Question, application: Application, moment: datetime) -> Values:
    return dimensions(seen, asked, moment, application.kept.job_at(moment), application)


def _of_cohort(
    seen: Past, asked: Question, application: Application, submission: datetime, found: Counted
) -> Iterator[tuple[Values, Counted]]:
    """Whenever it was held, or they were hired: it counts for the day of the submission."""
    if asked.in_period(submission):
        yield _at(seen, asked, application, submission), found
