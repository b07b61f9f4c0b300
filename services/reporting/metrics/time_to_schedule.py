"""time-to-schedule: from the request of an interview until it is scheduled, or until it has been held."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.reporting.metrics import applications, interviews
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Shape, Tally, ways
from services.reporting.metrics.dimensions import BY, ApplicationQuestion, different, of_job, of_submission
from services.reporting.metrics.entered import Dimension
from services.reporting.metrics.fact import Fact, elapsed
from services.reporting.metrics.figures import Duration, Number, median
from services.reporting.metrics.interviews import MISSED, Interview
from services.reporting.metrics.report import IMPOSSIBLE, Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.survival import survival_median
from services.reporting.metrics.time_in_stage import Stage
from services.reporting.metrics.world import World
from shared.events.ats.interview import (
    InterviewCancelled,
    InterviewEvent,
    InterviewRequested,
    InterviewRescheduled,
    InterviewScheduled,
)

TEXT = """\
Time from the request of an interview to when it was scheduled first, or with end=held to the end of the meeting, if \
it was held: completed as last arranged, and nobody stayed away. Elapsed time, nights and weekends included, for the \
interviews requested in the period; several of one on-site are several. `median` is over those that came to it. `open` \
ones still wait, as of the end; the Kaplan-Meier median (`km_median`) counts them with the time they have waited so \
far. What was cancelled before is left out. `reschedules`: how often those that were scheduled, held or not, were \
moved, on average. An interview that nobody requested has no such time, and is left out."""


class TimeToSchedule(ApplicationQuestion):
    by: Annotated[tuple[Dimension, ...], AfterValidator(different), BY] = ()
    stage: Stage = None
    end: Literal["scheduled", "held"] = Field("scheduled", description="held: the end of a meeting that took place")


class TimeToScheduleRow(Row):
    """`n` came to it, `open` did not yet."""

    n: int
    median: Duration
    km_median: Duration
    open: int
    reschedules: Number


class TimeToSchedulePart(Part):
    """One interview. `ended` is null while it waits, `reschedules` where it was not scheduled so far."""

    interview_id: UUID
    application_id: UUID
    person_id: UUID
    stage: str
    requested: datetime
    ended: datetime | None
    duration: Duration
    reschedules: int | None


@dataclass
class _Told:
    """What is known of one interview; of several requests, and of several times it was scheduled, the first."""

    requested: Fact | None = None
    scheduled: Fact | None = None
    reschedules: int = 0
    cancelled: Fact | None = None


@dataclass(frozen=True)
class _Wait:
    """`ended`: when, and what says so."""

    request: Fact
    event: InterviewRequested
    person: UUID
    ended: tuple[datetime, Fact] | None
    duration: int
    reschedules: int | None


def counted(world: World, question: TimeToSchedule) -> Iterator[Counted[TimeToSchedulePart] | LeftOut]:
    arranged = {interview.id: interview for interview in world.interviews}
    for of, told in _told(world).items():
        interview = arranged.get(of)
        if told.requested is not None:
            yield _of_request(told, told.requested, interview, world, question)
        elif interview is not None:
            yield LeftOut("scheduled without a request", _values_of(interview, told.scheduled, world))


def _told(world: World) -> dict[UUID, _Told]:
    found: dict[UUID, _Told] = defaultdict(_Told)
    for fact in world.facts:
        match fact.event:
            case InterviewRequested(interview_id=of):
                found[of].requested = found[of].requested or fact
            case InterviewScheduled(interview_id=of):
                found[of].scheduled = found[of].scheduled or fact
            case InterviewRescheduled(interview_id=of):
                found[of].reschedules += 1
            case InterviewCancelled(interview_id=of):
                found[of].cancelled = fact
    return found


def _of_request(
    told: _Told, request: Fact, interview: Interview | None, world: World, question: TimeToSchedule
) -> Counted[TimeToSchedulePart] | LeftOut:
    event, at = request.event, request.occurred
    assert isinstance(event, InterviewRequested)
    application = world.by_id.get(event.application_id)
    values = {**of_job(event.job_id, at, world.jobs), **of_submission(application), "stage": event.stage}
    ended = _scheduled(told) if question.end == "scheduled" else _held(told, interview)
    if isinstance(ended, str):
        return LeftOut(ended, values)
    if ended is not None and ended[0] < at:
        return LeftOut(IMPOSSIBLE, values)
    moved = told.reschedules if interview else None
    person = application.person if application else world.people.resolve(event.person_id)
    took = elapsed(at, ended[0] if ended else world.clocks.as_of)
    wait = _Wait(request, event, person, ended, took, moved)
    return Counted(values, at, (ended is None, moved), partial(_part, wait), person, took if ended else at)


def _scheduled(told: _Told) -> tuple[datetime, Fact] | str | None:
    if told.scheduled:
        return told.scheduled.occurred, told.scheduled
    return CANCELLED if told.cancelled else None


def _held(told: _Told, interview: Interview | None) -> tuple[datetime, Fact] | str | None:
    if interview is None:
        return CANCELLED if told.cancelled else None
    if interview.cancelled:
        return CANCELLED
    if interview.missed:
        return MISSED
    return (interview.time.end, interview.completed) if interview.completed else None


def _values_of(interview: Interview, scheduled: Fact | None, world: World) -> Group:
    event = scheduled.event if scheduled else None
    stage = event.stage if isinstance(event, InterviewScheduled) else None
    application = world.by_id.get(interview.time.application_id)
    return {**of_job(interview.job, interview.time.end, world.jobs), **of_submission(application), "stage": stage}


def came(shape: Shape, *_: object) -> bool:
    return not shape[0]


def waits(shape: Shape, *_: object) -> bool:
    return bool(shape[0])


def was_scheduled(shape: Shape, *_: object) -> bool:
    return shape[1] is not None


def rows(group: Group, tally: Tally, world: World, question: TimeToSchedule) -> Iterator[TimeToScheduleRow]:
    ended, waiting = tally.took(came), tally.took(waits)
    half = survival_median(ended, waiting)
    yield TimeToScheduleRow(
        group=group,
        n=len(ended),
        median=median(ended),
        km_median=Duration.of(half, "not reached" if len(ended) + len(waiting) else "no data"),
        open=len(waiting),
        reschedules=Number.of(_moved(tally)),
    )


def _moved(tally: Tally) -> Fraction | None:
    scheduled = tally.count(was_scheduled)
    moves = sum(shape[1] * n for shape, n in tally.shapes() if was_scheduled(shape))
    return Fraction(moves, scheduled) if scheduled else None


def _part(one: _Wait, _: Name) -> TimeToSchedulePart:
    return TimeToSchedulePart(
        interview_id=one.event.interview_id,
        application_id=one.event.application_id,
        person_id=one.person,
        stage=one.event.stage,
        requested=one.request.occurred,
        ended=one.ended[0] if one.ended else None,
        duration=Duration.of(one.duration),
        reschedules=one.reschedules,
        events=ids([one.request, *([one.ended[1]] if one.ended else [])]),
    )


CANCELLED = "cancelled"
FIGURES = {
    "n": Rule("interviews that came to it", came),
    "median": Rule("the same ones: half of them no later, by the `duration` of each", came),
    "km_median": Rule(
        "all, those that still wait with the time so far: the smallest time by which half had come to it"
    ),
    "open": Rule("interviews that still wait, as of the end", waits),
    "reschedules": Rule("those that were scheduled: the `reschedules` of all over their number", was_scheduled),
}
TIME_TO_SCHEDULE = Definition(
    "time-to-schedule", 1, "From the request of an interview until it is scheduled or held", TEXT,
    "median(InterviewScheduled - InterviewRequested); S(t) = product of 1 - scheduled / at risk",
    TimeToSchedule, TimeToScheduleRow, TimeToSchedulePart,
    applications.NEEDS | interviews.NEEDS | {InterviewRequested},
    Counts(ways(TimeToSchedule, "end"), counted, rows, lambda *_: "requested", of=(InterviewEvent,)),
    figures=FIGURES,
)  # fmt: skip
