"""Commands on snapshots."""

import json
from typing import Any
from uuid import UUID

from services.reporting.commands.turns import FOLDS
from services.reporting.domain import metric
from services.reporting.domain.metric import METRIC, Metric, metric_id
from services.reporting.domain.snapshot import SNAPSHOT
from services.reporting.metrics import sealing
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Definition
from services.reporting.metrics.sealing import Digests
from services.reporting.metrics.world import World
from services.reporting.projections import snapshots
from services.reporting.projections.history import History, Offsets
from shared.events.reporting.metric import MetricDefined
from shared.events.reporting.snapshot import SnapshotSealed
from shared.kit.computing import compute
from shared.kit.database import Database
from shared.kit.refusals import Invalid
from shared.kit.unit import Unit

MOST_BYTES = 500_000


async def seal_report(
    unit: Unit, snapshot_id: UUID, definition: Definition[Any, Any, Any], question: Question, clocks: Clocks,
    title: str | None = None, recipients: tuple[UUID, ...] = (),
) -> None:  # fmt: skip
    """Freezes the answer of this moment. Raises Invalid."""
    database = unit.store.database
    offsets = await History(database).offsets()
    digests, table = await run(database, definition, question, clocks, offsets)
    if len(table.encode()) > MOST_BYTES:
        raise Invalid("The answer is too long to be frozen", "ask for a filter or a period, or cut by fewer dimensions")
    sealed = SnapshotSealed(
        snapshot_id=snapshot_id,
        metric=definition.id,
        definition=definition.version,
        question=json.dumps(definition.parameters(question), sort_keys=True),
        as_of=clocks.as_of,
        known_at=clocks.known_at,
        offsets=offsets,
        facts=len(digests),
        root=sealing.root(digests),
        table=table,
        answer=sealing.answer(table),
        tables=definition.tables,
        title=title,
        recipients=recipients,
    )
    # First: of a snapshot without its digests nobody could say which fact differs.
    await snapshots.keep(database, snapshot_id, digests)
    await unit.start(SNAPSHOT, snapshot_id, [sealed])
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
    database: Database, definition: Definition[Any, Any, Any], question: Question, clocks: Clocks, offsets: Offsets
) -> tuple[Digests, str]:
    """The digests of what is read before these offsets, and the table that it gives."""
    async with FOLDS.turn():
        facts = await History(database).load(definition.reads, clocks, offsets)

        def computed() -> tuple[Digests, str]:
            return sealing.digests(facts), sealing.table(definition.compute(World(facts, clocks), question))

        return await compute(computed)
