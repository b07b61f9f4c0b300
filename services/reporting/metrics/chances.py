"""How likely an application is hired, told by what became of those that had come as far before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from zoneinfo import ZoneInfo

from services.reporting.metrics.application import APPLIED, Application
from services.reporting.metrics.clocks import Period
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.world import World

# Who came so far more recently may be hired yet.
RIPE = timedelta(days=90)
ENOUGH_OF_A_DEPARTMENT = 30


@dataclass(frozen=True)
class Before:
    """An application that reached a milestone, and what brought it there first."""

    application: Application
    brought: Fact


@dataclass(frozen=True)
class Chance:
    """Of a department, or, where that is None, of the whole company; departments are those at submission."""

    milestone: str
    department: str | None
    before: Sequence[Before]

    @cached_property
    def hired(self) -> int:
        return sum(one.application.hire is not None for one in self.before)

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.hired, len(self.before)) if self.before else None


class Chances:
    def __init__(self, world: World, zone: ZoneInfo) -> None:
        self._jobs = world.jobs
        # By milestone, and by milestone and department.
        self._before: Mapping[tuple[str, str | None], list[Before]] = defaultdict(list)
        self._chances: dict[tuple[str, str | None], Chance] = {}
        year = year_before(world.clocks.as_of - RIPE, zone)
        for application in world.applications:
            for milestone, brought in first_reached(application).items():
                if brought.occurred in year:
                    for department in {self._department(application), None}:
                        self._before[milestone, department].append(Before(application, brought))

    def of(self, milestone: str, application: Application) -> Chance:
        department = self._department(application)
        if len(self._before[milestone, department]) < ENOUGH_OF_A_DEPARTMENT:
            department = None
        key = milestone, department
        return self._chances.setdefault(key, Chance(milestone, department, self._before[key]))

    def _department(self, application: Application) -> str | None:
        """Of its job when it was submitted."""
        if application.submission is None:
            return None
        at = application.submission.occurred
        return self._jobs.department(application.leg_at(at).job, at)


def first_reached(application: Application) -> dict[str, Fact]:
    """What brought each milestone first; nothing of a lead."""
    if application.submission is None:
        return {}
    brought: dict[str, list[Fact]] = defaultdict(list)
    for visit in application.visits:
        for milestone in visit.reached | visit.before:
            brought[milestone].append(visit.fact)
    if application.hire is not None:
        for milestone in application.hire.reached:
            brought[milestone].append(application.hire.fact)
    return {
        **{milestone: min(facts, key=lambda fact: fact.order) for milestone, facts in brought.items()},
        APPLIED: application.submission,
    }


def year_before(end: datetime, zone: ZoneInfo) -> Period:
    """The twelve months until then, by the calendar of the zone."""
    local = end.astimezone(zone)
    day = 28 if (local.month, local.day) == (2, 29) else local.day
    return Period(local.replace(year=local.year - 1, day=day).astimezone(UTC), end)
