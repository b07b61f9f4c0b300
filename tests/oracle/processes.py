"""Offer processes: all offers of one application in one attempt to hire, and what came of them (rules D8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.events.ats.offer import (
    OfferAccepted,
    OfferDeadlineExtended,
    OfferDeclined,
    OfferEvent,
    OfferExpired,
    OfferExtended,
    OfferReneged,
    OfferRescinded,
)
from tests.oracle.applications import Application
from tests.oracle.happened import Happened, of_type
from tests.oracle.pasts import Past

Outcome = Literal["accepted", "declined", "expired", "rescinded"]


@dataclass(frozen=True)
class Process:
    """`offer` is the last one extended, or the last one at all; no `outcome` is pending, if it was extended."""

    application: Application
    offer: OfferEvent
    extended: Happened | None
    first_offer: OfferEvent
    outcome: Outcome | None = None
    decided: datetime | None = None
    reneged: bool = False


def processes(seen: Past) -> Sequence[Process]:
    return [process for application in seen.applications for process in _of(seen, application)]


def _of(seen: Past, application: Application) -> Sequence[Process]:
    told = [(h, event) for h, event in of_type(seen.world, OfferEvent) if event.application_id in application.ids]
    undone = [acceptance.undone for acceptance in application.acceptances if acceptance.undone]
    attempts: dict[UUID, int] = {}
    for happened, event in told:
        before = sum(seen.world.index(undoing) < seen.world.index(happened) for undoing in undone)
        attempts.setdefault(event.offer_id, before)
    numbers = sorted(set(attempts.values()))
    return [_process(application, [(h, e) for h, e in told if attempts[e.offer_id] == number]) for number in numbers]


def _process(application: Application, told: Sequence[tuple[Happened, OfferEvent]]) -> Process:
    extensions = [(happened, event) for happened, event in told if isinstance(event, OfferExtended)]
    if not extensions:
        return Process(application, told[-1][1], None, told[0][1])
    last, offer = extensions[-1]
    answers = [(h, event) for h, event in told[told.index((last, offer)) :] if event.offer_id == offer.offer_id]
    outcome: Outcome | None = None
    decided: datetime | None = None
    for happened, event in answers:
        match event:
            case OfferAccepted() if outcome != "accepted":
                outcome, decided = "accepted", happened.occurred
            case OfferDeclined():
                outcome, decided = "declined", happened.occurred
            case OfferExpired():
                outcome, decided = "expired", happened.occurred
            case OfferDeadlineExtended() if outcome == "expired":
                outcome, decided = None, None
            case OfferRescinded() if outcome != "accepted":
                outcome, decided = "rescinded", happened.occurred
    reneged = outcome == "accepted" and any(isinstance(event, OfferReneged) for _, event in answers)
    return Process(application, offer, extensions[0][0], extensions[0][1], outcome, decided, reneged)
