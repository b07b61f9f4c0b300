"""/candidates: people with applications."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from services.ats.api.record_rule import jobs_seen
from services.ats.domain.candidate import CANDIDATE, Candidate
from services.ats.projections import applications
from services.ats.projections import candidates as projection
from shared.events.personal import reveal
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.refusals import Missing

router = APIRouter(prefix="/candidates", tags=["candidates"])


@router.get("", operation_id="list_candidates", summary="List candidates")
async def listing(pages: Pages, read: Read = reads("candidates:read")) -> Items:
    query = projection.listed(await jobs_seen(read))
    rows = await pages.fetch(read.store.database, query, projection.TABLE.c.id)
    states = await read.store.states(CANDIDATE, [row.id for row in rows])
    return Items(items=[_shown(states[row.id], row.version) for row in rows])


@router.get("/{person_id}", operation_id="get_candidate", summary="Read a candidate, with their applications")
async def one(person_id: UUID, read: Read = reads("candidates:read")) -> dict[str, Any]:
    seen = await jobs_seen(read)
    query = applications.listed(person_id=person_id, of_jobs=seen).order_by(applications.TABLE.c.id)
    theirs = [dict(row._mapping) for row in await read.store.database.rows(query)]
    if seen is not None and not theirs:
        raise Missing(f"There is no candidate {person_id}")
    loaded = await read.load(CANDIDATE, person_id)
    return {**_shown(loaded.state, loaded.version), "applications": theirs}


def _shown(state: Candidate, version: int) -> dict[str, Any]:
    return {
        "id": state.id, "version": version, "name": reveal(state.name), "email": reveal(state.email),
        "phone": reveal(state.phone), "links": reveal(state.links) or (), "hand_over": state.hand_over,
    }  # fmt: skip
