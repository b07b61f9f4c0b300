"""kept_events: the streams of members and approval rounds, sealed as they came and folded when they are needed."""

import json
from typing import TypeVar

import asyncpg
from sqlalchemy import JSON, Column, Integer, String, Table

from services.notifier.projections import metadata
from shared.events.envelope import from_headers
from shared.kit.aggregate import Aggregate
from shared.kit.codec import Codec
from shared.kit.effects import Delivery
from shared.kit.progress import headers_from_json, headers_to_json

TABLE = Table(
    "kept_events",
    metadata,
    Column("stream", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("key", String, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("body", String, nullable=False),
)
KEEP = """
INSERT INTO kept_events (stream, version, key, headers, body) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
"""
FIND = "SELECT key, headers::text, body FROM kept_events WHERE stream = $1 AND version <= $2 ORDER BY version"
NEWEST = 2**31 - 1

S = TypeVar("S")


async def keep(connection: asyncpg.Connection, delivery: Delivery) -> None:
    record, envelope = delivery.record, delivery.envelope
    headers = json.dumps(headers_to_json(record.headers))
    await connection.execute(KEEP, envelope.stream, envelope.version, envelope.key, headers, record.value.decode())


async def fold(
    connection: asyncpg.Connection, codec: Codec, aggregate: Aggregate[S], of: object, up_to: int = NEWEST
) -> S | None:
    """The state of a kept stream at a version; None where nothing of it is here. Raises KeyAbsent."""
    rows = await connection.fetch(FIND, aggregate.stream.name(of), up_to)
    records = [(from_headers(headers_from_json(r["headers"]), r["key"].encode()), r["body"]) for r in rows]
    state: S | None = None
    for event in await codec.open(records):
        state = aggregate.fold(state, event)
    return state
