"""feedback-sla: scorecards that were written in time."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Tally, of_kind
from services.reporting.metrics.feedback import NEEDS, WAYS, Feedback, FeedbackPart, FeedbackQuestion, State, feedback
from services.reporting.metrics.figures import Share
from services.reporting.metrics.report import Definition, Group, Row, Rule
from services.reporting.metrics.working_time import TABLES
from services.reporting.metrics.world import World
from shared.events.ats.interview import InterviewEvent

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


def counted(world: World, question: FeedbackQuestion) -> Iterator[Counted[FeedbackSlaPart] | LeftOut]:
    for one in world.once(feedback):
        yield Counted(one.values(world, question), one.due, (one.state,), partial(_part, one), one.person)


on_time, ended = of_kind("on_time"), of_kind("on_time", "late", "missing")
BESIDE = {name: of_kind(name) for name in ("late", "missing", "pending", "no_show", "waived", "cancelled")}


def rows(group: Group, tally: Tally, world: World, question: FeedbackQuestion) -> Iterator[FeedbackSlaRow]:
    yield FeedbackSlaRow(
        group=group,
        rate=Share.among(tally.count(on_time), tally.count(ended)),
        **{name: tally.count(asks) for name, asks in BESIDE.items()},
    )


def _part(one: Feedback, _: Name) -> FeedbackSlaPart:
    return FeedbackSlaPart.of(one, submitted=one.submitted.occurred if one.submitted else None, state=one.state)


WORDS = {
    "late": "scorecards that came after they were due",
    "missing": "scorecards that are past due and did not come",
    "pending": "scorecards that are not due yet",
    "no_show": "scorecards that nobody owes: the candidate or the interviewer did not come",
    "waived": "scorecards that were waived",
    "cancelled": "scorecards of interviews that were cancelled",
}
FIGURES = {
    "rate": Rule("scorecards that came or are past due; `state` tells which came in time", ended),
    **{name: Rule(text, BESIDE[name]) for name, text in WORDS.items()},
}
FEEDBACK_SLA = Definition(
    "feedback-sla", 1, "Scorecards written in time", TEXT,
    "submitted <= due / (submitted or due < as_of); due = the end's time of day, on the next working day",
    FeedbackQuestion, FeedbackSlaRow, FeedbackSlaPart, NEEDS,
    Counts(WAYS, counted, rows, lambda *_: "due", of=(InterviewEvent,)), TABLES, figures=FIGURES,
)  # fmt: skip
