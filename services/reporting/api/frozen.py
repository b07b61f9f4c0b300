"""What is asked of reports that were frozen: the same routes for each kind of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import Table

from services.reporting.api.answers import stated
from services.reporting.api.impact import where_it_is_on
from services.reporting.commands.questions import defined
from services.reporting.commands.snapshots import Run, differing, run
from services.reporting.commands.turns import Busy, TookTooLong
from services.reporting.domain.snapshot import Snapshot
from services.reporting.metrics import sealing
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Definition
from services.reporting.metrics.sealing import Differing
from services.reporting.projections.offsets import Seen
from shared.events.reporting.adverse_impact_snapshot import AdverseImpactSealed
from shared.events.reporting.snapshot import ReportSealed
from shared.kit.aggregate import Aggregate
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.refusals import NewerVersion, Refusal

SHOWN = {"as_of", "known_at", "offsets", "facts", "root", "answer", "title", "erased"}


class OlderRule(Refusal):
    slug, title = "older-rule", "Digests are made by another rule since"
    next_step = "read it, it stands as it was frozen; and freeze the report again, to be able to verify it"


@dataclass(frozen=True)
class Kind:
    """`name`: of one, as the operations have it; `scope`: of those who may read it."""

    name: str
    aggregate: Aggregate[Snapshot]
    table: Table
    scope: str


class Verdict(BaseModel):
    """`facts`: the ids of events that differ, at most 100 of each kind; `counts`: how many there are.

    `erased since`: the facts are those of the seal, only that of so many, `erased` among the counts, the key was
    destroyed since. Whether the answer would be the same but for them can't be told: nobody can read any more what
    they told. Where the answer is the same all the same, so is the verdict.
    """

    verdict: Literal["same", "facts differ", "the answer differs", "erased since"]
    next_step: str
    counts: dict[str, int] = {}
    facts: dict[str, list[UUID]] = {}


def add_routes(router: APIRouter, kind: Kind) -> None:
    """To read, and to run it again."""

    async def listing(pages: Pages, read: Read = reads(kind.scope)) -> Items:
        rows = await pages.fetch(read.store.database, kind.table.select(), kind.table.c.id)
        return Items(items=[dict(row._mapping) for row in rows])

    async def one(snapshot_id: UUID, read: Read = reads(kind.scope)) -> dict[str, Any]:
        sealed = await _sealed(kind, snapshot_id, read)
        definition, question = _asked(sealed)
        return {
            "id": snapshot_id,
            "definition": stated(definition, question).model_copy(update={"tables": sealed.tables}),
            **sealed.model_dump(include=SHOWN),
            "rows": json.loads(sealed.table),
        }

    async def table(snapshot_id: UUID, read: Read = reads(kind.scope)) -> Response:
        return Response((await _sealed(kind, snapshot_id, read)).table, media_type="application/json")

    async def verify(snapshot_id: UUID, request: Request, read: Read = reads(kind.scope)) -> Verdict:
        sealed = await _sealed(kind, snapshot_id, read)
        definition, question = _asked(sealed)
        clocks = Clocks(sealed.as_of, sealed.known_at)
        if sealed.digest > sealing.RULE:
            raise NewerVersion("It was frozen by a newer version of reporting, which makes digests by another rule")
        if sealed.digest < sealing.RULE:
            raise OlderRule("Whether the facts are those of then can't be told any more")
        seen = Seen(clocks, sealed.offsets)
        found = await run(read.store, definition, where_it_is_on(question, request), seen)
        if found.root.hex != sealed.root:
            return _different(await _which(read, snapshot_id, definition, seen, found))
        return _of_answer(definition, sealed, found)

    routes: tuple[tuple[str, Callable[..., Any], str, str], ...] = (
        ("", listing, f"list_{kind.name}s", "List frozen reports"),
        ("/{snapshot_id}", one, f"get_{kind.name}", "Read a frozen report"),
        ("/{snapshot_id}/table", table, f"get_{kind.name}_table", "The bytes that were frozen"),
        ("/{snapshot_id}/verify", verify, f"verify_{kind.name}", "Run a frozen report again"),
    )
    for path, answer, operation, summary in routes:
        router.get(path, operation_id=operation, summary=summary)(answer)


async def _sealed(kind: Kind, snapshot_id: UUID, read: Read) -> ReportSealed:
    """Raises Missing."""
    return (await read.load(kind.aggregate, snapshot_id)).state.sealed


def _asked(sealed: ReportSealed) -> tuple[Definition[Any, Any, Any], Question]:
    definition = defined(sealed.metric, sealed.definition)
    return definition, definition.question.model_validate_json(sealed.question)


def _of_answer(definition: Definition[Any, Any, Any], sealed: ReportSealed, found: Run) -> Verdict:
    """Where the facts are the same."""
    since = found.erased - sealed.erased if isinstance(sealed, AdverseImpactSealed) else 0
    counts = {"erased": since} if since > 0 else {}
    if sealing.answer(found.table) == sealed.answer:
        return Verdict(verdict="same", next_step="nothing: facts and answer are the same, to the byte", counts=counts)
    if counts:
        return Verdict(
            verdict="erased since",
            next_step="nothing: the frozen table stands as it was told; run again, those erased count as undisclosed",
            counts=counts,
        )
    if since < 0:
        return Verdict(
            verdict="the answer differs",
            next_step="keys that had been destroyed are in the keyring again: destroy them again",
        )
    if sealed.tables not in (None, definition.tables):
        return Verdict(
            verdict="the answer differs",
            next_step=f"the facts are the same: run it with {sealed.tables}; here it was run with {definition.tables}",
        )
    return Verdict(
        verdict="the answer differs",
        next_step=f"the facts are the same: {definition.id} {definition.version} no longer computes what it did",
    )


async def _which(
    read: Read, snapshot_id: UUID, definition: Definition[Any, Any, Any], seen: Seen, found: Run
) -> Differing | None:
    """Which facts differ; None where that can't be said."""
    try:
        return await differing(read.store.database, snapshot_id, definition, seen, found)
    except (Busy, TookTooLong):
        return None


def _different(which: Differing | None) -> Verdict:
    if which is None:
        return Verdict(
            verdict="facts differ",
            next_step="rebuild the facts from the log; which differ can't be said, the list was lost with a database; "
            "or there was no time to look: then ask again",
        )
    return Verdict(
        verdict="facts differ",
        next_step="look the events up on their topics; rebuild the facts from the log if those are as they were",
        counts=dict(which.counts),
        facts={kind: list(ids) for kind, ids in which.named.items()},
    )
