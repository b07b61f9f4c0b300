"""Commands on snapshots: a report is frozen on the topic of those who may read it."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.reporting.commands.questions import assert_readable, consumers, restricted
from services.reporting.commands.turns import FOLDS
from services.reporting.domain import metric
from services.reporting.domain.metric import METRIC, Metric, metric_id
from services.reporting.domain.snapshot import ADVERSE_IMPACT_SNAPSHOT, SNAPSHOT
from services.reporting.metrics import sealing
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Definition
from services.reporting.metrics.sealing import Digests
from services.reporting.metrics.world import World
from services.reporting.projections import snapshots
from services.reporting.projections.history import History
from services.reporting.projections.offsets import Offsets, standing
from shared.events.reporting.adverse_impact_snapshot import AdverseImpactSealed
from shared.events.reporting.metric import MetricDefined
from shared.events.reporting.snapshot import SnapshotSealed
from shared.kit.computing import compute
from shared.kit.refusals import Invalid
from shared.kit.store import EventStore
from shared.kit.unit import Unit

MOST_BYTES = 500_000


@dataclass(frozen=True)
class Run:
    """The digests of what was read, how many of those facts were erased, and the table that they gave."""

    digests: Digests
    erased: int
    table: str


async def seal_report(
    unit: Unit, snapshot_id: UUID, definition: Definition[Any, Any, Any], question: Question, clocks: Clocks,
    title: str | None = None, recipients: tuple[UUID, ...] = (),
) -> None:  # fmt: skip
    """Freezes the answer of this moment. Only what all may read has a title and recipients. Raises Invalid."""
    database = unit.store.database
    offsets = await standing(database, consumers(definition))
    found = await run(unit.store, definition, question, clocks, offsets)
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
        "facts": len(found.digests),
        "root": sealing.root(found.digests),
        "table": found.table,
        "answer": sealing.answer(found.table),
        "tables": definition.tables,
    }
    # First: of a snapshot without its digests nobody could say which fact differs.
    await snapshots.keep(database, snapshot_id, found.digests)
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
    store: EventStore, definition: Definition[Any, Any, Any], question: Question, clocks: Clocks, offsets: Offsets
) -> Run:
    """From what stands before these offsets. Raises Invalid."""
    assert_readable(definition, store.codec)
    async with FOLDS.turn():
        facts = await History(store.database, store.codec).load(definition.reads, clocks, offsets)

        def computed() -> Run:
            table = sealing.table(definition.compute(World(facts, clocks), question))
            return Run(sealing.digests(facts), sealing.erased(facts), table)

        return await compute(computed)
