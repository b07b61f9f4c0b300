"""Made-up offers: drafted, revised, extended, answered in every way, undone after the answer; hires too."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from shared.events.ats.application import CandidateHired, CandidateStarted, DidNotStart, HireReversed
from shared.events.ats.offer import (
    AcceptedWithoutSeat,
    OfferAccepted,
    OfferApproved,
    OfferDeadlineExtended,
    OfferDeclined,
    OfferDrafted,
    OfferExpired,
    OfferExtended,
    OfferReneged,
    OfferRescinded,
    OfferRevised,
)
from shared.events.ats.opening import OpeningFilled, OpeningReopened
from shared.events.event import Event
from tests.oracle.made_up.applying import Application
from tests.oracle.made_up.company import Company, Seat
from tests.oracle.made_up.scribe import Scribe

ANSWERS = ("accepted",) * 7 + ("declined", "expired", "expired", "rescinded", "revised")
State = Literal["drafted", "approved", "extended", "accepted", "declined", "expired", "over"]


@dataclass
class Offer:
    id: UUID
    application: Application
    job: UUID
    seat: Seat
    state: State = "drafted"
    version: int = 1

    def ids(self) -> dict[str, Any]:
        return {
            "offer_id": self.id,
            "application_id": self.application.id,
            "person_id": self.application.person,
            "job_id": self.job,
            "version": self.version,
        }


@dataclass
class Offering:
    scribe: Scribe
    company: Company
    offers: list[Offer] = field(default_factory=list)

    def of(self, application: Application) -> Offer | None:
        """The one that is not over; there is never more than one."""
        return next((o for o in self.offers if o.application is application and o.state != "over"), None)

    def tell(self, offer: Offer, state: State, *events: Event) -> None:
        offer.state = state
        offer.application.offer_out = state == "extended"
        self.scribe.tell(*events, after=[offer.application.stream, f"offer-{offer.id}"])

    def go_on(self, application: Application) -> None:
        """One step of an offer to somebody who is active."""
        offer = self.of(application)
        if offer and offer.job != application.job.id:
            # It was for the job that they were in before; a new one would be drafted.
            offer.state = "over"
            offer = None
        match offer:
            case None:
                self._draft(application)
            case Offer(state="drafted"):
                self.tell(offer, "approved", OfferApproved(**offer.ids()))
            case Offer(state="approved") if self.scribe.one_in(6):
                self._revise(offer)
            case Offer(state="approved"):
                self._extend(offer)
            case Offer(state="extended"):
                self._answer(offer)
            case Offer(state="expired") if self.scribe.one_in(2):
                expires = self.scribe.now + timedelta(days=5)
                self.tell(offer, "extended", OfferDeadlineExtended(**offer.ids(), expires=expires))
            case Offer(state="declined" | "expired") if self.scribe.one_in(2):
                self._revise(offer)
            case Offer(state="declined" | "expired"):
                offer.state = "over"
                self._draft(application)

    def _draft(self, application: Application) -> None:
        seats = [seat for seat in self.company.seats if not seat.closed]
        if application.is_lead or not seats:
            return
        free = [seat for seat in seats if seat.filled is None] or seats
        seat = self.scribe.one_of((*free * 2, *seats))
        offer = Offer(self.scribe.new("offer"), application, application.job.id, seat)
        application.offered += 1
        self.offers.append(offer)
        drafted = OfferDrafted(**offer.ids(), opening_id=seat.id)
        if self.scribe.one_in(4):
            self.tell(offer, "drafted", drafted)
        else:
            self.tell(offer, "approved", drafted, OfferApproved(**offer.ids()))
            self._extend(offer)

    def _revise(self, offer: Offer) -> None:
        offer.version += 1
        terms = {**offer.ids(), "opening_id": offer.seat.id, "changed": ("pay",), "voids_approvals": True}
        self.tell(offer, "drafted", OfferRevised.model_validate(terms))

    def _extend(self, offer: Offer) -> None:
        if offer.application.job.requisition.state == "approved" and not offer.seat.closed:
            expires = self.scribe.now + timedelta(days=7)
            self.tell(offer, "extended", OfferExtended(**offer.ids(), opening_id=offer.seat.id, expires=expires))

    def _answer(self, offer: Offer) -> None:
        match self.scribe.one_of(ANSWERS):
            case "accepted":
                self._accept(offer)
            case "declined":
                self.tell(offer, "declined", OfferDeclined(**offer.ids(), cause="declined"))
            case "expired":
                self.tell(offer, "expired", OfferExpired(**offer.ids()))
            case "rescinded":
                self.tell(offer, "over", OfferRescinded(**offer.ids(), accepted=False, reason="budget"))
            case _:
                self._revise(offer)

    def _accept(self, offer: Offer) -> None:
        offer.application.state = "accepted"
        events: list[Event] = [OfferAccepted(**offer.ids(), opening_id=offer.seat.id)]
        if offer.seat.filled or offer.seat.closed:
            events.append(AcceptedWithoutSeat(**offer.ids(), opening_id=offer.seat.id))
        else:
            offer.seat.filled = offer.id
            events.append(OpeningFilled(**self._seat(offer), job_id=offer.job))
        self.tell(offer, "accepted", *events)

    def _seat(self, offer: Offer) -> dict[str, Any]:
        return {
            "opening_id": offer.seat.id,
            "requisition_id": offer.seat.requisition.id,
            "application_id": offer.application.id,
            "offer_id": offer.id,
        }

    def hire(self, application: Application) -> None:
        if offer := self.of(application):
            application.state = "hired"
            ids = {"application_id": application.id, "person_id": application.person, "job_id": offer.job}
            ids |= {"opening_id": offer.seat.id, "offer_id": offer.id}
            self.scribe.tell(CandidateHired.model_validate(ids), after=[f"offer-{offer.id}"])

    def first_day(self, application: Application) -> None:
        """Whether they came to work; and it may turn out to be otherwise."""
        if offer := self.of(application):
            ids = {"application_id": application.id, "person_id": application.person, "job_id": offer.job}
            ids |= {"opening_id": offer.seat.id, "offer_id": offer.id}
            came = not self.scribe.one_in(3)
            told = CandidateStarted.model_validate(ids) if came else DidNotStart.model_validate(ids)
            self.scribe.tell(told, after=[f"offer-{offer.id}"])

    def undo(self, application: Application) -> None:
        """They do not come, or we take it back; after a hire that is reversed in the same transaction."""
        offer = self.of(application)
        if offer is None:
            return
        causes: Sequence[str] = ("reneged", "rescinded")
        cause = self.scribe.one_of((*causes, "did_not_start", "mistake") if application.state == "hired" else causes)
        events: list[Event] = []
        if cause == "reneged":
            events.append(OfferReneged(**offer.ids()))
        if cause == "rescinded":
            events.append(OfferRescinded(**offer.ids(), accepted=True, reason="budget"))
        if application.state == "hired":
            ids = {"application_id": application.id, "person_id": application.person, "opening_id": offer.seat.id}
            events.append(HireReversed.model_validate({**ids, "cause": cause}))
        if offer.seat.filled == offer.id:
            offer.seat.filled = None
            events.append(OpeningReopened.model_validate({**self._seat(offer), "cause": cause}))
        application.state = "active"
        self.tell(offer, "over", *(reversed(events) if self.scribe.one_in(2) else events))

    def take_back(self, application: Application, withdrawn: bool) -> Sequence[Event]:
        """What is told of an offer that is out when its application is closed."""
        offer = self.of(application)
        if offer is None or offer.state != "extended":
            return []
        application.offer_out = False
        offer.state = "declined" if withdrawn else "over"
        if withdrawn:
            return [OfferDeclined(**offer.ids(), cause="withdrawn")]
        return [OfferRescinded(**offer.ids(), accepted=False, reason="rejected")]
