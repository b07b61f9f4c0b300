"""offer: what a candidate is promised; versions of it are approved, extended and answered."""

from datetime import date
from typing import Literal
from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Part, Stream
from shared.events.personal import OfApplication, Personal
from shared.events.values import Moment, Money

STREAM = Stream(service="ats", category="offer", key="person_id")


class Pay(Part):
    """`bonus` is per year; `equity` is as the letter words it."""

    base: Money
    per: Literal["year", "month", "hour"] = "year"
    bonus: Money | None = None
    equity: str | None = None


@correctable(STREAM)
class OfferEvent(Event):
    """Of stream offer-{offer_id}. `version` is the offer's own, counted from 1."""

    offer_id: UUID
    application_id: UUID
    person_id: UUID
    job_id: UUID
    version: int


class OfferTerms(OfferEvent):
    """What is offered, whole each time; pay and start date are absent only in imported history.

    `letter_reference`: random, and part of the letter, so that the letter's hash tells nothing of the pay.
    """

    opening_id: UUID
    pay: Personal[Pay, OfApplication] | None = None
    level: str | None = None
    start_date: date | None = None
    letter_reference: Personal[str, OfApplication] | None = None


@STREAM.event("drafted")
class OfferDrafted(OfferTerms):
    pass


@STREAM.event("revised")
class OfferRevised(OfferTerms):
    """`voids_approvals`: a field that the approvers decided on is among `changed`."""

    changed: tuple[str, ...]
    voids_approvals: bool


@STREAM.event("submitted")
class OfferSubmitted(OfferEvent):
    approval_id: UUID


@STREAM.event("approved")
class OfferApproved(OfferEvent):
    """`approval_id`: the round that decided; absent in imported history."""

    approval_id: UUID | None = None


@STREAM.event("approval-rejected")
class OfferApprovalRejected(OfferEvent):
    approval_id: UUID


@STREAM.event("extended")
class OfferExtended(OfferEvent):
    opening_id: UUID
    expires: Moment | None = None


@STREAM.event("deadline-extended")
class OfferDeadlineExtended(OfferEvent):
    expires: Moment


@STREAM.event("accepted")
class OfferAccepted(OfferEvent):
    """`letter_hash`: SHA-256 of the letter that was accepted, in hex; absent in imported history."""

    opening_id: UUID
    start_date: date | None = None
    letter_hash: str | None = None


@STREAM.event("accepted-without-seat")
class AcceptedWithoutSeat(OfferEvent):
    """The acceptance stands, but another offer had filled the seat: add one or rescind."""

    opening_id: UUID


@STREAM.event("declined")
class OfferDeclined(OfferEvent):
    """`withdrawn`: the application was, with this offer out."""

    cause: Literal["declined", "withdrawn"]
    reason: str | None = None
    note: Personal[str, OfApplication] | None = None


@STREAM.event("expired")
class OfferExpired(OfferEvent):
    pass


@STREAM.event("rescinded")
class OfferRescinded(OfferEvent):
    """We took it back, before the answer or after an acceptance."""

    accepted: bool
    reason: str
    note: Personal[str, OfApplication] | None = None


@STREAM.event("reneged")
class OfferReneged(OfferEvent):
    """They had accepted, and will not come."""

    reason: str | None = None
    note: Personal[str, OfApplication] | None = None
