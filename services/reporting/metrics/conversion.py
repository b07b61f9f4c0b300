"""What became of a person after a moment: handed over, applied, hired."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from services.reporting.metrics import applications
from services.reporting.metrics.application import Application
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.world import World
from shared.events.crm.prospect import ProspectHandedOver
from shared.events.event import Event

NEEDS: frozenset[type[Event]] = applications.NEEDS | {ProspectHandedOver}


class Conversion:
    def __init__(self, world: World) -> None:
        self._handed_over: dict[UUID, list[Fact]] = defaultdict(list)
        self._applications: dict[UUID, list[tuple[Fact, Application]]] = defaultdict(list)
        for fact in world.facts:
            if isinstance(fact.event, ProspectHandedOver):
                self._handed_over[world.people.resolve(fact.event.person_id)].append(fact)
        for application in world.applications:
            if application.submission is not None:
                self._applications[application.person].append((application.submission, application))

    def after(self, person: UUID, since: datetime) -> dict[str, Fact]:
        """The first hand-over, the first application, and the first hire out of an application made since then."""
        handed_over = [fact for fact in self._handed_over.get(person, ()) if fact.occurred >= since]
        applied = [pair for pair in self._applications.get(person, ()) if pair[0].occurred >= since]
        found = {
            "handed_over": handed_over,
            "applied": [submission for submission, _ in applied],
            "hired": [application.hire.fact for _, application in applied if application.hire],
        }
        return {what: min(facts, key=lambda fact: fact.order) for what, facts in found.items() if facts}
