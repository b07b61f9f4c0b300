"""A projection with one upsert per event, as small as one can be; and the same decoding with nothing behind it."""

import time
from collections.abc import Sequence

import asyncpg
from aiokafka import AIOKafkaConsumer

from shared.events.ats.application import ApplicationAdvanced, ApplicationSubmitted
from shared.events.event import Event, registry
from shared.kit.codec import Codec
from shared.kit.database import Database
from shared.kit.effects import Delivery, Projection
from shared.kit.kafka import Kafka

TOPICS = ("ats.events",)
TYPES = frozenset({ApplicationSubmitted.wire_type, ApplicationAdvanced.wire_type})
CREATE = """
CREATE TABLE IF NOT EXISTS moves (
    event_id uuid PRIMARY KEY, application_id uuid NOT NULL, version integer NOT NULL, stage text NOT NULL,
    occurred timestamptz NOT NULL
)
"""
CONFLICT = """
ON CONFLICT (event_id) DO UPDATE SET
    application_id = excluded.application_id, version = excluded.version, stage = excluded.stage,
    occurred = excluded.occurred
"""
INTO = "INSERT INTO moves (event_id, application_id, version, stage, occurred) "
UPSERT = f"{INTO} SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::timestamptz[]) {CONFLICT}"  # noqa: S608
UPSERT_ONE = f"{INTO} VALUES ($1, $2, $3, $4, $5) {CONFLICT}"


def stage_of(event: Event) -> str:
    return event.stage if isinstance(event, ApplicationSubmitted) else event.to_stage  # type: ignore[attr-defined]


async def project(connection: asyncpg.Connection, batch: Sequence[tuple[Delivery, Event]]) -> None:
    rows = [
        (d.envelope.id, e.application_id, d.envelope.version, stage_of(e), d.envelope.occurred)  # type: ignore[attr-defined]
        for d, e in batch
    ]
    await connection.execute(UPSERT, *zip(*rows, strict=True))


def projection(database: Database) -> Projection:
    return Projection(database, Codec(), ("moves",), TYPES, project)


async def read_bare(kafka: Kafka, topics: tuple[str, ...]) -> float:
    """Records a second, from the beginning to the end of the topics: polled, found by type, validated, forgotten."""
    began = time.perf_counter()
    partitions = await kafka.partitions(topics)
    client: AIOKafkaConsumer = kafka.consumer()
    await client.start()
    try:
        client.assign(partitions)
        await client.seek_to_beginning(*partitions)
        ends = await client.end_offsets(partitions)
        read = 0
        while any([await client.position(p) < ends[p] for p in partitions]):
            for records in (await client.getmany(timeout_ms=200, max_records=2_000)).values():
                for record in records:
                    wire_type = dict(record.headers)["ce_type"].decode()
                    registry.get(wire_type).model.model_validate_json(record.value)
                read += len(records)
    finally:
        await client.stop()
    return read / (time.perf_counter() - began)
