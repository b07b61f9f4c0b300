"""funnel: how many applications reached each milestone, and which share of them went on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal
from uuid import UUID

from services.reporting.metrics import applications
from services.reporting.metrics.application import (
    APPLIED,
    HIRED,
    MILESTONES,
    RANK,
    Application,
    Leg,
    Milestones,
    furthest,
    of_one_leg,
)
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Shape, Tally, ways, whenever
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.figures import Share
from services.reporting.metrics.report import LEAD, Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.world import World

TEXT = """\
Applications submitted in the period, by the milestones that they reached: entered, passed later, or skipped. A move \
back marked as a mistake takes the milestone away again, one for reevaluation does not; hired is an acceptance that \
stands. Pass-through is the share of those that reached a milestone that also reached a later one; `waiting` are \
active and may still do so, `completed` leaves them out. A lead counts once it has left the lead stage. By job, an \
application that was transferred counts in each job for what that job saw: not for stages before its entry, and not \
in the denominator of the step that it did not take there. A milestone that a stage plan does not have is reached by \
none of its applications."""


class Funnel(ApplicationQuestion):
    by: By = ()


class FunnelRow(Row):
    """`reached` is null where there was no application at all. `hired` is the last: nothing to pass on to."""

    NAMED = ("milestone",)
    milestone: str
    reached: int | None
    pass_through: Share
    completed: Share
    waiting: int
    note: Literal["no data"] | None = None


class FunnelPart(Part):
    """An application that reached the milestone. `counted`: in the denominator of the step that follows."""

    application_id: UUID
    person_id: UUID
    passed_on: bool
    waiting: bool
    counted: bool


@dataclass(frozen=True)
class _Way:
    """What is counted once: an application, or what one job saw of it."""

    application: Application
    reached: Milestones
    legs: Sequence[Leg]
    left: bool

    @property
    def shape(self) -> Shape:
        return tuple(m for m in MILESTONES if m in self.reached), self.left, self.application.active


def passed(milestone: str, shape: Shape) -> bool:
    reached, _, _ = shape
    return furthest(reached) > RANK[milestone]


def counts(milestone: str, shape: Shape) -> bool:
    """In the denominator of the step that follows."""
    _, left, _ = shape
    return milestone != HIRED and (passed(milestone, shape) or not left)


def waits(milestone: str, shape: Shape) -> bool:
    _, _, active = shape
    return counts(milestone, shape) and active and not passed(milestone, shape)


def reached_in(shape: Shape) -> Sequence[str]:
    reached: Sequence[str] = shape[0]
    return reached


def counted(world: World, question: Funnel) -> Iterator[Counted[FunnelPart] | LeftOut]:
    for application in world.applications:
        submission = application.submission
        if submission is None:
            yield LeftOut(LEAD)
            continue
        for job, way in _ways(application, submission.occurred, question):
            values = of_application(application, job, submission.occurred, world.jobs)
            yield Counted(values, submission.occurred, way.shape, partial(_part, way), application.person)


def _ways(application: Application, submitted: datetime, question: Funnel) -> Iterator[tuple[UUID, _Way]]:
    if "job" in question.by or question.job is not None:
        for leg in application.legs:
            reached = application.reached_in(leg)
            if reached:
                yield leg.job, _Way(application, reached, [leg], leg.left)
    else:
        job = application.leg_at(submitted).job
        yield job, _Way(application, application.reached, application.legs, left=False)


def rows(group: Group, tally: Tally, world: World, question: Funnel) -> Iterator[FunnelRow]:
    any_at_all = tally.count() > 0
    there_are = world.jobs.milestones() | {APPLIED, HIRED}
    for milestone in [m for m in MILESTONES if m in there_are]:
        of = [(shape, n) for shape, n in tally.shapes() if milestone in reached_in(shape)]
        denominator = sum(n for shape, n in of if counts(milestone, shape))
        onwards = sum(n for shape, n in of if counts(milestone, shape) and passed(milestone, shape))
        waiting = sum(n for shape, n in of if waits(milestone, shape))
        yield FunnelRow(
            group=group,
            milestone=milestone,
            reached=sum(n for _, n in of) if any_at_all else None,
            pass_through=Share.among(onwards, denominator),
            completed=Share.among(onwards, denominator - waiting),
            waiting=waiting,
            note=None if any_at_all else "no data",
        )


def _part(way: _Way, milestone: Name) -> FunnelPart:
    assert milestone is not None
    application = way.application
    brought = [v.fact for leg in way.legs for v in leg.visits if milestone in v.reached | v.before]
    if not brought and application.hire is not None and milestone in application.hire.reached:
        brought = [application.hire.fact]
    return FunnelPart(
        application_id=application.id,
        person_id=application.person,
        passed_on=passed(milestone, way.shape),
        waiting=waits(milestone, way.shape),
        counted=counts(milestone, way.shape),
        events=ids([*brought, *application.merges] or [way.legs[0].entry]),
    )


FIGURES = {
    "reached": Rule("applications that reached the milestone, or passed it"),
    "pass_through": Rule(
        "of those that reached it the ones that this job could see go on; `passed_on` tells which did",
        lambda shape, milestone, *_: counts(str(milestone), shape),
    ),
    "completed": Rule(
        "the same without those that wait; `passed_on` tells which went on",
        lambda shape, milestone, *_: counts(str(milestone), shape) and not waits(str(milestone), shape),
    ),
    "waiting": Rule(
        "those that stand there, are active, and may still go on",
        lambda shape, milestone, *_: waits(str(milestone), shape),
    ),
}
FUNNEL = Definition(
    "funnel",
    1,
    "Milestones reached, and pass-through",
    TEXT,
    "reached(a later milestone) / reached(this one), by date of submission",
    Funnel,
    FunnelRow,
    FunnelPart,
    applications.NEEDS,
    Counts(
        ways(Funnel, "job"),
        counted,
        rows,
        lambda *_: "submitted",
        reached_in,
        alike=whenever(lambda world: of_one_leg(world.applications)),
    ),
    figures=FIGURES,
)
