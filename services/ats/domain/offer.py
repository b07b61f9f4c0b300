"""What a candidate is promised, version by version: drafted, approved, extended, answered; sometimes undone."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from shared.events.ats.offer import (
    STREAM,
    AcceptedWithoutSeat,
    OfferAccepted,
    OfferApprovalRejected,
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
    OfferSubmitted,
    OfferTerms,
)
from shared.events.ats.requisition import Band
from shared.events.personal import Personal, reveal
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Refusal

State = Literal[
    "draft", "in_approval", "approved", "extended", "accepted", "declined", "expired", "rescinded", "reneged"
]
RETRIGGERING = frozenset({"pay", "level"})
TERMS = frozenset({"opening_id", "pay", "level", "start_date", "letter_reference"})


class OfferNotInState(Refusal):
    slug, title = "offer-state", "The offer is not in the state for this"
    next_step = "read the offer and look at its state"


class OfferUnderWay(Refusal):
    slug, title = "offer-under-way", "There is an offer for this application already"
    next_step = "revise that one, or rescind it first"


class DeadlineNotUsable(Refusal):
    status, slug, title = 422, "offer-deadline", "The candidate could not answer by then"
    next_step = "give a deadline that lies later"


class OfferNotDue(Refusal):
    slug, title = "offer-not-due", "The candidate still has time to answer"
    next_step = "wait until the deadline has passed, or rescind the offer"


class OffersPaused(Refusal):
    slug, title = "requisition-held", "No offer may be extended on this requisition"
    next_step = "resume the requisition first"


class OfferForOtherJob(Refusal):
    slug, title = "offer-for-other-job", "The application was transferred to another job since"
    next_step = "draft an offer for the job that it is to now"


class NoFreeSeat(Refusal):
    slug, title = "no-free-seat", "The job has no free seat"
    next_step = "open a seat"


class NoAcceptedOffer(Refusal):
    slug, title = "no-accepted-offer", "Nobody is hired without an offer that they accepted"
    next_step = "extend an offer and record its acceptance first"


@dataclass(frozen=True)
class Offer:
    """`terms` are the newest version's, whole; `approval_id` is the newest round's, `rounds` how many there were.

    `start_date` is the one agreed on. `seated`: its acceptance filled a seat.
    """

    id: UUID
    application_id: UUID
    person_id: UUID
    job_id: UUID
    state: State
    terms: OfferTerms
    approval_id: UUID | None = None
    rounds: int = 0
    expires: datetime | None = None
    start_date: date | None = None
    seated: bool = False

    @property
    def ids(self) -> dict[str, Any]:
        """What each of its events begins with."""
        return {
            "offer_id": self.id, "application_id": self.application_id, "person_id": self.person_id,
            "job_id": self.job_id, "version": self.terms.version,
        }  # fmt: skip


def draft(facts: OfferDrafted) -> Sequence[OfferEvent]:
    return [facts]


def revise(state: Offer, changes: dict[str, Any]) -> Sequence[OfferEvent]:
    """The next version. Only what the approvers decided on needs a new round; the start date and the seat do not."""
    _require(state, "draft", "in_approval", "approved", "extended", "declined", "expired")
    changed = tuple(sorted(name for name, value in changes.items() if getattr(state.terms, name) != value))
    if not changed:
        return []
    voids = state.state != "draft" and bool(RETRIGGERING & set(changed))
    terms = {name: getattr(state.terms, name) for name in TERMS} | {name: changes[name] for name in changed}
    ids = state.ids | {"version": state.terms.version + 1}
    return [OfferRevised(**ids, **terms, changed=changed, voids_approvals=voids)]


def above_band(terms: OfferTerms, band: Band | None) -> bool:
    """Whether the base pay exceeds the requisition's band; not where the two can't be compared."""
    pay = reveal(terms.pay)
    if pay is None or band is None or (pay.base.currency, pay.per) != (band.currency, band.per):
        return False
    return pay.base.amount > band.high


def submit(state: Offer, approval_id: UUID) -> Sequence[OfferEvent]:
    _require(state, "draft")
    return [OfferSubmitted(**state.ids, approval_id=approval_id)]


def approve(state: Offer, approval_id: UUID) -> Sequence[OfferEvent]:
    _require(state, "in_approval")
    return [OfferApproved(**state.ids, approval_id=approval_id)]


def reject_approval(state: Offer, approval_id: UUID) -> Sequence[OfferEvent]:
    _require(state, "in_approval")
    return [OfferApprovalRejected(**state.ids, approval_id=approval_id)]


def extend(state: Offer, expires: datetime | None, at: datetime, held: bool) -> Sequence[OfferEvent]:
    """An approved version goes out; one that is out or has expired gets a later deadline, with no new approval."""
    _require(state, "approved", "extended", "expired")
    if state.state == "extended" and expires == state.expires:
        return []
    if held:
        raise OffersPaused("The requisition is held or closed")
    if expires is not None and expires <= at:
        raise DeadlineNotUsable("The deadline has passed when the offer goes out")
    if state.state == "approved":
        return [OfferExtended(**state.ids, opening_id=state.terms.opening_id, expires=expires)]
    if expires is None or (state.state == "extended" and (state.expires is None or expires < state.expires)):
        raise DeadlineNotUsable("The deadline would not be later than it is")
    return [OfferDeadlineExtended(**state.ids, expires=expires)]


def accept(state: Offer, start_date: date | None, seat_free: bool) -> Sequence[OfferEvent]:
    """Never refused while the version is out, not even after its deadline; a seat that is gone is a fact of its own."""
    if state.state == "accepted":
        return []
    _require(state, "extended")
    accepted = OfferAccepted(
        **state.ids, opening_id=state.terms.opening_id, start_date=start_date or state.terms.start_date,
        letter_hash=letter_hash(state.terms),
    )  # fmt: skip
    return [accepted] if seat_free else [accepted, AcceptedWithoutSeat(**state.ids, opening_id=accepted.opening_id)]


def decline(
    state: Offer, cause: Literal["declined", "withdrawn"], reason: str | None, note: Personal[str, Any] | None
) -> Sequence[OfferEvent]:
    if state.state == "declined":
        return []
    _require(state, "extended")
    return [OfferDeclined(**state.ids, cause=cause, reason=reason, note=note)]


def expire(state: Offer, at: datetime) -> Sequence[OfferEvent]:
    if state.state == "expired":
        return []
    _require(state, "extended")
    if state.expires is not None and at < state.expires:
        raise OfferNotDue(f"The deadline is {state.expires.isoformat()}")
    return [OfferExpired(**state.ids)]


def due(state: Offer) -> datetime | None:
    """When it expires by itself."""
    return state.expires if state.state == "extended" else None


def lapse(state: Offer, at: datetime) -> Sequence[OfferEvent]:
    """What the timer asks for: nothing where the offer was answered or its deadline moved."""
    due = state.state == "extended" and state.expires is not None and at >= state.expires
    return expire(state, at) if due else []


def rescind(state: Offer, reason: str, note: Personal[str, Any] | None) -> Sequence[OfferEvent]:
    if state.state == "rescinded":
        return []
    _require(state, "extended", "accepted")
    return [OfferRescinded(**state.ids, accepted=state.state == "accepted", reason=reason, note=note)]


def renege(state: Offer, reason: str | None, note: Personal[str, Any] | None) -> Sequence[OfferEvent]:
    if state.state == "reneged":
        return []
    _require(state, "accepted")
    return [OfferReneged(**state.ids, reason=reason, note=note)]


def letter(terms: OfferTerms) -> bytes | None:
    """What the candidate is promised, in the one form that is hashed; None where a part of it can't be read."""
    pay, reference = reveal(terms.pay), reveal(terms.letter_reference)
    if pay is None or reference is None:
        return None
    promised = terms.model_dump(mode="json", include={"offer_id", "person_id", "job_id", "version", "level"})
    promised |= {"start_date": terms.start_date and terms.start_date.isoformat(), "pay": pay.model_dump(mode="json")}
    promised |= {"reference": reference}
    return json.dumps(promised, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def letter_hash(terms: OfferTerms) -> str | None:
    """SHA-256 of the letter, in hex."""
    text = letter(terms)
    return None if text is None else hashlib.sha256(text).hexdigest()


def evolve(state: Offer | None, event: OfferEvent) -> Offer:
    match state, event:
        case None, OfferDrafted():
            return Offer(event.offer_id, event.application_id, event.person_id, event.job_id, "draft", event)
        case Offer(), OfferRevised():
            return replace(state, terms=event, state=_after_revision(state.state, event), expires=None)
        case Offer(), OfferSubmitted():
            return replace(state, state="in_approval", approval_id=event.approval_id, rounds=state.rounds + 1)
        case Offer(), OfferApproved():
            return replace(state, state="approved")
        case Offer(), OfferApprovalRejected():
            return replace(state, state="draft")
        case Offer(), OfferExtended() | OfferDeadlineExtended():
            return replace(state, state="extended", expires=event.expires)
        case Offer(), OfferAccepted():
            return replace(state, state="accepted", start_date=event.start_date, seated=True)
        case Offer(), AcceptedWithoutSeat():
            return replace(state, seated=False)
        case Offer(), OfferDeclined():
            return replace(state, state="declined")
        case Offer(), OfferExpired():
            return replace(state, state="expired")
        case Offer(), OfferRescinded():
            return replace(state, state="rescinded")
        case Offer(), OfferReneged():
            return replace(state, state="reneged")
    raise CorruptStream(state, event)


def _after_revision(before: State, event: OfferRevised) -> State:
    """The link to an older version dies; a version whose approvals stand can go out at once."""
    if event.voids_approvals:
        return "draft"
    return before if before in ("draft", "in_approval") else "approved"


def _require(state: Offer, *allowed: State) -> None:
    if state.state not in allowed:
        raise OfferNotInState(f"It is {state.state.replace('_', ' ')}; this needs it {' or '.join(allowed)}")


OFFER = Aggregate(STREAM, evolve)
