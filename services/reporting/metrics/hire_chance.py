"""hire-chance: of those who came as far in the process, how many were hired."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property, partial
from typing import ClassVar
from uuid import UUID

from services.reporting.metrics import applications
from services.reporting.metrics.application import APPLIED, HIRED, MILESTONES, Application, entry_unknown
from services.reporting.metrics.chances import RIPE, first_reached, year_before
from services.reporting.metrics.clocks import Clocks, Period
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Shape, Tally, ways
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.figures import Share
from services.reporting.metrics.report import LEAD, UNKNOWN_ENTRY, Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.world import World

TEXT = """\
Of the applications that reached a milestone, the share that was hired: with an acceptance that stands, whenever it \
came. Each is dated by when it reached the milestone first; who jumped one has reached it. What an imported \
application had reached before is left out where nobody knows when. Without a period they are those of the twelve \
months that end 90 days before as_of, so that they had the time to be hired: from these pipeline-health tells the \
chance of those under way, by department, or of the whole company where fewer than 30 of the department came as far."""


class HireChance(ApplicationQuestion):
    by: By = ()

    @cached_property
    def span(self) -> Period | None:
        if self.period or self.as_of is None:
            return super().span
        return year_before(self.as_of - RIPE, self.tz)

    def at(self, clocks: Clocks) -> "HireChance":
        return self.model_copy(update={"as_of": clocks.as_of})


class HireChanceRow(Row):
    """`hired`: of those who `reached` the milestone."""

    NAMED: ClassVar[tuple[str, ...]] = ("milestone",)
    milestone: str
    reached: int
    hired: Share


class HireChancePart(Part):
    """An application. `reached`: when it did; `hired`: when its offer was accepted, null where none stands."""

    application_id: UUID
    person_id: UUID
    reached: datetime
    hired: datetime | None


def counted(world: World, question: HireChance) -> Iterator[Counted[HireChancePart] | LeftOut]:
    for application in world.applications:
        submission = application.submission
        if submission is None:
            yield LeftOut(LEAD)
            continue
        at = submission.occurred
        values = of_application(application, application.leg_at(at).job, at, world.jobs)
        for milestone, brought in first_reached(application).items():
            if milestone not in (APPLIED, HIRED) and entry_unknown(brought):
                yield LeftOut(UNKNOWN_ENTRY, values)
            elif milestone != HIRED:
                shape = milestone, application.hire is not None
                part = partial(_part, application, brought)
                yield Counted(values, brought.occurred, shape, part, application.person)


def rows(group: Group, tally: Tally, world: World, question: HireChance) -> Iterator[HireChanceRow]:
    for milestone in MILESTONES:
        reached = tally.count(lambda shape, of=milestone: shape[0] == of)  # type: ignore[misc]
        if reached:
            hired = tally.count(lambda shape, of=milestone: shape == (of, True))  # type: ignore[misc]
            yield HireChanceRow(group=group, milestone=milestone, reached=reached, hired=Share.among(hired, reached))


def _names(shape: Shape) -> tuple[Name, ...]:
    return (shape[0],)


def _part(application: Application, brought: Fact, _: Name) -> HireChancePart:
    hire = application.hire.fact if application.hire else None
    return HireChancePart(
        application_id=application.id,
        person_id=application.person,
        reached=brought.occurred,
        hired=hire.occurred if hire else None,
        events=ids([brought, *([hire] if hire else []), *application.merges]),
    )


CHANCES = Counts(ways(HireChance), counted, rows, lambda *_: "reached", _names, at=HireChance.at)
FIGURES = {
    "reached": Rule("applications that reached the milestone"),
    "hired": Rule("the same applications: those that were `hired`, over all of them"),
}
HIRE_CHANCE = Definition(
    "hire-chance", 1, "Hired, of those who came as far", TEXT, "hired / reached the milestone", HireChance,
    HireChanceRow, HireChancePart, applications.NEEDS, CHANCES, figures=FIGURES,
)  # fmt: skip
