"""unknown_events: what came on our topics and is of no type that this version knows; noted, and passed by."""

from collections.abc import Sequence

import asyncpg
from sqlalchemy import BigInteger, Column, DateTime, Integer, String, Table, UniqueConstraint, Uuid

from services.reporting.projections import metadata
from shared.kit.effects import Delivery

TABLE = Table(
    "unknown_events",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("type", String, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("stream", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("topic", String, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("occurred", DateTime(timezone=True), nullable=False),
    UniqueConstraint("topic", "partition", "offset", name="unknown_events_topic_partition_offset_key"),
)
WRITE = """
INSERT INTO unknown_events (event_id, type, schema_version, stream, version, topic, partition, "offset", occurred)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::int[], $6::text[], $7::int[], $8::bigint[],
    $9::timestamptz[])
ON CONFLICT (event_id) DO NOTHING
"""


async def note(connection: asyncpg.Connection, deliveries: Sequence[Delivery]) -> None:
    """Without the body: nobody here can tell what in it is personal."""
    rows = [
        (e.id, e.type, e.schema_version, e.stream, e.version, r.topic, r.partition, r.offset, e.occurred)
        for r, e in deliveries
    ]
    await connection.execute(WRITE, *(list(column) for column in zip(*rows, strict=True)))
