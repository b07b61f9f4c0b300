"""Redrive: handles a parked sequence again, in order, and unblocks its key with the last of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from aiokafka import ConsumerRecord

from shared.events.envelope import from_headers
from shared.kit.database import Database
from shared.kit.effects import Delivery, Effect
from shared.kit.faults import describe
from shared.kit.progress import headers_from_json
from shared.kit.telemetry import PARKED
from shared.kit.unit import Unit

LOCK = "SELECT 1 FROM parked_sequences WHERE consumer = $1 AND topic = $2 AND key = $3 FOR UPDATE"
SEQUENCE = """
SELECT partition, "offset", key, body, headers::text, timestamp_ms, reason FROM parked
WHERE consumer = $1 AND topic = $2 AND key = $3 AND reason <> 'not-an-event' ORDER BY partition, "offset"
"""
SEEN = "SELECT version FROM seen WHERE consumer = $1 AND stream = $2"
MARK = """
INSERT INTO seen (consumer, stream, version) VALUES ($1, $2, $3)
ON CONFLICT (consumer, stream) DO UPDATE SET version = excluded.version
"""
DONE = 'DELETE FROM parked WHERE consumer = $1 AND topic = $2 AND partition = $3 AND "offset" = $4 RETURNING 1'
FAILED = 'UPDATE parked SET last_error = $5 WHERE consumer = $1 AND topic = $2 AND partition = $3 AND "offset" = $4'
UNBLOCK = """
DELETE FROM parked_sequences s WHERE consumer = $1 AND topic = $2 AND key = $3
AND NOT EXISTS (SELECT FROM parked p WHERE p.consumer = s.consumer AND p.topic = s.topic AND p.key = s.key
    AND p.reason <> 'not-an-event')
"""
COUNT = "SELECT count(*) FROM parked_sequences WHERE consumer = $1"


class TakenMeanwhile(Exception):
    """Somebody else redrives the same sequence."""


@dataclass
class _Redriven:
    """Progress of one parked record: it leaves the parking in the transaction of its effect."""

    consumer: str
    record: ConsumerRecord
    stream: str
    version: int

    async def open(self, connection: asyncpg.Connection) -> None:
        await self.write(connection)

    async def close(self, connection: asyncpg.Connection, unit: Unit) -> None:
        pass

    async def write(self, connection: asyncpg.Connection) -> None:
        record = self.record
        # The key's row is what newcomers block on and what two redrives meet at.
        await connection.fetchval(LOCK, self.consumer, record.topic, record.key)
        if await connection.fetchval(DONE, self.consumer, record.topic, record.partition, record.offset) is None:
            raise TakenMeanwhile
        await connection.execute(MARK, self.consumer, self.stream, self.version)
        await connection.execute(UNBLOCK, self.consumer, record.topic, record.key)


async def redrive(database: Database, consumer: str, effect: Effect, topic: str, key: bytes) -> int:
    """Handles the sequence of a key again; returns how many records it settled. The first failure ends it, noted.

    A record whose version was seen meanwhile is dropped; a gap that is still open raises ValueError.
    """
    async with database.connection() as connection:
        rows = await connection.fetch(SEQUENCE, consumer, topic, key)
    for settled, row in enumerate(rows):
        record = _record(topic, row)
        try:
            await _again(database, consumer, effect, record)
        except TakenMeanwhile:
            raise
        except Exception as error:
            async with database.connection() as connection:
                await connection.execute(FAILED, consumer, topic, record.partition, record.offset, describe(error))
            if settled == 0:
                raise
            return settled
    async with database.connection() as connection:
        PARKED.labels(consumer).set(await connection.fetchval(COUNT, consumer))
    return len(rows)


async def _again(database: Database, consumer: str, effect: Effect, record: ConsumerRecord) -> None:
    envelope = from_headers(list(record.headers), record.key)
    async with database.connection() as connection:
        seen = await connection.fetchval(SEEN, consumer, envelope.stream) or 0
    if envelope.version > seen + 1:
        raise ValueError(f"{envelope.stream} still lacks versions {seen + 1} to {envelope.version - 1}")
    redriven = _Redriven(consumer, record, envelope.stream, max(seen, envelope.version))
    if envelope.version == seen + 1 and effect.handles(envelope.type):
        await effect.apply([Delivery(record, envelope)], redriven)
        return
    async with database.transaction() as connection:
        await redriven.write(connection)


def _record(topic: str, row: asyncpg.Record) -> ConsumerRecord:
    headers: Sequence[tuple[str, bytes | None]] = headers_from_json(row["headers"])
    return ConsumerRecord(
        topic=topic,
        partition=row["partition"],
        offset=row["offset"],
        timestamp=row["timestamp_ms"],
        timestamp_type=1,
        key=row["key"],
        value=row["body"],
        checksum=None,
        serialized_key_size=len(row["key"]),
        serialized_value_size=len(row["body"] or b""),
        headers=headers,
    )
