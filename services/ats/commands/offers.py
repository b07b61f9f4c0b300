"""Commands on offers and on the hire that follows; the seat, the hire and the deadline move with them."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from services.ats.commands.approvals import chain_for, request_approval
from services.ats.commands.interviews import active_application
from services.ats.domain import application, approval, offer, opening
from services.ats.domain.application import APPLICATION, Undoing
from services.ats.domain.approval import APPROVAL
from services.ats.domain.job import JOB
from services.ats.domain.offer import OFFER, NoAcceptedOffer, NoFreeSeat, Offer, OfferForOtherJob, OfferUnderWay
from services.ats.domain.opening import OPENING
from services.ats.domain.requisition import REQUISITION
from services.ats.projections.offers import accepted_offer_of, free_seats, live_offer_of, open_offer_of
from shared.events.ats.approval import ApprovalRequested
from shared.events.ats.offer import OfferDrafted, OfferEvent
from shared.events.personal import Personal, reveal
from shared.kit.context import new_id
from shared.kit.refusals import Invalid
from shared.kit.unit import Unit

Note = Personal[str, Any] | None
Decide = Callable[[Offer], Sequence[OfferEvent]]


async def draft_offer(
    unit: Unit, offer_id: UUID, application_id: UUID, opening_id: UUID | None, **terms: Any
) -> None:  # fmt: skip
    """`terms` are those of OfferDrafted that the caller decides; without an opening a free seat is chosen."""
    applicant = await active_application(unit, application_id)
    for row in await unit.rows(live_offer_of(application_id, applicant.job_id)):
        raise OfferUnderWay(f"Offer {row.id} is the one for this application")
    facts = OfferDrafted(
        offer_id=offer_id, application_id=application_id, person_id=applicant.person_id, job_id=applicant.job_id,
        version=1, opening_id=await _seat(unit, applicant.job_id, opening_id), **terms,
    )  # fmt: skip
    await unit.start(OFFER, offer_id, offer.draft(facts))


async def revise_offer(unit: Unit, offer_id: UUID, changes: dict[str, Any]) -> None:
    """The version before ends with it: its seat is free again, an open round on what was changed is void."""
    before = await unit.require(OFFER, offer_id)
    if "opening_id" in changes:
        await _seat(unit, before.job_id, changes["opening_id"])
    after = await unit.update(OFFER, offer_id, lambda state: offer.revise(state, changes))
    if before.state == "extended" and after is not before:
        await _release(unit, before, "revised")
    if before.state == "in_approval" and after.state == "draft":
        await unit.update(APPROVAL, before.approval_id, lambda state: approval.void(state, "revised"))


async def submit_offer(unit: Unit, offer_id: UUID, chain_id: UUID, requester: UUID) -> None:
    """Asks for a round of approvals by the groups of the chain that apply."""
    approval_id = new_id()
    submitted = await unit.update(OFFER, offer_id, lambda state: offer.submit(state, approval_id))
    await active_application(unit, submitted.application_id)
    job = await unit.require(JOB, submitted.job_id)
    requisition = await unit.require(REQUISITION, job.requisition_id)
    chain = await chain_for(unit, chain_id, "offer")
    above_band = offer.above_band(submitted.terms, reveal(requisition.terms.band))
    level = submitted.terms.level or job.terms.level
    await request_approval(
        unit,
        ApprovalRequested(
            approval_id=approval_id,
            anchor_id=submitted.person_id,
            anchor_purpose=f"application-{submitted.application_id}",
            subject="offer",
            subject_id=offer_id,
            subject_version=submitted.terms.version,
            job_id=submitted.job_id,
            chain_id=chain.id,
            chain_version=chain.version,
            round=submitted.rounds,
            groups=chain.groups_for(job.terms.department, level, above_band),
            requester=requester,
            carry=chain.carry,
            own_request=chain.own_request,
        ),
    )


async def extend_offer(unit: Unit, offer_id: UUID, expires: datetime | None) -> None:
    """Reserves the seat until the answer; also gives an offer that is out, or has expired, a later deadline."""
    # Always in this order, the wider first, so that two never wait for each other.
    job_id = (await unit.require(OFFER, offer_id)).job_id
    await unit.beside(REQUISITION, (await unit.require(JOB, job_id)).requisition_id)
    await unit.beside(JOB, job_id)
    before = await _alone(unit, offer_id)
    applicant = await active_application(unit, before.application_id)
    if applicant.job_id != before.job_id:
        raise OfferForOtherJob("The offer is for the job that the application was to before")
    job = await unit.require(JOB, before.job_id)
    held = (await unit.require(REQUISITION, job.requisition_id)).state in ("held", "closed")
    extended = await unit.update(OFFER, offer_id, lambda state: offer.extend(state, expires, unit.occurred, held))
    await unit.update(
        OPENING, extended.terms.opening_id,
        lambda state: opening.reserve(state, applicant.id, offer_id, job.terms.over_offering),
    )  # fmt: skip


async def accept_offer(unit: Unit, offer_id: UUID, start_date: date | None) -> None:
    before = await _alone(unit, offer_id)
    seat = await unit.require(OPENING, before.terms.opening_id)
    accepted = await unit.update(OFFER, offer_id, lambda state: offer.accept(state, start_date, not seat.taken))
    if accepted is before:
        return
    if accepted.seated:
        await unit.append(OPENING, seat.id, opening.fill(seat, accepted.job_id, accepted.application_id, offer_id))


async def decline_offer(
    unit: Unit, offer_id: UUID, reason: str | None, note: Note, cause: Literal["declined", "withdrawn"] = "declined"
) -> None:
    await _take_back(unit, offer_id, "declined", lambda state: offer.decline(state, cause, reason, note))


async def expire_offer(unit: Unit, offer_id: UUID) -> None:
    await _take_back(unit, offer_id, "expired", lambda state: offer.expire(state, unit.occurred))


async def expire_offer_at_deadline(unit: Unit, offer_id: UUID) -> None:
    """Fired at the deadline."""
    await _take_back(unit, offer_id, "expired", lambda state: offer.lapse(state, unit.occurred))


async def rescind_offer(unit: Unit, offer_id: UUID, reason: str, note: Note) -> None:
    before = await _alone(unit, offer_id)
    after = await unit.update(OFFER, offer_id, lambda state: offer.rescind(state, reason, note))
    if before.state == "accepted":
        await _undo(unit, before, "rescinded", note)
    elif after is not before:
        await _release(unit, before, "rescinded")


async def renege_offer(unit: Unit, offer_id: UUID, reason: str | None, note: Note) -> None:
    before = await _alone(unit, offer_id)
    await unit.update(OFFER, offer_id, lambda state: offer.renege(state, reason, note))
    if before.state == "accepted":
        await _undo(unit, before, "reneged", note)


async def decline_open_offer(unit: Unit, application_id: UUID, cause: Literal["withdrawn"] = "withdrawn") -> None:
    """For an application that is being withdrawn: an offer that is out is answered by it, and first."""
    for row in await unit.rows(open_offer_of(application_id)):
        await decline_offer(unit, row.id, None, None, cause)


async def hire_candidate(unit: Unit, application_id: UUID, start_date: date | None) -> None:
    """An acceptance that found no seat takes a free one now."""
    await unit.alone(APPLICATION, application_id)
    await unit.about(APPLICATION, application_id)
    current = await unit.require(APPLICATION, application_id)
    rows = await unit.rows(accepted_offer_of(application_id))
    if not rows:
        raise NoAcceptedOffer("No acceptance of this application stands")
    accepted = await unit.require(OFFER, rows[0].id)
    start = start_date or accepted.start_date
    seat = accepted.terms.opening_id
    if current.state == "active" and not accepted.seated:
        seat = await _fill_a_seat(unit, accepted)
    await unit.append(APPLICATION, application_id, application.hire(current, seat, accepted.id, start))


async def reverse_hire(unit: Unit, application_id: UUID, cause: Undoing, why: Note) -> None:
    """Ends the offer with the hire: whoever comes back later comes by an offer of its own."""
    await unit.alone(APPLICATION, application_id)
    await unit.about(APPLICATION, application_id)
    current = await unit.require(APPLICATION, application_id)
    if current.offer_id is None:
        raise application.NotHired(f"The application is {current.state}")
    before = await unit.require(OFFER, current.offer_id)
    if cause in ("reneged", "did_not_start"):
        await unit.append(OFFER, before.id, offer.renege(before, cause, why))
    else:
        await unit.append(OFFER, before.id, offer.rescind(before, cause, why))
    await _undo(unit, before, cause, why)


async def _alone(unit: Unit, offer_id: UUID) -> Offer:
    """What follows from an offer's answer depends on its application, and the other way round."""
    await unit.alone(APPLICATION, (await unit.require(OFFER, offer_id)).application_id)
    return await unit.require(OFFER, offer_id)


async def _take_back(unit: Unit, offer_id: UUID, cause: Literal["declined", "expired"], decide: Decide) -> None:
    before = await unit.require(OFFER, offer_id)
    if await unit.update(OFFER, offer_id, decide) is not before:
        await _release(unit, before, cause)


async def _release(
    unit: Unit, before: Offer, cause: Literal["declined", "expired", "rescinded", "revised"]
) -> None:  # fmt: skip
    await unit.update(OPENING, before.terms.opening_id, lambda state: opening.release(state, before.id, cause))


async def _undo(unit: Unit, accepted: Offer, cause: Undoing, why: Note) -> None:
    """Takes back what followed from an acceptance: the hire, if there was one, and the seat, if it had one."""
    current = await unit.require(APPLICATION, accepted.application_id)
    seat = accepted.terms.opening_id
    if current.offer_id == accepted.id and current.opening_id is not None:
        seat = current.opening_id
        await unit.append(APPLICATION, current.id, application.reverse_hire(current, cause, why))
    await unit.update(OPENING, seat, lambda state: opening.reopen(state, accepted.id, cause))
    # An acceptance without a seat may still hold its place on the one that it named.
    await unit.update(
        OPENING, accepted.terms.opening_id, lambda state: opening.release(state, accepted.id, "rescinded")
    )


async def _fill_a_seat(unit: Unit, accepted: Offer) -> UUID:
    """The seat that was named, if it is free again, else another one of the job."""
    named = await unit.require(OPENING, accepted.terms.opening_id)
    of = await _seat(unit, accepted.job_id, None) if named.taken else named.id
    if of != named.id:
        await unit.append(OPENING, named.id, opening.release(named, accepted.id, "revised"))
    await unit.update(
        OPENING, of, lambda state: opening.fill(state, accepted.job_id, accepted.application_id, accepted.id)
    )
    return of


async def _seat(unit: Unit, job_id: UUID, opening_id: UUID | None) -> UUID:
    """The one that was named, which must be one of the job's; else a free one."""
    if opening_id is None:
        rows = await unit.rows(free_seats(job_id))
        if not rows:
            raise NoFreeSeat("Every seat of the job is reserved, filled or closed")
        free: UUID = rows[0].id
        return free
    seat = await unit.require(OPENING, opening_id)
    if job_id not in seat.jobs:
        raise Invalid("The opening is no seat of the application's job", "choose one of the job's openings")
    return seat.id
