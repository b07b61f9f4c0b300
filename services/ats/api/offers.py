"""/offers: what candidates are promised; and the hire that an acceptance leads to."""

import secrets
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ats.api.record_rule import jobs_seen
from services.ats.commands import offers as commands
from services.ats.domain.application import Undoing
from services.ats.domain.approval import APPROVAL
from services.ats.domain.offer import OFFER, Offer
from services.ats.projections import offers as projection
from shared.events.ats.offer import Pay
from shared.events.personal import Clear, clear, reveal
from shared.kit.context import new_id
from shared.kit.http.body import Body, Code, Time
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes
from shared.kit.refusals import Missing

router = APIRouter(prefix="/offers", tags=["offers"])
hires = APIRouter(prefix="/applications", tags=["applications"])

Reason = Annotated[Code, Field(examples=["salary_expectation"])]
Text = Annotated[str | None, Field(max_length=4000)]
Level = Annotated[str | None, Field(min_length=1, max_length=60)]


class Amount(Body):
    amount: int = Field(ge=0, le=10**12, description="In minor units, such as cents", examples=[7_000_000])
    currency: str = Field(pattern="^[A-Z]{3}$", examples=["EUR"])


class PromisedPay(Body):
    base: Amount
    per: Literal["year", "month", "hour"] = "year"
    bonus: Amount | None = Field(default=None, description="Per year")
    equity: str | None = Field(default=None, max_length=500, description="As the letter words it")

    def sealed(self) -> Clear[Pay]:
        return Clear(Pay.model_validate(self.model_dump()))


class NewOffer(Body):
    application_id: UUID
    opening_id: UUID | None = Field(default=None, description="A seat of the job; by default one that is free")
    pay: PromisedPay | None = None
    level: Level = None
    start_date: date | None = None


class Revision(Body):
    """Only what is given changes; pay and level need a new round of approvals."""

    opening_id: UUID | None = None
    pay: PromisedPay | None = None
    level: Level = None
    start_date: date | None = None


class Submission(Body):
    chain_id: UUID = Field(description="The approval chain that decides")


class Extension(Body):
    expires: Time | None = Field(default=None, description="Until when it can be accepted")


class Acceptance(Body):
    start_date: date | None = Field(default=None, description="The one agreed on, where it is not the offered one")


class Refusal(Body):
    reason: Reason | None = None
    note: Text = None


class Rescission(Body):
    reason: Reason
    note: Text = None


class Hire(Body):
    start_date: date | None = None


class Reversal(Body):
    cause: Undoing
    why: Text = None


@router.post("", status_code=201, operation_id="draft_offer", summary="Draft an offer")
async def draft(body: NewOffer, write: Write = writes("offers:write")) -> Receipt:
    # 128 bits that nobody can guess, so that the hash of the letter tells nothing of the pay.
    offer_id, facts = new_id(), {**_terms(body), "letter_reference": Clear(secrets.token_hex(16))}
    return await write.run(lambda unit: commands.draft_offer(unit, offer_id, **facts))


@router.post("/{offer_id}/revise", operation_id="revise_offer", summary="Make its next version")
async def revise(offer_id: UUID, body: Revision, write: Write = writes("offers:write")) -> Receipt:
    changes = {name: value for name, value in _terms(body).items() if value is not None}
    return await write.run(lambda unit: commands.revise_offer(unit, offer_id, changes))


@router.post("/{offer_id}/submit", operation_id="submit_offer", summary="Submit it for approval")
async def submit(offer_id: UUID, body: Submission, write: Write = writes("offers:write")) -> Receipt:
    requester = write.member.id
    return await write.run(lambda unit: commands.submit_offer(unit, offer_id, body.chain_id, requester))


@router.post("/{offer_id}/extend", operation_id="extend_offer", summary="Send it out, or give it a later deadline")
async def extend(offer_id: UUID, body: Extension, write: Write = writes("offers:write")) -> Receipt:
    return await write.run(lambda unit: commands.extend_offer(unit, offer_id, body.expires))


@router.post("/{offer_id}/accept", operation_id="accept_offer", summary="Record that the candidate accepted")
async def accept(offer_id: UUID, body: Acceptance, write: Write = writes("offers:write")) -> Receipt:
    return await write.run(lambda unit: commands.accept_offer(unit, offer_id, body.start_date))


@router.post("/{offer_id}/decline", operation_id="decline_offer", summary="Record that the candidate declined")
async def decline(offer_id: UUID, body: Refusal, write: Write = writes("offers:write")) -> Receipt:
    return await write.run(lambda unit: commands.decline_offer(unit, offer_id, body.reason, clear(body.note)))


@router.post("/{offer_id}/expire", operation_id="expire_offer", summary="Record that nobody answered in time")
async def expire(offer_id: UUID, write: Write = writes("offers:write")) -> Receipt:
    """Happens by itself at the deadline; by hand for history."""
    return await write.run(lambda unit: commands.expire_offer(unit, offer_id))


@router.post("/{offer_id}/rescind", operation_id="rescind_offer", summary="Take it back, also after an acceptance")
async def rescind(offer_id: UUID, body: Rescission, write: Write = writes("offers:write")) -> Receipt:
    return await write.run(lambda unit: commands.rescind_offer(unit, offer_id, body.reason, clear(body.note)))


@router.post("/{offer_id}/renege", operation_id="renege_offer", summary="Record that who accepted will not come")
async def renege(offer_id: UUID, body: Refusal, write: Write = writes("offers:write")) -> Receipt:
    return await write.run(lambda unit: commands.renege_offer(unit, offer_id, body.reason, clear(body.note)))


@router.get("", operation_id="list_offers", summary="List offers")
async def listing(pages: Pages, application_id: UUID | None = None, read: Read = reads("offers:read")) -> Items:
    query = projection.listed(application_id, await jobs_seen(read))
    rows = await pages.fetch(read.store.database, query, projection.TABLE.c.id)
    return Items(items=[dict(row._mapping) for row in rows])


@router.get("/{offer_id}", operation_id="get_offer", summary="Read an offer")
async def one(offer_id: UUID, read: Read = reads("offers:read")) -> dict[str, Any]:
    loaded = await read.load(OFFER, offer_id)
    seen = await jobs_seen(read)
    if seen is not None and loaded.state.job_id not in seen and not await _asked(read, loaded.state):
        raise Missing(f"There is no offer {offer_id}")
    return _shown(loaded.state, loaded.version, pay=read.caller.may("pay:read"))


@hires.post("/{application_id}/hire", operation_id="hire_candidate", summary="Hire who accepted an offer")
async def hire(application_id: UUID, body: Hire, write: Write = writes("applications:write")) -> Receipt:
    return await write.run(lambda unit: commands.hire_candidate(unit, application_id, body.start_date))


@hires.post("/{application_id}/reverse-hire", operation_id="reverse_hire", summary="Take a hire back")
async def reverse_hire(application_id: UUID, body: Reversal, write: Write = writes("applications:write")) -> Receipt:
    why = clear(body.why)
    return await write.run(lambda unit: commands.reverse_hire(unit, application_id, body.cause, why))


async def _asked(read: Read, state: Offer) -> bool:
    """Who decides on an offer sees it, whoever's job it is for."""
    if state.approval_id is None:
        return False
    round_ = (await read.store.load(APPROVAL, state.approval_id)).state
    return round_ is not None and any(read.caller.id in seats for seats in round_.seats)


def _terms(body: NewOffer | Revision) -> dict[str, Any]:
    return dict(body) | {"pay": body.pay and body.pay.sealed()}


def _shown(state: Offer, version: int, pay: bool) -> dict[str, Any]:
    terms = state.terms
    promised = reveal(terms.pay) if pay else None
    return {
        "id": state.id, "version": version, "application_id": state.application_id, "person_id": state.person_id,
        "job_id": state.job_id, "state": state.state, "offer_version": terms.version, "opening_id": terms.opening_id,
        "approval_id": state.approval_id, "level": terms.level, "start_date": state.start_date or terms.start_date,
        "expires": state.expires, "seated": state.seated, "pay": promised.model_dump() if promised else None,
    }  # fmt: skip
