"""/snapshots: reports that are frozen, and run again to the same bytes."""

import json
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.reporting.api.access import REPORTS, SNAPSHOTS_WRITE
from services.reporting.api.answers import stated
from services.reporting.api.asking import possible
from services.reporting.commands.questions import defined, to_freeze
from services.reporting.commands.snapshots import run, seal_report
from services.reporting.domain.snapshot import SNAPSHOT
from services.reporting.metrics import sealing
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Definition
from services.reporting.metrics.sealing import Digests
from services.reporting.projections import snapshots
from shared.events.reporting.snapshot import SnapshotSealed
from shared.kit.context import new_id, now
from shared.kit.http.body import Body
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes

router = APIRouter(prefix="/snapshots", tags=["snapshots"])

NAMED = 100


class NewSnapshot(Body):
    report: str = Field(max_length=100, examples=["funnel"])
    question: dict[str, Any] = Field({}, description="The parameters of the report", examples=[{"period": "2026-Q1"}])


class Verdict(BaseModel):
    """`facts`: the ids of events that differ, at most 100 of each kind; `counts`: how many there are."""

    verdict: Literal["same", "facts differ", "the answer differs"]
    next_step: str
    counts: dict[str, int] = {}
    facts: dict[str, list[UUID]] = {}


@router.post("", status_code=201, operation_id="seal_report", summary="Freeze a report")
async def seal(body: NewSnapshot, write: Write = writes(SNAPSHOTS_WRITE)) -> Receipt:
    definition, question, clocks = _asked(body)
    snapshot_id = new_id()
    return await write.run(lambda unit: seal_report(unit, snapshot_id, definition, question, clocks))


@router.get("", operation_id="list_snapshots", summary="List frozen reports")
async def listing(pages: Pages, read: Read = reads(REPORTS)) -> Items:
    rows = await pages.fetch(read.store.database, snapshots.TABLE.select(), snapshots.TABLE.c.id)
    return Items(items=[dict(row._mapping) for row in rows])


@router.get("/{snapshot_id}", operation_id="get_snapshot", summary="Read a frozen report")
async def one(snapshot_id: UUID, read: Read = reads(REPORTS)) -> dict[str, Any]:
    sealed = (await read.load(SNAPSHOT, snapshot_id)).state.sealed
    definition, question = _sealed(sealed)
    return {
        "id": snapshot_id,
        "definition": stated(definition, question).model_copy(update={"tables": sealed.tables}),
        **sealed.model_dump(include={"as_of", "known_at", "offsets", "facts", "root", "answer", "title"}),
        "rows": json.loads(sealed.table),
    }


@router.get("/{snapshot_id}/table", operation_id="get_snapshot_table", summary="The bytes that were frozen")
async def table(snapshot_id: UUID, read: Read = reads(REPORTS)) -> Response:
    sealed = (await read.load(SNAPSHOT, snapshot_id)).state.sealed
    return Response(sealed.table, media_type="application/json")


@router.get("/{snapshot_id}/verify", operation_id="verify_snapshot", summary="Run a frozen report again")
async def verify(snapshot_id: UUID, read: Read = reads(REPORTS)) -> Verdict:
    sealed = (await read.load(SNAPSHOT, snapshot_id)).state.sealed
    definition, question = _sealed(sealed)
    clocks = Clocks(sealed.as_of, sealed.known_at)
    database = read.store.database
    digests, table = await run(database, definition, question, clocks, sealed.offsets)
    if sealing.root(digests) != sealed.root:
        return _different(await snapshots.kept(database, snapshot_id), digests)
    if sealing.answer(table) != sealed.answer and definition.tables != sealed.tables:
        return Verdict(
            verdict="the answer differs",
            next_step=f"the facts are the same: run it with {sealed.tables}; here it was run with {definition.tables}",
        )
    if sealing.answer(table) != sealed.answer:
        return Verdict(
            verdict="the answer differs",
            next_step=f"the facts are the same: {definition.id} {definition.version} no longer computes what it did",
        )
    return Verdict(verdict="same", next_step="nothing: facts and answer are the same, to the byte")


def _asked(body: NewSnapshot) -> tuple[Definition[Any, Any, Any], Question, Clocks]:
    definition, question = to_freeze(body.report, body.question)
    with possible():
        return definition, question, question.clocks(now())


def _sealed(sealed: SnapshotSealed) -> tuple[Definition[Any, Any, Any], Question]:
    definition = defined(sealed.metric, sealed.definition)
    return definition, definition.question.model_validate_json(sealed.question)


def _different(sealed: Digests | None, found: Digests) -> Verdict:
    if sealed is None:
        return Verdict(
            verdict="facts differ",
            next_step="rebuild the facts from the log; which differ can't be said, the list was lost with a database",
        )
    kinds = vars(sealing.differing(sealed, found))
    return Verdict(
        verdict="facts differ",
        next_step="look the events up on their topics; rebuild the facts from the log if those are as they were",
        counts={kind: len(ids) for kind, ids in kinds.items()},
        facts={kind: list(ids[:NAMED]) for kind, ids in kinds.items()},
    )
