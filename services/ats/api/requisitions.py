"""/requisitions: the permission to hire."""

import re
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, field_validator

from services.ats.commands import requisitions as commands
from services.ats.domain.requisition import REQUISITION, Requisition
from services.ats.projections import requisitions as projection
from shared.events.ats.requisition import Band, RequisitionDrafted
from shared.events.personal import clear, reveal
from shared.kit.context import new_id
from shared.kit.http.body import Body, Code, Label, Line
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes

CURRENCY = re.compile("[A-Z]{3}")

router = APIRouter(prefix="/requisitions", tags=["requisitions"])


class NewRequisition(Body):
    headcount: int = Field(ge=1, le=1000)
    department: Label = Field(max_length=100, examples=["Engineering"])
    location: Label = Field(max_length=100, examples=["Berlin"])
    title: Line | None = None
    confidential: bool = False
    band: Band | None = None
    backfill: bool = False
    level: Label | None = Field(default=None, max_length=60)
    job_group: Label | None = Field(default=None, max_length=60)
    hiring_manager: UUID | None = None
    recruiter: UUID | None = None
    justification: str | None = Field(default=None, max_length=4000)

    @field_validator("band")
    @classmethod
    def _a_band_has_two_ends(cls, band: Band | None) -> Band | None:
        if band is not None and (not 0 <= band.low <= band.high or not CURRENCY.fullmatch(band.currency)):
            raise ValueError("a band goes from low up to high, in minor units of an ISO 4217 currency")
        return band

    def terms(self) -> dict[str, Any]:
        """As the event has them: what is not for everybody is wrapped."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        secret = values["title"] if self.confidential else None
        values |= {"confidential_title": clear(secret), "band": clear(self.band)}
        values |= {"justification": clear(self.justification), "title": None if self.confidential else self.title}
        return values


class Submission(Body):
    chain_id: UUID = Field(description="The approval chain that decides")


class Hold(Body):
    reason: Code = Field(examples=["budget"])
    note: str | None = Field(default=None, max_length=4000)


class Closing(Body):
    reason: Literal["filled", "cancelled"]
    note: str | None = Field(default=None, max_length=4000)


@router.post("", status_code=201, operation_id="draft_requisition", summary="Draft a requisition")
async def draft(body: NewRequisition, write: Write = writes("requisitions:write")) -> Receipt:
    facts = RequisitionDrafted(requisition_id=new_id(), revision=1, **body.terms())
    return await write.run(lambda unit: commands.draft_requisition(unit, facts))


@router.post("/{requisition_id}/revise", operation_id="revise_requisition", summary="Revise a requisition")
async def revise(requisition_id: UUID, body: NewRequisition, write: Write = writes("requisitions:write")) -> Receipt:
    return await write.run(lambda unit: commands.revise_requisition(unit, requisition_id, body.terms()))


@router.post("/{requisition_id}/submit", operation_id="submit_requisition", summary="Submit it for approval")
async def submit(requisition_id: UUID, body: Submission, write: Write = writes("requisitions:write")) -> Receipt:
    requester = write.member.id
    return await write.run(lambda unit: commands.submit_requisition(unit, requisition_id, body.chain_id, requester))


@router.post("/{requisition_id}/hold", operation_id="hold_requisition", summary="Hold it: the fill clock stops")
async def hold(requisition_id: UUID, body: Hold, write: Write = writes("requisitions:write")) -> Receipt:
    return await write.run(lambda unit: commands.hold_requisition(unit, requisition_id, body.reason, body.note))


@router.post("/{requisition_id}/resume", operation_id="resume_requisition", summary="Resume a held requisition")
async def resume(requisition_id: UUID, write: Write = writes("requisitions:write")) -> Receipt:
    return await write.run(lambda unit: commands.resume_requisition(unit, requisition_id))


@router.post("/{requisition_id}/close", operation_id="close_requisition", summary="Close it: filled or cancelled")
async def close(requisition_id: UUID, body: Closing, write: Write = writes("requisitions:write")) -> Receipt:
    return await write.run(lambda unit: commands.close_requisition(unit, requisition_id, body.reason, body.note))


@router.get("", operation_id="list_requisitions", summary="List requisitions")
async def listing(pages: Pages, state: str | None = None, read: Read = reads("requisitions:read")) -> Items:
    rows = await pages.fetch(read.store.database, projection.listed(state), projection.TABLE.c.id)
    return Items(items=[dict(row._mapping) for row in rows])


@router.get("/{requisition_id}", operation_id="get_requisition", summary="Read a requisition")
async def one(requisition_id: UUID, read: Read = reads("requisitions:read")) -> dict[str, Any]:
    loaded = await read.load(REQUISITION, requisition_id)
    return _shown(loaded.state, loaded.version, pay=read.caller.may("pay:read"))


def _shown(state: Requisition, version: int, pay: bool) -> dict[str, Any]:
    terms = state.terms
    band = reveal(terms.band) if pay else None
    return {
        "id": state.id, "version": version, "state": state.state, "approval_id": state.approval_id,
        "revision": terms.revision, "headcount": terms.headcount, "department": terms.department,
        "location": terms.location, "title": terms.title or (reveal(terms.confidential_title) if pay else None),
        "confidential": terms.confidential, "backfill": terms.backfill, "level": terms.level,
        "job_group": terms.job_group, "hiring_manager": terms.hiring_manager, "recruiter": terms.recruiter,
        "band": band.model_dump() if band else None,
    }  # fmt: skip
