"""One seat of a requisition: open, reserved by the offers that are out, filled by an acceptance, closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal
from uuid import UUID, uuid5

from shared.events.ats.opening import (
    STREAM,
    OpeningClosed,
    OpeningEvent,
    OpeningFilled,
    OpeningOpened,
    OpeningReleased,
    OpeningReopened,
    OpeningReserved,
    OpeningRetargeted,
)
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Refusal

State = Literal["open", "reserved", "filled", "closed"]


class HeadcountReached(Refusal):
    slug, title = "headcount-reached", "The requisition has no more seats"
    next_step = "revise its headcount, or close a seat"


class SeatReserved(Refusal):
    slug, title = "seat-reserved", "Another offer holds this seat"


class SeatTaken(Refusal):
    slug, title = "seat-taken", "The seat is filled or closed"
    next_step = "choose another opening, or open a seat"


class SeatFilled(Refusal):
    slug, title = "seat-filled", "A filled seat can't be closed"
    next_step = "reverse the hire first"


@dataclass(frozen=True)
class Opening:
    """`reservations`: offer that is out → its application. `filled_by`: application and offer of the acceptance."""

    id: UUID
    requisition_id: UUID
    jobs: tuple[UUID, ...]
    kind: Literal["new", "replacement"]
    target_date: date | None
    reservations: Mapping[UUID, UUID] = field(default_factory=dict)
    filled_by: tuple[UUID, UUID] | None = None
    closed_because: str | None = None

    @property
    def state(self) -> State:
        if self.closed_because is not None:
            return "closed"
        if self.filled_by is not None:
            return "filled"
        return "reserved" if self.reservations else "open"

    @property
    def taken(self) -> bool:
        """No acceptance can fill it any more."""
        return self.state in ("filled", "closed")


def seat_id(requisition_id: UUID, number: int) -> UUID:
    """Of a requisition's n-th seat, counted from 1: two requests that open the same one are kept apart by its id."""
    return uuid5(requisition_id, f"seat-{number}")


def seats_to_open(headcount: int, seats: int, wanted: int | None = None) -> int:
    """How many to open where `seats` are open or filled already: what is wanted, or else all that are left."""
    left = headcount - seats
    if left < 1 or (wanted or 0) > left:
        raise HeadcountReached(f"{seats} of the {headcount} seats are open or filled")
    return wanted or left


def open_seat(facts: OpeningOpened) -> Sequence[OpeningEvent]:
    return [facts]


def reserve(
    state: Opening, application_id: UUID, offer_id: UUID, over_offering: bool = False
) -> Sequence[OpeningEvent]:
    """For an offer that goes out. With `over_offering` a seat may be held by several: the first acceptance fills it."""
    if offer_id in state.reservations:
        return []
    if state.taken:
        raise SeatTaken(f"The seat is {state.state}")
    if state.reservations and not over_offering:
        holder = next(iter(state.reservations))
        raise SeatReserved(
            f"The seat is reserved by offer {holder}", f"open a seat, rescind offer {holder}, or allow over-offering"
        )
    return [OpeningReserved(**_of(state), application_id=application_id, offer_id=offer_id)]


def release(
    state: Opening, offer_id: UUID, cause: Literal["declined", "expired", "rescinded", "revised"]
) -> Sequence[OpeningEvent]:
    if offer_id not in state.reservations:
        return []
    return [OpeningReleased(**_of(state), offer_id=offer_id, cause=cause)]


def fill(state: Opening, job_id: UUID, application_id: UUID, offer_id: UUID) -> Sequence[OpeningEvent]:
    """Raises SeatTaken; whoever records an acceptance asks `taken` first, for that is never refused."""
    if state.filled_by == (application_id, offer_id):
        return []
    if state.taken:
        raise SeatTaken(f"The seat is {state.state}")
    return [OpeningFilled(**_of(state), job_id=job_id, application_id=application_id, offer_id=offer_id)]


def reopen(
    state: Opening, offer_id: UUID, cause: Literal["reneged", "rescinded", "did_not_start", "mistake"]
) -> Sequence[OpeningEvent]:
    """The acceptance that filled it came to nothing; one that found no seat reopens none."""
    if state.filled_by is None or state.filled_by[1] != offer_id:
        return []
    return [OpeningReopened(**_of(state), application_id=state.filled_by[0], offer_id=offer_id, cause=cause)]


def close(state: Opening, reason: str) -> Sequence[OpeningEvent]:
    if state.state == "closed":
        return []
    if state.state == "filled":
        raise SeatFilled("Somebody was won for this seat")
    if state.reservations:
        holder = next(iter(state.reservations))
        raise SeatReserved(f"The seat is reserved by offer {holder}", f"rescind offer {holder} first")
    return [OpeningClosed(**_of(state), reason=reason)]


def evolve(state: Opening | None, event: OpeningEvent) -> Opening:
    match state, event:
        case None, OpeningOpened():
            return Opening(event.opening_id, event.requisition_id, event.jobs, event.kind, event.target_date)
        case Opening(), OpeningRetargeted():
            return replace(state, target_date=event.new)
        case Opening(), OpeningReserved():
            return replace(state, reservations={**state.reservations, event.offer_id: event.application_id})
        case Opening(), OpeningReleased():
            return replace(state, reservations=_without(state, event.offer_id))
        case Opening(), OpeningFilled():
            filled_by = (event.application_id, event.offer_id)
            return replace(state, filled_by=filled_by, reservations=_without(state, event.offer_id))
        case Opening(), OpeningReopened():
            return replace(state, filled_by=None)
        case Opening(), OpeningClosed():
            return replace(state, closed_because=event.reason)
    raise CorruptStream(state, event)


def _without(state: Opening, offer_id: UUID) -> dict[UUID, UUID]:
    return {offer: application for offer, application in state.reservations.items() if offer != offer_id}


def _of(state: Opening) -> dict[str, UUID]:
    return {"opening_id": state.id, "requisition_id": state.requisition_id}


OPENING = Aggregate(STREAM, evolve)
