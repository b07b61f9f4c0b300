"""time-in-stage: how long applications stand in each stage, those who still wait among them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import Field

from services.reporting.metrics import applications, requisitions
from services.reporting.metrics.application import Application, of_one_leg
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Alike, Counted, Counts, LeftOut, Measure, Name, Shape, Tally, Took, ways
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.fact import MICROSECOND, elapsed
from services.reporting.metrics.figures import Duration, Durations, Figure, mean, median, percent
from services.reporting.metrics.question import Days
from services.reporting.metrics.report import UNKNOWN_ENTRY, Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.stays import Between, Stay, stays
from services.reporting.metrics.survival import Step, survival, survival_median, thinned
from services.reporting.metrics.working_time import TABLES, Calendar
from services.reporting.metrics.world import World

TEXT = """\
Time that applications spent in a stage: the sum of their visits, less the time in which the requisition was held; \
for each application and stage, or with unit=visit for each visit. It is complete when the application does not stand \
there now: moved on or back, transferred, rejected, withdrawn, or hired by an acceptance that stands. Median and mean \
are over the complete ones, dated by when they were left; who still stands there is `open`, dated by {dated}. The \
Kaplan-Meier median (`km_median`) counts both, and does not flatter a stage where the slow ones still wait: the \
smallest time by which half have left. A move back marked as a mistake never was a visit. By job, the time is split \
where an application was transferred. A change of the stage plan does not end a visit. Skipped stages have no visit. \
Where an imported application stood is left out if the import does not tell since when. With days=working only that \
part of the time counts, and of what was held, that lies on working days of the job: Monday to Friday in its zone, all \
24 hours of them, without the public holidays of its country, as the job was when the stage was left; of a job without \
a country none."""

CURVE_TEXT = """\
The share of applications that still stand in a stage after so many days (Kaplan-Meier), at each time at which one \
left it; what counts is as in time-in-stage."""
THINNED = """ \
Where there are more than 500 such times, `points` are 500 of them at even distances, the last among them: `left` is \
since the one before, and `share` rounded to nine decimals."""

R = TypeVar("R", bound=Row)
Steps = Callable[[Durations, Durations], Iterator[Step]]

Stage = Annotated[str | None, Field(max_length=200, description="the id of a stage, as its plan names it")]


class TimeInStage(ApplicationQuestion):
    by: By = ()
    stage: Stage = None
    unit: Literal["application", "visit"] = "application"
    days: Days = "calendar"


class TimeInStageRow(Row):
    """`n` complete ones; `open` still stand there."""

    NAMED = ("stage",)
    stage: str
    n: int
    median: Duration
    mean: Duration
    km_median: Duration
    open: int


class Point(Figure):
    """After so long `share` of all stand there still, exact as `5/8`: `left` of the `at_risk` did not go on waiting."""

    after: Duration
    share: str
    percent: float
    at_risk: int
    left: int


class CurveRow(Row):
    NAMED = ("stage",)
    stage: str
    n: int
    open: int
    points: tuple[Point, ...]


class TimeInStagePart(Part):
    """What was summed: `visits` stays of one application. `ended` is null while it goes on; `held` was subtracted.

    With a `calendar`, by whose working days, both `held` and `duration` are working time; null: all days count. `note`:
    what of it is not known, and what holds instead.
    """

    application_id: UUID
    person_id: UUID
    job_id: UUID
    started: datetime
    ended: datetime | None
    visits: int
    held: Duration
    duration: Duration
    calendar: str | None
    note: str | None


@dataclass(frozen=True)
class _Stood:
    """What is counted once. `place`: zone and country of its job; `working`: only days that are worked there count."""

    application: Application
    stays: Sequence[Stay]
    until: datetime
    place: tuple[str, str | None]
    working: bool

    @cached_property
    def calendar(self) -> Calendar:
        return Calendar.at(self.place)

    @property
    def left(self) -> datetime | None:
        """None: it stands there still."""
        end = self.stays[-1].end
        return end.occurred if end else None

    @property
    def duration(self) -> int:
        return sum(stay.lasted(self.until, self.counts) for stay in self.stays)

    @property
    def held(self) -> int:
        return sum(stay.held(self.until, self.counts) for stay in self.stays)

    @property
    def counts(self) -> Between:
        return self.calendar.worked if self.working else elapsed

    @property
    def took(self) -> int | datetime:
        """Of which `measure` makes the duration. Where it goes on and is not held: since when, without a break."""
        if self._runs:
            if self.working and not self._whole:
                return self.calendar.begun(self.until, self.duration)
            return self.until - sum(stay.lasted(self.until) for stay in self.stays) * MICROSECOND
        return self.stays[0].lasted(self.until) if self._whole else self.duration

    @property
    def shape(self) -> Shape:
        """The stage, whether it is still there, and by which calendar what it took has still to be measured."""
        measured = self._whole or (self.working and self._runs)
        return self.stays[-1].stage, self.left is None, self.place if measured else None

    @property
    def _runs(self) -> bool:
        return self.left is None and not self.stays[-1].is_held

    @property
    def _whole(self) -> bool:
        """One stay without a break: what it took, and when it ended, say how much of it was worked."""
        return len(self.stays) == 1 and not self.stays[0].holds


def counted(world: World, question: TimeInStage, dated: timedelta) -> Iterator[Counted[TimeInStagePart] | LeftOut]:
    """`dated`: how long before the end what is open is counted."""
    until, working = world.clocks.as_of, question.days == "working"
    for application in world.applications:
        for of in _together(application, world, question):
            stage, job, end = of[-1].stage, of[-1].leg.job, of[-1].end
            left = end.occurred if end else None
            at = left or until - dated
            values = {**of_application(application, job, at, world.jobs), "stage": stage}
            if not all(stay.is_measured for stay in of):
                yield LeftOut(UNKNOWN_ENTRY, values, left)
                continue
            stood = _Stood(application, of, until, world.jobs.place(job, at), working)
            part, whose = partial(_part, stood), application.person
            yield Counted(values, left, stood.shape, part, whose, stood.took, always=left is None)


def measure(shape: Shape, question: TimeInStage) -> Measure | None:
    if question.days == "calendar" or shape[2] is None:
        return None
    return Calendar.at(shape[2]).worked_before


def stage_of(shape: Shape) -> Sequence[str]:
    return (shape[0],)


def left(shape: Shape, *_: object) -> bool:
    return not shape[1]


def waits(shape: Shape, *_: object) -> bool:
    return bool(shape[1])


def _stages(tally: Tally, world: World, question: TimeInStage) -> list[str]:
    found = {shape[0] for shape, _ in tally.shapes()} or ({question.stage} if question.stage else set())
    return sorted(found, key=world.jobs.rank)


def _of_stage(tally: Tally, stage: str) -> tuple[Took, Took]:
    """How long those waited who have left, and those who have not."""
    complete = tally.took(lambda shape: shape[0] == stage and left(shape))
    return complete, tally.took(lambda shape: shape[0] == stage and waits(shape))


def rows(group: Group, tally: Tally, world: World, question: TimeInStage) -> Iterator[TimeInStageRow]:
    for stage in _stages(tally, world, question):
        complete, waiting = _of_stage(tally, stage)
        half = survival_median(complete, waiting)
        yield TimeInStageRow(
            group=group,
            stage=stage,
            n=len(complete),
            median=median(complete),
            mean=mean(complete),
            km_median=Duration.of(half, "not reached" if len(complete) + len(waiting) else "no data"),
            open=len(waiting),
        )


def curve(steps: Steps, group: Group, tally: Tally, world: World, question: TimeInStage) -> Iterator[CurveRow]:
    for stage in _stages(tally, world, question):
        complete, waiting = _of_stage(tally, stage)
        points = tuple(map(_point, steps(complete, waiting)))
        yield CurveRow(group=group, stage=stage, n=len(complete), open=len(waiting), points=points)


def of_period(clocks: Clocks, question: TimeInStage) -> Clocks:
    """Who stands there still is told as of the end of the period, whatever came later."""
    return clocks.ending(question.span.end) if question.span else clocks


def alike(world: World) -> Alike:
    """Where each stage was visited once, in one job and never held, it is all the same."""
    all_stays = [stays(application, world) for application in world.applications]
    again = not of_one_leg(world.applications) or any(len({stay.stage for stay in of}) < len(of) for of in all_stays)
    if again:
        return lambda question: (question.days, question.unit, _by_job(question))
    return (lambda question: question.days) if any(stay.holds for of in all_stays for stay in of) else None


def _by_job(question: TimeInStage) -> bool:
    return "job" in question.by or question.job is not None


def _together(application: Application, world: World, question: TimeInStage) -> Iterable[list[Stay]]:
    by_job = _by_job(question)
    units: dict[tuple[object, ...], list[Stay]] = {}
    for stay in stays(application, world):
        apart = stay.start.id if question.unit == "visit" else stay.leg.job if by_job else None
        units.setdefault((stay.stage, apart), []).append(stay)
    return units.values()


def _point(step: Step) -> Point:
    return Point(
        after=Duration.of(step.after),
        share=str(step.share),
        percent=percent(step.share),
        at_risk=step.at_risk,
        left=step.left,
    )


def _part(one: _Stood, _: Name) -> TimeInStagePart:
    first, last = one.stays[0], one.stays[-1]
    holds = [fact for stay in one.stays for hold in stay.holds for fact in hold if fact is not None]
    ends = [stay.end for stay in one.stays if stay.end is not None]
    return TimeInStagePart(
        application_id=one.application.id,
        person_id=one.application.person,
        job_id=last.leg.job,
        started=first.start.occurred,
        ended=last.end.occurred if last.end else None,
        visits=len(one.stays),
        held=Duration.of(one.held),
        duration=Duration.of(one.duration),
        calendar=one.calendar.name if one.working else None,
        note=one.calendar.unknown if one.working else None,
        events=ids([*(stay.start for stay in one.stays), *ends, *holds, *one.application.merges]),
    )


NEEDS = applications.NEEDS | requisitions.NEEDS
FORMULA = "median(sum of visits - held) over the complete ones; S(t) = product of 1 - left / at risk"
# The end itself is the first moment of the following month.
DATED = {1: timedelta(0), 2: MICROSECOND}
# Both reports count the same.
COUNTED = {dated: partial(counted, dated=dated) for dated in DATED.values()}
WORDS = {1: "the end itself, so in the month that follows it", 2: "the last moment before the end"}


COMPLETE = Rule("those that have left the stage", left)
OPEN = Rule("those that still stand there, as of the end", waits)
FIGURES = {
    "n": COMPLETE,
    "median": Rule("those that have left: half of them took no longer, by the `duration` of each", left),
    "mean": Rule("those that have left: the `duration` of all over their number", left),
    "km_median": Rule(
        "all, those that still stand there with the time so far: the smallest time by which half have left"
    ),
    "open": OPEN,
}
POINTS = {
    "n": COMPLETE,
    "open": OPEN,
    "points": Rule(
        "all: at each `duration` with which one left, the share that stands there still; without `ended` so far"
    ),
}


def _counting(
    rows: Callable[[Group, Tally, World, TimeInStage], Iterator[R]], dated: timedelta
) -> Counts[TimeInStage, R, TimeInStagePart]:
    return Counts(
        ways(TimeInStage, "unit", "job", "days"), COUNTED[dated], rows, lambda *_: "left", stage_of, dated,
        alike, of_period, measure=measure,
    )  # fmt: skip


def _stage(version: int) -> Definition[TimeInStage, TimeInStageRow, TimeInStagePart]:
    return Definition(
        "time-in-stage", version, "How long applications stand in each stage",
        TEXT.format(dated=WORDS[version]), FORMULA,
        TimeInStage, TimeInStageRow, TimeInStagePart, NEEDS,
        _counting(rows, DATED[version]), TABLES, figures=FIGURES,
    )  # fmt: skip


def _survival(
    version: int, dated: timedelta, steps: Steps, more: str
) -> Definition[TimeInStage, CurveRow, TimeInStagePart]:
    return Definition(
        "time-in-stage-curve", version, "Who still stands in a stage after so many days", CURVE_TEXT + more, FORMULA,
        TimeInStage, CurveRow, TimeInStagePart, NEEDS,
        _counting(partial(curve, steps), dated), TABLES, figures=POINTS,
    )  # fmt: skip


TIME_IN_STAGE = [_stage(version) for version in DATED]
CURVE = [
    *(_survival(version, DATED[version], survival, "") for version in DATED),
    _survival(3, DATED[2], thinned, THINNED),
]
