"""time-in-stage: how long applications stand in each stage, those who still wait among them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import Field

from services.reporting.metrics import applications, requisitions
from services.reporting.metrics.application import Application, of_one_leg
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Shape, Tally, Took, ways, whenever
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.fact import MICROSECOND
from services.reporting.metrics.figures import Duration, Figure, mean, median, percent
from services.reporting.metrics.report import Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.stays import Stay, stays
from services.reporting.metrics.survival import Step, survival, survival_median
from services.reporting.metrics.world import World

TEXT = """\
Time that applications spent in a stage: the sum of their visits, less the time in which the requisition was held; \
for each application and stage, or with unit=visit for each visit. It is complete when the application does not stand \
there now: moved on or back, transferred, rejected, withdrawn, or hired by an acceptance that stands. Median and mean \
are over the complete ones, dated by when they were left; who still stands there is `open`, dated by {dated}. The \
Kaplan-Meier median (`km_median`) counts both, and does not flatter a stage where the slow ones still wait: the \
smallest time by which half have left. A move back marked as a mistake never was a visit. By job, the time is split \
where an application was transferred. A change of the stage plan does not end a visit. Skipped stages have no visit."""

CURVE_TEXT = """\
The share of applications that still stand in a stage after so many days (Kaplan-Meier), at each time at which one \
left it; what counts is as in time-in-stage."""

R = TypeVar("R", bound=Row)

Stage = Annotated[str | None, Field(max_length=200, description="the id of a stage, as its plan names it")]


class TimeInStage(ApplicationQuestion):
    by: By = ()
    stage: Stage = None
    unit: Literal["application", "visit"] = "application"


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
    """What was summed: `visits` stays of one application. `ended` is null while it goes on; `held` was subtracted."""

    application_id: UUID
    person_id: UUID
    job_id: UUID
    started: datetime
    ended: datetime | None
    visits: int
    held: Duration
    duration: Duration


@dataclass(frozen=True)
class _Stood:
    """What is counted once."""

    application: Application
    stays: Sequence[Stay]
    until: datetime

    @property
    def left(self) -> datetime | None:
        """None: it stands there still."""
        end = self.stays[-1].end
        return end.occurred if end else None

    @property
    def duration(self) -> int:
        return sum(stay.lasted(self.until) for stay in self.stays)

    @property
    def took(self) -> int | datetime:
        """Where it goes on and is not held: since when, had nothing interrupted it."""
        runs = self.left is None and not self.stays[-1].is_held
        return self.until - timedelta(microseconds=self.duration) if runs else self.duration


def counted(world: World, question: TimeInStage, dated: timedelta) -> Iterator[Counted[TimeInStagePart] | LeftOut]:
    """`dated`: how long before the end what is open is counted."""
    for application in world.applications:
        for stage, stood in _stood(application, world, question):
            at = stood.left or stood.until - dated
            values = {**of_application(application, stood.stays[-1].leg.job, at, world.jobs), "stage": stage}
            shape = stage, stood.left is None
            yield Counted(values, stood.left, shape, partial(_part, stood), stood.took, always=stood.left is None)


def stage_of(shape: Shape) -> Sequence[str]:
    return (shape[0],)


def left(shape: Shape, *_: object) -> bool:
    return not shape[1]


def waits(shape: Shape, *_: object) -> bool:
    return bool(shape[1])


def _stages(tally: Tally, world: World, question: TimeInStage) -> list[str]:
    found = {stage for (stage, _), _ in tally.shapes()} or ({question.stage} if question.stage else set())
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


def curve(group: Group, tally: Tally, world: World, question: TimeInStage) -> Iterator[CurveRow]:
    for stage in _stages(tally, world, question):
        complete, waiting = _of_stage(tally, stage)
        points = tuple(_point(step) for step in survival(complete, waiting))
        yield CurveRow(group=group, stage=stage, n=len(complete), open=len(waiting), points=points)


def of_period(clocks: Clocks, question: TimeInStage) -> Clocks:
    """Who stands there still is told as of the end of the period, whatever came later."""
    return clocks.ending(question.span.end) if question.span else clocks


def one_visit_each(world: World) -> bool:
    if not of_one_leg(world.applications):
        return False
    for application in world.applications:
        stages = [stay.stage for stay in stays(application, world)]
        if len(stages) > len(set(stages)):
            return False
    return True


def _stood(application: Application, world: World, question: TimeInStage) -> Iterator[tuple[str, _Stood]]:
    by_job = "job" in question.by or question.job is not None
    units: dict[tuple[object, ...], list[Stay]] = {}
    for stay in stays(application, world):
        apart = stay.start.id if question.unit == "visit" else stay.leg.job if by_job else None
        units.setdefault((stay.stage, apart), []).append(stay)
    for of in units.values():
        yield of[0].stage, _Stood(application, of, world.clocks.as_of)


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
        held=Duration.of(sum(stay.held(one.until) for stay in one.stays)),
        duration=Duration.of(one.duration),
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
        ways(TimeInStage, "unit", "job"), COUNTED[dated], rows, lambda *_: "left", stage_of, dated,
        whenever(one_visit_each), of_period,
    )  # fmt: skip


def _stage(version: int) -> Definition[TimeInStage, TimeInStageRow, TimeInStagePart]:
    return Definition(
        "time-in-stage", version, "How long applications stand in each stage",
        TEXT.format(dated=WORDS[version]), FORMULA,
        TimeInStage, TimeInStageRow, TimeInStagePart, NEEDS,
        _counting(rows, DATED[version]), figures=FIGURES,
    )  # fmt: skip


def _survival(version: int) -> Definition[TimeInStage, CurveRow, TimeInStagePart]:
    return Definition(
        "time-in-stage-curve", version, "Who still stands in a stage after so many days", CURVE_TEXT, FORMULA,
        TimeInStage, CurveRow, TimeInStagePart, NEEDS,
        _counting(curve, DATED[version]), figures=POINTS,
    )  # fmt: skip


TIME_IN_STAGE = [_stage(version) for version in DATED]
CURVE = [_survival(version) for version in DATED]
