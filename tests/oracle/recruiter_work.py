"""What recruiters did: hires, interviews that took place, first answers to candidates."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from tests.oracle.applications import Application
from tests.oracle.figures import median, microseconds
from tests.oracle.happened import Happened
from tests.oracle.interviews import interviews
from tests.oracle.pasts import Past, past
from tests.oracle.questions import Question, Row, dimensions, grouped
from tests.oracle.response_time import waits

Deed = tuple[str, datetime, UUID, Application | None, int]
"""What was done, when, on which job, for which application, and, of an answer, how long it took."""


def recruiter_work(asked: Question, log: Sequence[Happened]) -> list[Row]:
    """A row a recruiter and quarter, unless something else is asked for."""
    seen = past(log, asked.as_of, asked.known_at)
    asked = replace(asked, by=asked.by or ("recruiter", "quarter"))
    counted = []
    for deed in _deeds(seen):
        what, moment, job, application, took = deed
        values = dimensions(seen, asked, moment, job, application)
        if asked.in_period(moment) and asked.wants(values):
            counted.append((values, (what, took)))
    rows = []
    for group, found in grouped(asked, counted):
        did = [what for what, _ in found]
        rows.append(
            {
                "group": group,
                "hires": did.count("hire"),
                "interviews": did.count("interview"),
                "responses": did.count("response"),
                "response_median": median([took for what, took in found if what == "response"]),
            }
        )
    return rows


def _deeds(seen: Past) -> Iterator[Deed]:
    for application in seen.applications:
        if application.submission and (hire := application.hire):
            yield "hire", hire.moment, application.kept.job_at(hire.moment), application, 0
    told = {course: application for application in seen.applications for course in application.ids}
    for interview in interviews(seen):
        if interview.held:
            of = told.get(interview.last.application_id)
            yield "interview", interview.last.end, interview.scheduled.job_id, of, 0
    for wait in waits(seen):
        if wait.answered:
            job, took = wait.application.kept.job_at(wait.answered), microseconds(wait.answered - wait.since)
            yield "response", wait.answered, job, wait.application, took
