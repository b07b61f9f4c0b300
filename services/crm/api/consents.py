"""/prospects/{id}/consents: on which basis a person may be stored or written to."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.crm.api.words import Word
from services.crm.commands import consents as commands
from services.crm.domain.consent import CONSENT, Consent
from services.crm.domain.prospect import PROSPECT
from shared.events.crm.consent import ConsentEnded, ConsentGranted, ConsentPurpose
from shared.kit.context import now
from shared.kit.http.body import Body, Time
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes

router = APIRouter(prefix="/prospects/{person_id}/consents", tags=["consents"])


class Grant(Body):
    purpose: ConsentPurpose
    basis: Literal["consent", "legitimate_interest", "soft_opt_in"]
    until: Time | None = Field(default=None, description="For ever, where not given")
    channel: Word = Field(examples=["form"], description="How it was given")
    assessment: Word | None = Field(default=None, description="Its id; needed for a legitimate interest")


class End(Body):
    purpose: ConsentPurpose
    cause: Literal["objected", "withdrawn", "expired"] = Field(description="objected beats every basis")
    channel: Word


@router.post("", status_code=201, operation_id="grant_consent", summary="Record a basis for storing or contact")
async def grant(person_id: UUID, body: Grant, write: Write = writes("consents:write")) -> Receipt:
    facts = ConsentGranted(person_id=person_id, **dict(body))
    return await write.run(lambda unit: commands.grant_consent(unit, facts))


@router.post("/end", operation_id="end_consent", summary="Record an objection, or the end of a basis")
async def end(person_id: UUID, body: End, write: Write = writes("consents:write")) -> Receipt:
    facts = ConsentEnded(person_id=person_id, **dict(body))
    return await write.run(lambda unit: commands.end_consent(unit, facts))


@router.get("", operation_id="list_consents", summary="Read the bases of a person, per purpose")
async def listing(person_id: UUID, read: Read = reads("prospects:read")) -> Items:
    await read.load(PROSPECT, person_id)
    state = (await read.store.load(CONSENT, person_id)).state
    if state is None:
        return Items(items=[])
    return Items(items=[_shown(state, purpose, now()) for purpose in sorted({*state.granted, *state.ended})])


def _shown(state: Consent, purpose: ConsentPurpose, at: datetime) -> dict[str, Any]:
    granted, ended = state.granted.get(purpose), state.ended.get(purpose)
    return {
        "purpose": purpose, "live": state.basis(purpose, at) is not None, "objected": purpose in state.objected,
        **(granted.model_dump(include={"basis", "until", "channel", "assessment"}) if granted else {}),
        **({"ended": ended.cause, "channel": ended.channel} if ended and not granted else {}),
    }  # fmt: skip
