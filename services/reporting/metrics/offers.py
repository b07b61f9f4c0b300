"""Offers by process: one for each application and attempt to hire, whatever the number of offers and versions."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from services.reporting.metrics import applications
from services.reporting.metrics.application import Application
from services.reporting.metrics.fact import Fact, in_order
from services.reporting.metrics.world import World
from shared.events.ats.offer import (
    OfferAccepted,
    OfferApproved,
    OfferDeadlineExtended,
    OfferDeclined,
    OfferDrafted,
    OfferEvent,
    OfferExpired,
    OfferExtended,
    OfferReneged,
    OfferRescinded,
    OfferRevised,
)
from shared.events.event import Event

NEEDS: frozenset[type[Event]] = applications.NEEDS | {
    OfferDrafted, OfferRevised, OfferApproved, OfferExtended, OfferDeadlineExtended, OfferDeclined, OfferExpired,
}  # fmt: skip

Outcome = Literal["accepted", "declined", "expired", "rescinded"]


@dataclass
class Process:
    """`first` and `last` extension; `outcome` is that of the last one, told by `decided`; None: not answered yet."""

    application: Application
    facts: list[Fact] = field(default_factory=list)
    first: Fact | None = None
    last: Fact | None = None
    outcome: Outcome | None = None
    decided: Fact | None = None
    reneged: Fact | None = None

    @property
    def job(self) -> UUID:
        return job_of(self.last or self.facts[-1])

    @property
    def answer(self) -> Fact | None:
        """What they said: yes or no."""
        return self.decided if self.outcome in ("accepted", "declined") else None

    def take(self, fact: Fact) -> None:
        self.facts.append(fact)
        event = fact.event
        if isinstance(event, OfferExtended):
            self.first = self.first or fact
            self.last, self.outcome, self.decided = fact, None, None
        elif self._is_of_last(fact):
            self._answer(fact)

    def _answer(self, fact: Fact) -> None:
        match fact.event:
            case OfferAccepted():
                self._decide("accepted", fact)
            case OfferDeclined():
                self._decide("declined", fact)
            case OfferExpired():
                self._decide("expired", fact)
            case OfferDeadlineExtended() if self.outcome == "expired":
                self.outcome = self.decided = None
            case OfferRescinded() if self.outcome != "accepted":
                self._decide("rescinded", fact)
            case OfferReneged() if self.outcome == "accepted":
                self.reneged = fact

    def _decide(self, outcome: Outcome, fact: Fact) -> None:
        self.outcome, self.decided = outcome, fact

    def _is_of_last(self, fact: Fact) -> bool:
        """History may tell of an answer alone."""
        event, last = fact.event, self.last.event if self.last else None
        return last is None or (
            isinstance(event, OfferEvent) and isinstance(last, OfferEvent) and event.offer_id == last.offer_id
        )


def job_of(offer: Fact) -> UUID:
    assert isinstance(offer.event, OfferEvent)
    return offer.event.job_id


def processes(world: World) -> list[Process]:
    by_id = {of: application for application in world.applications for of in application.ids}
    offers: dict[UUID, list[Fact]] = defaultdict(list)
    for fact in world.facts:
        if isinstance(fact.event, OfferEvent) and fact.event.application_id in by_id:
            offers[fact.event.offer_id].append(fact)
    found: dict[tuple[UUID, int], list[Fact]] = defaultdict(list)
    for facts in offers.values():
        assert isinstance(facts[0].event, OfferEvent)
        application = by_id[facts[0].event.application_id]
        found[application.id, _attempt(application, facts[0])] += facts
    return [_process(by_id[of], facts) for (of, _), facts in found.items()]


def _process(application: Application, facts: list[Fact]) -> Process:
    process = Process(application)
    for fact in in_order(facts):
        process.take(fact)
    return process


def _attempt(application: Application, first: Fact) -> int:
    """An attempt ends when an acceptance is undone."""
    return sum(a.undone is not None and a.undone.order < first.order for a in application.undone.values())
