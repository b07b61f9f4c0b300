"""feedback-overdue: scorecards that are still missing, and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.reporting.metrics.fact import elapsed
from services.reporting.metrics.feedback import NEEDS, Feedback, FeedbackPart, FeedbackQuestion, feedback
from services.reporting.metrics.figures import Duration, median
from services.reporting.metrics.report import Cell, Definition, Group, Report, Row
from services.reporting.metrics.selection import Selection
from services.reporting.metrics.working_time import TABLES
from services.reporting.metrics.world import World

TEXT = """\
Scorecards that are missing in the sense of feedback-sla, as of the end, and how long they have been due: `elapsed` by \
the calendar, `working` as far as it lies on the interviewer's own working days, all 24 hours of them; both medians, \
and the age of the `oldest`. Dated by when they were due."""


class FeedbackOverdueRow(Row):
    n: int
    working: Duration
    elapsed: Duration
    oldest: Duration


class FeedbackOverduePart(FeedbackPart):
    working: Duration
    elapsed: Duration


@dataclass(frozen=True)
class _Overdue:
    """Ages in microseconds."""

    of: Feedback
    working: int
    elapsed: int


def compute(world: World, question: FeedbackQuestion) -> Report[FeedbackOverdueRow, FeedbackOverduePart]:
    found = Selection[_Overdue](question, question.by)
    for one in feedback(world):
        values = one.values(world, question)
        if one.state == "missing":
            found.take(_overdue(one, world.clocks.as_of), values, one.due, "due")
        else:
            found.leave_out(one.state.replace("_", " "), values)
    return found.report(lambda group, of: Cell(_row(group, of), [_part(one) for one in of]))


def _overdue(one: Feedback, as_of: datetime) -> _Overdue:
    return _Overdue(one, one.works.calendar.worked(one.due, as_of), elapsed(one.due, as_of))


def _row(group: Group, of: Sequence[_Overdue]) -> FeedbackOverdueRow:
    ages = [one.elapsed for one in of]
    return FeedbackOverdueRow(
        group=group,
        n=len(of),
        working=median([one.working for one in of]),
        elapsed=median(ages),
        oldest=Duration.of(max(ages, default=None)),
    )


def _part(one: _Overdue) -> FeedbackOverduePart:
    return FeedbackOverduePart(
        interview_id=one.of.interview.id,
        application_id=one.of.interview.time.application_id,
        interviewer=one.of.interviewer,
        ended=one.of.interview.time.end,
        due=one.of.due,
        note=one.of.works.calendar.unknown,
        working=Duration.of(one.working),
        elapsed=Duration.of(one.elapsed),
        events=one.of.events,
    )


FEEDBACK_OVERDUE = Definition(
    "feedback-overdue", 1, "Scorecards that are overdue, and for how long", TEXT,
    "median(as_of - due) over the missing ones; working: of that what lies on working days",
    FeedbackQuestion, FeedbackOverdueRow, FeedbackOverduePart, NEEDS, compute, TABLES,
)  # fmt: skip
