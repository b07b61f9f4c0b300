"""funnel: how many applications reached each milestone, and which share of them went on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
)
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.figures import Share
from services.reporting.metrics.report import LEAD, Cell, Definition, Group, Part, Report, Row, ids
from services.reporting.metrics.selection import Selection
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

    def passed(self, milestone: str) -> bool:
        return furthest(self.reached) > RANK[milestone]

    def waits(self, milestone: str) -> bool:
        return self.counts(milestone) and self.application.active and not self.passed(milestone)

    def counts(self, milestone: str) -> bool:
        return milestone != HIRED and (self.passed(milestone) or not self.left)


def compute(world: World, question: Funnel) -> Report[FunnelRow, FunnelPart]:
    ways = Selection[_Way](question, question.by)
    for application in world.applications:
        submission = application.submission
        if submission is None:
            ways.leave_out(LEAD)
            continue
        for job, way in _ways(application, question):
            values = of_application(application, job, submission.occurred, world.jobs, question)
            ways.take(way, values, submission.occurred, "submitted")
    listed = [m for m in MILESTONES if m in world.jobs.milestones() | {APPLIED, HIRED}]
    cells = [_cell(group, of, milestone) for group, of in ways.groups() for milestone in listed]
    return Report(cells, ways.left_out)


def _ways(application: Application, question: Funnel) -> Iterator[tuple[UUID, _Way]]:
    if "job" in question.by or question.job is not None:
        for leg in application.legs:
            reached = application.reached_in(leg)
            if reached:
                yield leg.job, _Way(application, reached, [leg], leg.left)
    else:
        submission = application.submission
        assert submission is not None
        job = application.leg_at(submission.occurred).job
        yield job, _Way(application, application.reached, application.legs, left=False)


def _cell(group: Group, ways: Sequence[_Way], milestone: str) -> Cell[FunnelRow, FunnelPart]:
    reached = [way for way in ways if milestone in way.reached]
    counted = [way for way in reached if way.counts(milestone)]
    passed = sum(way.passed(milestone) for way in counted)
    waiting = sum(way.waits(milestone) for way in counted)
    row = FunnelRow(
        group=group,
        milestone=milestone,
        reached=len(reached) if ways else None,
        pass_through=Share.among(passed, len(counted)),
        completed=Share.among(passed, len(counted) - waiting),
        waiting=waiting,
        note=None if ways else "no data",
    )
    return Cell(row, [_part(way, milestone) for way in reached])


def _part(way: _Way, milestone: str) -> FunnelPart:
    application = way.application
    brought = [v.fact for leg in way.legs for v in leg.visits if milestone in v.reached | v.before]
    if not brought and application.hire is not None and milestone in application.hire.reached:
        brought = [application.hire.fact]
    return FunnelPart(
        application_id=application.id,
        person_id=application.person,
        passed_on=way.passed(milestone),
        waiting=way.waits(milestone),
        counted=way.counts(milestone),
        events=ids([*brought, *application.merges] or [way.legs[0].entry]),
    )


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
    compute,
)
