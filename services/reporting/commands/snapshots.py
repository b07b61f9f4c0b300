"""Commands on snapshots: a report is frozen on the topic of those who may read it."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.reporting.commands.answering import asking
from services.reporting.commands.questions import assert_readable, consumers, restricted
from services.reporting.commands.turns import FOLDS
from services.reporting.domain import metric
from services.reporting.domain.metric import METRIC, Metric, metric_id
from services.reporting.domain.snapshot import ADVERSE_IMPACT_SNAPSHOT, SNAPSHOT
from services.reporting.metrics import sealing
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Definition
from services.reporting.metrics.sealing import Differing, Part, Root
from services.reporting.projections import self_identifications, snapshots
from services.reporting.projections.digests import digests, undisturbed
from services.reporting.projections.offsets import Seen, standing
from services.reporting.projections.standing import Standing
from shared.events.reporting.adverse_impact_snapshot import AdverseImpactSealed
from shared.events.reporting.metric import MetricDefined
from shared.events.reporting.snapshot import SnapshotSealed
from shared.kit.computing import compute
from shared.kit.database import Database
from shared.kit.refusals import Invalid, ReadOnly
from shared.kit.store import EventStore
from shared.kit.unit import Unit

MOST_BYTES = 500_000


class FarBehind(ReadOnly):
    slug, title = "far-behind", "Reporting lacks too much of the log for an answer to be frozen"
    next_step = "look at `behind` of any report, and freeze it when reporting has caught up"


@dataclass(frozen=True)
class Run:
    """The root of what was read, how many of those facts were erased, and the table that they gave."""

    root: Root
    erased: int
    table: str


async def seal_report(
    unit: Unit, snapshot_id: UUID, definition: Definition[Any, Any, Any], question: Question, clocks: Clocks,
    title: str | None = None, recipients: tuple[UUID, ...] = (),
) -> None:  # fmt: skip
    """Freezes the answer of this moment. Only what all may read has a title and recipients.

    Raises FarBehind, and whatever `run` does.
    """
    database = unit.store.database
    behind = await Standing(database).behind(consumers(definition))
    if behind.far:
        assert behind.note is not None
        raise FarBehind(behind.note)
    offsets = await standing(database, consumers(definition))
    found = await run(unit.store, definition, question, Seen(clocks, offsets), keep=True)
    if len(found.table.encode()) > MOST_BYTES:
        raise Invalid("The answer is too long to be frozen", "ask for a filter or a period, or cut by fewer dimensions")
    said: dict[str, Any] = {
        "snapshot_id": snapshot_id,
        "metric": definition.id,
        "definition": definition.version,
        "question": json.dumps(definition.parameters(question), sort_keys=True),
        "as_of": clocks.as_of,
        "known_at": clocks.known_at,
        "offsets": offsets,
        "facts": found.root.facts,
        "root": found.root.hex,
        "digest": sealing.RULE,
        "table": found.table,
        "answer": sealing.answer(found.table),
        "tables": definition.tables,
    }
    # First: of a snapshot without its digests nobody could say which fact differs.
    await snapshots.keep(database, snapshot_id, found.root.names)
    if restricted(definition):
        await unit.start(ADVERSE_IMPACT_SNAPSHOT, snapshot_id, [AdverseImpactSealed(**said, erased=found.erased)])
    else:
        await unit.start(SNAPSHOT, snapshot_id, [SnapshotSealed(**said, title=title, recipients=recipients)])
    await _define(unit, definition)


async def _define(unit: Unit, definition: Definition[Any, Any, Any]) -> None:
    """Tells what it means, where nobody has yet."""
    of = metric_id(definition.id)
    defined = MetricDefined(
        metric_id=of,
        metric=definition.id,
        version=definition.version,
        title=definition.title,
        text=definition.text,
        formula=definition.formula,
        parameters=json.dumps(definition.question.model_json_schema()["properties"], sort_keys=True),
        tables=definition.tables,
    )
    known: Metric | None = await unit.get(METRIC, of)
    await unit.append(METRIC, of, metric.define(known, defined))


async def run(
    store: EventStore, definition: Definition[Any, Any, Any], question: Question, seen: Seen, keep: bool = False
) -> Run:
    """What stands before the offsets; `keep`: its parts too, as who freezes it does.

    Raises Invalid, TooMuch, Busy, TookTooLong, Unfolded, KeyAbsent, Damaged.
    """
    assert_readable(definition, store.codec)
    assert seen.offsets is not None
    async with FOLDS.turn():
        # Digests and figures are of the same facts.
        return await undisturbed(store.database, seen.offsets, lambda: _run(store, definition, question, seen, keep))


async def _run(
    store: EventStore, definition: Definition[Any, Any, Any], question: Question, seen: Seen, keep: bool
) -> Run:
    root = Root()
    async with aclosing(_parts(store.database, definition, seen, root)) as found:
        async for parts in found:
            if keep and parts:
                await snapshots.keep_parts(store.database, parts)
    # A key that is destroyed meanwhile must not pass for a figure that differs: a seal counts as many as its answer
    # lacks at the least, who verifies it as many as that at the most.
    erased = await _erased(store, definition, seen) if keep else 0
    ask = await asking(store, definition, question, [seen.clocks], seen.offsets)
    report = await ask(seen)
    table = await compute(lambda: sealing.table(report))
    return Run(root, erased if keep else await _erased(store, definition, seen), table)


async def _erased(store: EventStore, definition: Definition[Any, Any, Any], seen: Seen) -> int:
    """Of what people told, how much nobody can read any more."""
    if not restricted(definition):
        return 0
    async with aclosing(self_identifications.load(store.database, store.codec, seen)) as told:
        return sum([sealing.erased(facts) async for facts in told])


async def differing(
    database: Database, snapshot: UUID, definition: Definition[Any, Any, Any], seen: Seen, found: Run
) -> Differing | None:
    """Which facts are not those of the seal; None where that was lost with a database. Raises Busy, TookTooLong."""
    names = await snapshots.kept(database, snapshot)
    if names is None:
        return None
    known, others = set(names), list[bytes]()
    gone = known.difference(found.root.names)
    sealed = await snapshots.kept_parts(database, gone)
    if sealed.keys() != gone:
        return None
    async with FOLDS.turn():
        async with aclosing(_parts(database, definition, seen, Root())) as found_again:
            async for parts in found_again:
                others += [kept for name, kept in parts if name not in known]
        return await compute(lambda: Differing.of(b"".join(sealed.values()), b"".join(others)))


async def _parts(
    database: Database, definition: Definition[Any, Any, Any], seen: Seen, root: Root
) -> AsyncGenerator[list[Part], None]:
    """What it reads, part by part as they end; adds it to the root."""
    async with aclosing(digests(database, definition.reads, seen)) as facts:
        async for some in facts:
            yield root.add(some)
    yield root.end()
