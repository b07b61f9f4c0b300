"""Rows of facts: one for each event, with both clocks; within a partition, when it was known never goes back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import accumulate
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Column, DateTime, Integer, String, Table, UniqueConstraint, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from services.reporting.projections import metadata
from shared.events.event import Event
from shared.kit.effects import Delivery

BEFORE = (
    'SELECT known FROM {table} WHERE topic = $1 AND partition = $2 AND "offset" < $3 ORDER BY "offset" DESC LIMIT 1'
)
WRITE = "INSERT INTO {table} ({columns}) SELECT * FROM unnest({lists}) ON CONFLICT (event_id) DO NOTHING"
# Only a redriven event comes before others of its partition; what it raises is what a rebuild would have given them.
RAISE = """
UPDATE {table} SET known = $4{again} WHERE topic = $1 AND partition = $2 AND "offset" > $3 AND known < $4
RETURNING event_id
"""

Told = Callable[[Delivery, Event], Mapping[str, Any]]
"""What a row says beside the envelope, by the names of columns."""


def fact_table(name: str, *own: SchemaItem) -> Table:
    """Names are PostgreSQL's own defaults, for a rebuilt table has those."""
    return Table(
        name,
        metadata,
        Column("event_id", Uuid, primary_key=True),
        Column("type", String, nullable=False),
        Column("stream", String, nullable=False),
        Column("version", Integer, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("topic", String, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("offset", BigInteger, nullable=False),
        Column("occurred", DateTime(timezone=True), nullable=False),
        Column("recorded", DateTime(timezone=True), nullable=False),
        Column("known", DateTime(timezone=True), nullable=False),
        Column("precision", String, nullable=False),
        Column("actor", String, nullable=False),
        Column("data", JSONB, nullable=False),
        *own,
        UniqueConstraint("topic", "partition", "offset", name=f"{name}_topic_partition_offset_key"),
    )


async def write(
    connection: asyncpg.Connection, table: Table, batch: Sequence[tuple[Delivery, Event]], told: Told
) -> list[UUID]:
    """A batch of one partition, in its order. Returns of which other events the facts were changed."""
    first, last = batch[0][0].record, batch[-1][0].record
    before = await connection.fetchval(BEFORE.format(table=table.name), first.topic, first.partition, first.offset)
    # Kafka's clock may be set back; what is known stays known.
    known = list(accumulate((d.known for d, _ in batch), max, initial=before or batch[0][0].known))[1:]
    rows = [{**_envelope(d, at), **told(d, event)} for (d, event), at in zip(batch, known, strict=True)]
    await connection.execute(_insert(table), *([row[column.name] for row in rows] for column in _written(table)))
    raised = await connection.fetch(_raise(table), last.topic, last.partition, last.offset, known[-1])
    return [row["event_id"] for row in raised]


def _envelope(delivery: Delivery, known: datetime) -> dict[str, Any]:
    envelope, record = delivery.envelope, delivery.record
    return {
        "event_id": envelope.id, "type": envelope.type, "stream": envelope.stream, "version": envelope.version,
        "position": envelope.position, "topic": record.topic, "partition": record.partition, "offset": record.offset,
        "occurred": envelope.occurred, "recorded": envelope.recorded, "known": known, "precision": envelope.precision,
        "actor": envelope.actor,
    }  # fmt: skip


def _written(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.identity is None]


@cache
def _raise(table: Table) -> str:
    """What is changed draws its identity again."""
    drawn = [column for column in table.columns if column.identity is not None]
    return RAISE.format(table=table.name, again="".join(f', "{column.name}" = DEFAULT' for column in drawn))


@cache
def _insert(table: Table) -> str:
    """Without a schema: a rebuild writes into another one."""
    types = [column.type.compile(postgresql.dialect()) for column in _written(table)]  # type: ignore[no-untyped-call]
    lists = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, start=1))
    names = ", ".join(f'"{column.name}"' for column in _written(table))
    return WRITE.format(table=table.name, columns=names, lists=lists)
