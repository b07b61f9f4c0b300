"""Offers that were accepted, and which of the acceptances stand (rules X2, D3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.ats.application import CandidateHired, CandidateStarted, DidNotStart, HireReversed
from shared.events.ats.offer import AcceptedWithoutSeat, OfferAccepted, OfferReneged, OfferRescinded
from tests.oracle.happened import Happened


@dataclass
class Acceptance:
    """`undone` by the first fact that undid it; `hired` when the administration called it a hire.

    `started` when they came to work, `missed`: they did not; the last word about it holds.
    """

    happened: Happened
    offer: OfferAccepted
    undone: Happened | None = None
    hired: datetime | None = None
    started: datetime | None = None
    missed: bool = False
    without_seat: bool = False

    @property
    def moment(self) -> datetime:
        return self.happened.occurred

    @property
    def stands(self) -> bool:
        return self.undone is None


def acceptances(world: Sequence[Happened], applications: Iterable[UUID]) -> list[Acceptance]:
    """Of these application ids, which are one application, in order."""
    ours = set(applications)
    found: list[Acceptance] = []
    hired: list[CandidateHired] = []
    for happened in world:
        if getattr(happened.event, "application_id", None) not in ours:
            continue
        match happened.event:
            case OfferAccepted() as event:
                found.append(Acceptance(happened, event))
            case AcceptedWithoutSeat() as event:
                for acceptance in _of_offer(found, event.offer_id):
                    acceptance.without_seat = True
            case OfferReneged() | OfferRescinded() as event:
                _undo(_of_offer(found, event.offer_id), happened)
            case CandidateHired() as event:
                hired.append(event)
                for acceptance in _of_offer(found, event.offer_id):
                    acceptance.hired = acceptance.hired or happened.occurred
            case HireReversed() as event:
                its_own = [hire for hire in hired if hire.application_id == event.application_id]
                theirs = [one for one in found if one.offer.application_id == event.application_id]
                _undo(_of_offer(found, its_own[-1].offer_id) if its_own else theirs, happened)
                hired = [hire for hire in hired if hire not in its_own[-1:]]
    for happened in world:
        day = happened.event
        if isinstance(day, CandidateStarted | DidNotStart) and day.application_id in ours:
            for acceptance in _of_offer(found, day.offer_id):
                acceptance.missed = isinstance(day, DidNotStart)
                acceptance.started = None if acceptance.missed else happened.occurred
    return found


def last_standing(found: Sequence[Acceptance]) -> Acceptance | None:
    return next((acceptance for acceptance in reversed(found) if acceptance.stands), None)


def _of_offer(found: Sequence[Acceptance], offer: UUID) -> Sequence[Acceptance]:
    return [acceptance for acceptance in found if acceptance.offer.offer_id == offer]


def _undo(candidates: Sequence[Acceptance], by: Happened) -> None:
    if standing := last_standing(candidates):
        standing.undone = by
