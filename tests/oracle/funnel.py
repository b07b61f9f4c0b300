"""Pass-through: of those that reached a milestone, how many reached a later one (rules D7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.oracle.happened import Happened
from tests.oracle.pasts import Past, past
from tests.oracle.plans import MILESTONES
from tests.oracle.questions import Question, Row, Values, dimensions, grouped
from tests.oracle.reached import by_application, by_leg


@dataclass(frozen=True)
class Way:
    """How far one application, or one leg, has come. `moved_on`: it was transferred out of this job."""

    reached: set[str]
    active: bool
    moved_on: bool = False

    def passed(self, milestone: str) -> bool:
        later = MILESTONES[MILESTONES.index(milestone) + 1 :]
        return milestone in self.reached and any(other in self.reached for other in later)


def funnel(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    legs = asked.asks_for("job")
    ways = grouped(asked, _legs(seen, asked) if legs else _applications(seen, asked))
    return [_row(group, found, milestone) for group, found in ways for milestone in seen.plans.milestones()]


def _row(group: Row, ways: Sequence[Way], milestone: str) -> Row:
    reached = [way for way in ways if milestone in way.reached]
    passed = [way for way in reached if way.passed(milestone)]
    # Who was moved to another job did not fail to take the step here.
    stayed = [way for way in reached if way.passed(milestone) or not way.moved_on]
    waiting = [way for way in stayed if way.active and not way.passed(milestone)]
    row: Row = {"group": group, "milestone": milestone, "reached": len(reached) if ways else None}
    if milestone == MILESTONES[-1]:
        return {**row, "pass_through": (0, 0), "completed": (0, 0), "waiting": 0}
    return {
        **row,
        "pass_through": (len(passed), len(stayed)),
        "completed": (len(passed), len(stayed) - len(waiting)),
        "waiting": len(waiting),
    }


def _applications(seen: Past, asked: Question) -> Iterator[tuple[Values, Way]]:
    for application in seen.applications:
        if (moment := application.submission) and asked.in_period(moment):
            values = dimensions(seen, asked, moment, application.kept.job_at(moment), application)
            if asked.wants(values):
                yield values, Way(by_application(seen, application), application.kept.closed is None)


def _legs(seen: Past, asked: Question) -> Iterator[tuple[Values, Way]]:
    for application in seen.applications:
        if (moment := application.submission) and asked.in_period(moment):
            for number, leg in enumerate(application.kept.legs):
                values = dimensions(seen, asked, moment, leg.job, application)
                reached = by_leg(seen, application, number)
                moved_on = number < len(application.kept.legs) - 1
                if reached and asked.wants(values):
                    yield values, Way(reached, application.kept.closed is None, moved_on)
