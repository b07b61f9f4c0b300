"""feedback-sla: scorecards that were written in time."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from services.reporting.metrics.feedback import NEEDS, Feedback, FeedbackPart, FeedbackQuestion, State, feedback
from services.reporting.metrics.figures import Share
from services.reporting.metrics.report import Cell, Definition, Group, Report, Row
from services.reporting.metrics.selection import Selection
from services.reporting.metrics.working_time import TABLES
from services.reporting.metrics.world import World

TEXT = """\
Scorecards that came within 24 hours of the end of the interview, counted on the interviewer's own working days, all \
24 hours of them, by the clock on their wall: due is the same time on their next working day; an end on a day off \
starts the 24 hours at the next working day's midnight. A time that the clock skips is read as if it had not been put \
forward; of one that it shows twice, the first. Everybody on the panel of the interview's last version owes one, \
with the zone, week and holidays that they had at its end. The rate is of those that came or are past due: what came \
before the interview was over is on time, and counts at once; a revision changes nothing. `pending` ones are not due \
yet. What was waived, cancelled, or missed by the candidate or the interviewer is counted apart. Dated by when it is \
due."""


class FeedbackSlaRow(Row):
    rate: Share
    late: int
    missing: int
    pending: int
    no_show: int
    waived: int
    cancelled: int


class FeedbackSlaPart(FeedbackPart):
    submitted: datetime | None
    state: State


def compute(world: World, question: FeedbackQuestion) -> Report[FeedbackSlaRow, FeedbackSlaPart]:
    found = Selection[Feedback](question, question.by)
    for one in feedback(world):
        found.take(one, one.values(world, question), one.due, "due")
    return found.report(lambda group, of: Cell(_row(group, of), [_part(one) for one in of]))


def _row(group: Group, of: Sequence[Feedback]) -> FeedbackSlaRow:
    states = Counter(one.state for one in of)
    return FeedbackSlaRow(
        group=group,
        rate=Share.among(states["on_time"], states["on_time"] + states["late"] + states["missing"]),
        late=states["late"],
        missing=states["missing"],
        pending=states["pending"],
        no_show=states["no_show"],
        waived=states["waived"],
        cancelled=states["cancelled"],
    )


def _part(one: Feedback) -> FeedbackSlaPart:
    return FeedbackSlaPart(
        interview_id=one.interview.id,
        application_id=one.interview.time.application_id,
        interviewer=one.interviewer,
        ended=one.interview.time.end,
        due=one.due,
        note=one.works.calendar.unknown,
        submitted=one.submitted.occurred if one.submitted else None,
        state=one.state,
        events=one.events,
    )


FEEDBACK_SLA = Definition(
    "feedback-sla", 1, "Scorecards written in time", TEXT,
    "submitted <= due / (submitted or due < as_of); due = the end's time of day, on the next working day",
    FeedbackQuestion, FeedbackSlaRow, FeedbackSlaPart, NEEDS, compute, TABLES,
)  # fmt: skip
