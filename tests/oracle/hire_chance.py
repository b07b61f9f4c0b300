"""How many were hired of those who came as far (rules D17)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from tests.oracle.happened import Happened
from tests.oracle.left_out import ENTRY_NOT_KNOWN, LeftOut, counted
from tests.oracle.pasts import past
from tests.oracle.periods import a_year_before
from tests.oracle.pipeline_health import SETTLED
from tests.oracle.plans import MILESTONES
from tests.oracle.questions import Question, Row, Values, dimensions, grouped
from tests.oracle.reached import first_reached

Reached = tuple[str, bool]
"""A milestone, and whether who came there was hired."""


def hire_chance(asked: Question, log: Sequence[Happened]) -> list[Row]:
    rows = []
    for group, members in grouped(asked, counted(asked, hire_chance_found(asked, log))):
        for milestone in MILESTONES:
            became = [hired for reached, hired in members if reached == milestone]
            if became:
                row = {"milestone": milestone, "reached": len(became), "hired": (sum(became), len(became))}
                rows.append({"group": group, **row})
    return rows


def hire_chance_found(asked: Question, log: Sequence[Happened]) -> Iterator[tuple[Values, Reached | LeftOut]]:
    seen = past(log, asked.as_of, asked.known_at)
    for application in seen.applications:
        submission = application.submission
        if submission is None:
            continue
        job = application.kept.job_at(submission)
        values = dimensions(seen, asked, submission, job, application)
        for milestone, moment in first_reached(seen, application, submission).items():
            if moment is None:
                yield values, LeftOut(ENTRY_NOT_KNOWN)
            elif milestone != "hired" and _asked_about(asked, moment):
                times = dimensions(seen, asked, moment, job)
                yield {**values, **{name: times[name] for name in ("month", "quarter", "year")}}, (
                    milestone, application.hire is not None,
                )  # fmt: skip


def _asked_about(asked: Question, moment: datetime) -> bool:
    if asked.period is not None:
        return asked.in_period(moment)
    end = asked.as_of - SETTLED
    return a_year_before(end, asked.zone) <= moment < end
