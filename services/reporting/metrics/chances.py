"""How likely an application is hired, told by what became of those that had come as far before."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from services.reporting.metrics.application import APPLIED, Application
from services.reporting.metrics.clocks import Period
from services.reporting.metrics.counting import Key, Tallies
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.figures import Share

# Who came so far more recently may be hired yet.
RIPE = timedelta(days=90)
ENOUGH_OF_A_DEPARTMENT = 30


@dataclass(frozen=True)
class Chance:
    """Of a department, or, where that is None, of the whole company; departments are those at submission."""

    department: str | None
    hired: int
    of: int

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.hired, self.of) if self.of else None

    @property
    def shown(self) -> Share:
        return Share.among(self.hired, self.of)


class Chances:
    def __init__(self, by_department: Tallies) -> None:
        """Of shapes that tell a milestone, and whether who reached it was hired."""
        self._reached, self._hired = Counter[tuple[Key, str]](), Counter[tuple[Key, str]]()
        for department, tally in by_department.items():
            for (milestone, hired), n in tally.shapes():
                for of in (department, ()):
                    self._reached[of, milestone] += n
                    self._hired[of, milestone] += n * hired

    def of(self, milestone: str, department: str | None) -> Chance:
        own = (department,), milestone
        if self._reached[own] >= ENOUGH_OF_A_DEPARTMENT:
            return Chance(department, self._hired[own], self._reached[own])
        return Chance(None, self._hired[(), milestone], self._reached[(), milestone])


def first_reached(application: Application) -> dict[str, Fact]:
    """What brought each milestone first; nothing of a lead."""
    if application.submission is None:
        return {}
    brought: dict[str, list[Fact]] = defaultdict(list)
    for milestone, fact in _brought(application):
        brought[milestone].append(fact)
    return {
        **{milestone: min(facts, key=lambda fact: fact.order) for milestone, facts in brought.items()},
        APPLIED: application.submission,
    }


def _brought(application: Application) -> Iterator[tuple[str, Fact]]:
    for visit in application.visits:
        yield from ((milestone, visit.fact) for milestone in visit.reached | visit.before)
    if application.hire is not None:
        yield from ((milestone, application.hire.fact) for milestone in application.hire.reached)


def year_before(end: datetime, zone: ZoneInfo) -> Period:
    """The twelve months until then, by the calendar of the zone."""
    local = end.astimezone(zone)
    day = 28 if (local.month, local.day) == (2, 29) else local.day
    return Period(local.replace(year=local.year - 1, day=day).astimezone(UTC), end)
