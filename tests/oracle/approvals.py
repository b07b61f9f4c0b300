"""Approvals: how long steps took, from the opening of a group to its last vote (rules D19, X7)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from tests.oracle.figures import median, microseconds, p90
from tests.oracle.happened import Happened
from tests.oracle.pasts import Past, past
from tests.oracle.questions import OF_JOBS, Question, Row, Values, dimensions, grouped
from tests.oracle.rounds import rounds

FILTERS = (*OF_JOBS, "subject", "step")


def approvals(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    rows = []
    for group, steps in grouped(asked, _steps(seen, asked)):
        took = [microseconds(closed - opened) for state, opened, closed in steps if state == "approved"]
        states = [state for state, _, _ in steps]
        rows.append(
            {
                "group": group,
                "n": len(took),
                "median": median(took),
                "p90": p90(took),
                **{state: states.count(state) for state in ("rejected", "skipped", "open", "voided")},
            }
        )
    return rows


def _steps(seen: Past, asked: Question) -> Iterator[tuple[Values, tuple[str, datetime, datetime]]]:
    end = min(asked.as_of, asked.period.end) if asked.period else asked.as_of
    for of in rounds(seen):
        for step in of.steps:
            if step.opened is None:
                continue
            # What was voided is rework since then, also where it had been approved before.
            closed = of.voided or step.closed
            if closed and asked.in_period(closed):
                counted = "voided" if of.voided else step.state, step.opened, closed
            elif step.opened < end and (closed is None or closed >= end):
                counted = "open", step.opened, end
            else:
                continue
            of_job = dimensions(seen, asked, counted[2], of.requested.job_id)
            values = {**of_job, "subject": of.requested.subject, "step": step.number}
            if asked.wants(values, FILTERS):
                yield values, counted
