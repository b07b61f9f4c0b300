"""Whether somebody is at work on an application: what persons did about it last, and how long it has stood still."""

from datetime import timedelta
from uuid import UUID

from services.reporting.metrics.application import Application
from services.reporting.metrics.clocks import KNOWLEDGE
from services.reporting.metrics.fact import MICROSECOND, Fact
from services.reporting.metrics.stays import Stay, stays
from services.reporting.metrics.world import World
from shared.events.ats.application import ApplicationEvent
from shared.events.ats.interview import InterviewEvent
from shared.events.ats.offer import OfferEvent
from shared.events.ats.scorecard import ScorecardEvent
from shared.events.event import Event, registry

UNTOUCHED = timedelta(days=14)
WAITING = timedelta(days=90)

About = ApplicationEvent | InterviewEvent | ScorecardEvent | OfferEvent
NEEDS = frozenset[type[Event]](
    contract.model for contract in registry.all().values() if issubclass(contract.model, About)
)


class Attention:
    def __init__(self, world: World) -> None:
        self._world = world
        self._last: dict[UUID, Fact] = {}
        for fact in world.facts:
            # A source that is corrected afterwards is known without having happened yet.
            if isinstance(fact.event, KNOWLEDGE) and not world.is_over(fact.occurred):
                continue
            if isinstance(fact.event, About) and fact.by_person:
                self._last[fact.event.application_id] = fact

    def last(self, application: Application) -> Fact:
        """What a person did last, or, where nobody has done anything yet, what began it."""
        done = [self._last[of] for of in application.ids if of in self._last]
        return max(done or [leg.entry for leg in application.legs[:1]], key=lambda fact: fact.order)

    def untouched(self, application: Application) -> bool:
        return self._world.is_over(self.last(application).occurred + UNTOUCHED)

    def stay(self, application: Application) -> Stay | None:
        """Where it stands now."""
        return next((stay for stay in stays(application, self._world) if stay.end is None), None)

    def waiting(self, application: Application) -> bool:
        stay, end = self.stay(application), self._world.clocks.as_of
        return (
            stay is not None
            and stay.is_measured
            and self._world.is_over(end + WAITING - stay.lasted(end) * MICROSECOND)
        )
