"""facts: one row for each event, with both clocks and without any personal field."""

import json
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import asyncpg
from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, String, Table, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import JSONB

import shared.events  # noqa: F401
from services.reporting.projections import metadata
from shared.events.ats.team_member import TeamMemberEvent
from shared.events.event import Event, registry
from shared.events.personal import Path
from shared.kit.effects import Delivery
from shared.kit.http.access import write_principal

TOPICS = ("ats.events", "crm.events", "notifier.events")
TYPES = frozenset(t for t, contract in registry.all().items() if contract.model.stream.kafka_topic in TOPICS)
TABLES = ("facts", "principals")
CONSUMER = "reporting.facts"

# Names are PostgreSQL's own defaults, for a rebuilt table has those.
TABLE = Table(
    "facts",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("type", String, nullable=False),
    Column("stream", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("topic", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("person_id", Uuid),
    Column("application_id", Uuid),
    Column("job_id", Uuid),
    Column("occurred", DateTime(timezone=True), nullable=False),
    Column("recorded", DateTime(timezone=True), nullable=False),
    Column("known", DateTime(timezone=True), nullable=False),
    Column("precision", String, nullable=False),
    Column("data", JSONB, nullable=False),
    UniqueConstraint("topic", "partition", "offset", name="facts_topic_partition_offset_key"),
    Index("facts_type_occurred_idx", "type", "occurred"),
    Index("facts_known_occurred_idx", "known", "occurred"),
)

BEFORE = 'SELECT known FROM facts WHERE topic = $1 AND partition = $2 AND "offset" < $3 ORDER BY "offset" DESC LIMIT 1'
WRITE = """
INSERT INTO facts (event_id, type, stream, version, position, topic, partition, "offset", person_id, application_id,
    job_id, occurred, recorded, known, precision, data)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::text[], $7::int[], $8::bigint[],
    $9::uuid[], $10::uuid[], $11::uuid[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[], $15::text[],
    $16::jsonb[])
ON CONFLICT (event_id) DO NOTHING
"""
# Only a redriven event comes before others of its partition; what it raises is what a rebuild would have given them.
RAISE = 'UPDATE facts SET known = $4 WHERE topic = $1 AND partition = $2 AND "offset" > $3 AND known < $4'


async def project(connection: asyncpg.Connection, batch: Sequence[tuple[Delivery, Event]]) -> None:
    """A batch of one partition, in its order."""
    first, last = batch[0][0].record, batch[-1][0].record
    before = await connection.fetchval(BEFORE, first.topic, first.partition, first.offset)
    # Kafka's clock may be set back; what is known stays known.
    known = list(accumulate((d.known for d, _ in batch), max, initial=before or batch[0][0].known))[1:]
    rows = [_row(delivery, event, at) for (delivery, event), at in zip(batch, known, strict=True)]
    await connection.execute(WRITE, *(list(column) for column in zip(*rows, strict=True)))
    await connection.execute(RAISE, last.topic, last.partition, last.offset, known[-1])
    for delivery, event in batch:
        if isinstance(event, TeamMemberEvent):
            await write_principal(connection, event.member_id, delivery.envelope.version, *event.access)


def _row(delivery: Delivery, event: Event, known: Any) -> tuple[Any, ...]:
    envelope, record, data = delivery.envelope, delivery.record, impersonal(event)
    return (
        envelope.id, envelope.type, envelope.stream, envelope.version, envelope.position,
        record.topic, record.partition, record.offset,
        data.get("person_id"), data.get("application_id"), data.get("job_id"),
        envelope.occurred, envelope.recorded, known, envelope.precision, json.dumps(data),
    )  # fmt: skip


def impersonal(event: Event) -> dict[str, Any]:
    """The event's fields as this version knows them, without those that are encrypted."""
    data = event.model_dump(mode="json", include=set(type(event).model_fields))
    for field in registry.get(event.wire_type).personal[event.schema_version]:
        _drop(data, field.path)
    return data


def _drop(node: Any, path: Path) -> None:
    if node is None:
        return
    if path[0] == "*":
        for item in node:
            _drop(item, path[1:])
    elif len(path) == 1:
        node.pop(path[0], None)
    else:
        _drop(node.get(path[0]), path[1:])
