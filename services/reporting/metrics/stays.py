"""Where an application stood, from when until when: its visits to stages, without the gaps of nobody at work."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from services.reporting.metrics.application import Application, Leg, Visit, entry_unknown
from services.reporting.metrics.fact import Fact, elapsed
from services.reporting.metrics.requisitions import Hold
from services.reporting.metrics.world import World
from shared.events.ats.application import ApplicationReopened

Between = Callable[[datetime, datetime], int]
"""How much of the time between counts, in microseconds."""


@dataclass(frozen=True)
class Stay:
    """In one stage without a break. `end` is None while it goes on; `holds` are those of the job's requisition."""

    leg: Leg
    stage: str
    start: Fact
    end: Fact | None
    holds: Sequence[Hold]

    @property
    def is_held(self) -> bool:
        """In the end."""
        return bool(self.holds) and self.holds[-1][1] is None

    @property
    def is_measured(self) -> bool:
        """Whether anybody knows when it began."""
        return not entry_unknown(self.start)

    def ended(self, until: datetime) -> datetime:
        """Where it goes on: then."""
        return self.end.occurred if self.end else until

    def held(self, until: datetime, counts: Between = elapsed) -> int:
        """Microseconds that count. Holds of one requisition follow each other."""
        end = self.ended(until)
        return sum(
            counts(max(began.occurred, self.start.occurred), min(ended.occurred if ended else end, end))
            for began, ended in self.holds
        )

    def lasted(self, until: datetime, counts: Between = elapsed) -> int:
        """Microseconds at work that count, until its end or, where there is none yet, until then."""
        return counts(self.start.occurred, self.ended(until)) - self.held(until, counts)


def stays(application: Application, world: World) -> Sequence[Stay]:
    """In order. The stays of an application that a merge left out are nobody's; the hire that stands ends the last."""
    return world.once(_by_application)[application.id]


def _by_application(world: World) -> Mapping[UUID, Sequence[Stay]]:
    return {application.id: list(_stays(application, world)) for application in world.applications}


def _stays(application: Application, world: World) -> Iterator[Stay]:
    hire = application.hire.fact if application.hire else None
    for leg, visit, left in _visits(application):
        for began, closed in application.spells:
            start = max(visit.fact, began, key=lambda fact: fact.order)
            ends = [fact for fact in (left, closed, hire) if fact is not None]
            end = min(ends, key=lambda fact: fact.order, default=None)
            if application.owns(began) and (end is None or start.order < end.order):
                stage = visit.stage
                if start is began and isinstance(began.event, ApplicationReopened):
                    stage = began.event.stage
                stage = world.jobs.renamed(leg.job, stage, start, end)
                requisition = world.jobs.requisition(leg.job, start.occurred)
                until = end.occurred if end else world.clocks.as_of
                yield Stay(leg, stage, start, end, world.requisitions.holds(requisition, start.occurred, until))


def _visits(application: Application) -> Iterator[tuple[Leg, Visit, Fact | None]]:
    """Each with what ended it."""
    own = [(leg, visit) for leg in application.legs for visit in leg.visits if application.owns(visit.fact)]
    for (leg, visit), (_, following) in pairwise([*own, (None, None)]):
        assert leg is not None
        assert visit is not None
        yield leg, visit, following.fact if following else None
