"""One seat: when it was opened, by whom it is filled now, and when it was filled for a while."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.reporting.metrics.application import Acceptance, Application
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.world import World
from shared.events.ats.offer import AcceptedWithoutSeat, OfferAccepted
from shared.events.ats.opening import OpeningClosed, OpeningOpened
from shared.events.event import Event

NEEDS: frozenset[type[Event]] = frozenset({OpeningOpened, OpeningClosed, AcceptedWithoutSeat})

Taken = tuple[Application, Acceptance]


@dataclass(frozen=True)
class Seat:
    """`taken`: every acceptance that filled it, in order, also those that were undone."""

    event: OpeningOpened
    opened: Fact
    closed: Fact | None
    taken: Sequence[Taken]

    @property
    def fill(self) -> Taken | None:
        return next((taken for taken in self.taken if taken[1].undone is None), None)

    @property
    def job(self) -> UUID | None:
        """Of who fills it; while it is open the first of those that it is for."""
        if self.fill and isinstance(event := self.fill[1].fact.event, OfferAccepted):
            return event.job_id
        return next(iter(self.event.jobs), None)


def seats(world: World) -> Iterator[Seat]:
    """An acceptance is what fills a seat; what the opening's own stream says of it is a repetition."""
    without = {fact.event.offer_id for fact in world.facts if isinstance(fact.event, AcceptedWithoutSeat)}
    closed = {f.event.opening_id: f for f in world.facts if isinstance(f.event, OpeningClosed)}
    taken: dict[UUID, list[Taken]] = defaultdict(list)
    for application in world.applications:
        for acceptance in application.acceptances:
            event = acceptance.fact.event
            if isinstance(event, OfferAccepted) and event.offer_id not in without:
                taken[event.opening_id].append((application, acceptance))
    for fact in world.facts:
        if isinstance(fact.event, OpeningOpened):
            of = fact.event.opening_id
            by_order = sorted(taken[of], key=lambda pair: pair[1].fact.order)
            yield Seat(fact.event, fact, closed.get(of), by_order)
