"""feedback-overdue: scorecards that are still missing, and for how long."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

import numpy as np

from services.reporting.metrics.counting import NOTHING, Counted, Counts, LeftOut, Name, Shape, Tally, Took
from services.reporting.metrics.fact import elapsed, micros
from services.reporting.metrics.feedback import NEEDS, WAYS, Feedback, FeedbackPart, FeedbackQuestion, feedback
from services.reporting.metrics.figures import Duration, median
from services.reporting.metrics.report import Definition, Group, Row, Rule
from services.reporting.metrics.working_time import TABLES, Calendar
from services.reporting.metrics.world import World
from shared.events.ats.interview import InterviewEvent

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


def counted(world: World, question: FeedbackQuestion) -> Iterator[Counted[FeedbackOverduePart] | LeftOut]:
    end = world.clocks.as_of
    for one in world.once(feedback):
        values = one.values(world, question)
        if one.state == "missing":
            yield Counted(values, one.due, _shape(one.works.calendar), partial(_part, one, end), one.person, one.due)
        else:
            yield LeftOut(one.state.replace("_", " "), values)


def rows(group: Group, tally: Tally, world: World, question: FeedbackQuestion) -> Iterator[FeedbackOverdueRow]:
    ages = tally.took()
    shapes = [shape for shape, _ in tally.shapes()]
    working = np.concatenate([NOTHING, *(_working(shape, tally, world.clocks.as_of) for shape in shapes)])
    yield FeedbackOverdueRow(
        group=group,
        n=len(ages),
        working=median(working),
        elapsed=median(ages),
        oldest=Duration.of(int(ages.max()) if len(ages) else None),
    )


def _shape(calendar: Calendar) -> Shape:
    """What else than the age decides how much of it was worked."""
    return calendar.zone, calendar.week, calendar.holidays


def _working(shape: Shape, tally: Tally, end: datetime) -> Took:
    ages = tally.took(lambda other: other == shape)
    return Calendar(*shape).worked_before(np.full(len(ages), micros(end)), ages)


def _part(one: Feedback, end: datetime, _: Name) -> FeedbackOverduePart:
    working, age = one.works.calendar.worked(one.due, end), elapsed(one.due, end)
    return FeedbackOverduePart.of(one, working=Duration.of(working), elapsed=Duration.of(age))


FIGURES = {
    "n": Rule("scorecards that are missing, as of the end"),
    "working": Rule("the same scorecards: half are overdue no longer, by the `working` time of each"),
    "elapsed": Rule("the same scorecards: half are overdue no longer, by the `elapsed` time of each"),
    "oldest": Rule("the same scorecards: the longest `elapsed` time of all"),
}
FEEDBACK_OVERDUE = Definition(
    "feedback-overdue", 1, "Scorecards that are overdue, and for how long", TEXT,
    "median(as_of - due) over the missing ones; working: of that what lies on working days",
    FeedbackQuestion, FeedbackOverdueRow, FeedbackOverduePart, NEEDS,
    Counts(WAYS, counted, rows, lambda *_: "due", of=(InterviewEvent,)), TABLES, figures=FIGURES,
)  # fmt: skip
