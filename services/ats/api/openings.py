"""/openings: the seats of jobs."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ats.commands import openings as commands
from services.ats.domain.opening import OPENING
from services.ats.projections import openings as projection
from shared.kit.http.body import Body, Code
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes

router = APIRouter(prefix="/openings", tags=["jobs"])


class Closing(Body):
    reason: Code = Field(examples=["budget"])


@router.post("/{opening_id}/close", operation_id="close_opening", summary="Close a seat that nobody holds")
async def close(opening_id: UUID, body: Closing, write: Write = writes("jobs:write")) -> Receipt:
    return await write.run(lambda unit: commands.close_opening(unit, opening_id, body.reason))


@router.get("", operation_id="list_openings", summary="List openings")
async def listing(
    pages: Pages,
    job_id: UUID | None = None,
    state: Literal["open", "reserved", "filled", "closed"] | None = None,
    read: Read = reads("jobs:read"),
) -> Items:
    rows = await pages.fetch(read.store.database, projection.listed(job_id, state), projection.TABLE.c.id)
    return Items(items=[dict(row._mapping) for row in rows])


@router.get("/{opening_id}", operation_id="get_opening", summary="Read an opening")
async def one(opening_id: UUID, read: Read = reads("jobs:read")) -> dict[str, Any]:
    loaded = await read.load(OPENING, opening_id)
    return {"version": loaded.version, "reservations": loaded.state.reservations, **projection.row(loaded.state)}
