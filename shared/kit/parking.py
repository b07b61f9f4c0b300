"""Redrive: handles parked records again, a sequence in its order, and unblocks its key with the last of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from aiokafka import ConsumerRecord

from shared.events.envelope import Envelope, from_headers
from shared.kit.database import Database
from shared.kit.effects import Delivery, Effect
from shared.kit.faults import TRANSIENT, describe
from shared.kit.progress import headers_from_json
from shared.kit.unit import Unit

LOCK = "SELECT 1 FROM parked_sequences WHERE consumer = $1 AND topic = $2 AND key = $3 FOR UPDATE"
RECORD = 'SELECT topic, partition, "offset", key, body, headers::text, timestamp_ms FROM parked'
IN_SEQUENCE = "consumer = $1 AND topic = $2 AND key = $3 AND reason <> 'not-an-event'"
SEQUENCE = f'{RECORD} WHERE {IN_SEQUENCE} ORDER BY partition, "offset"'
AT = 'consumer = $1 AND topic = $2 AND partition = $3 AND "offset" = $4'
ALONE = f"{RECORD} WHERE {AT} AND (key IS NULL OR reason = 'not-an-event')"
SEEN = "SELECT version FROM seen WHERE consumer = $1 AND stream = $2"
MARK = """
INSERT INTO seen (consumer, stream, version) VALUES ($1, $2, $3)
ON CONFLICT (consumer, stream) DO UPDATE SET version = greatest(seen.version, excluded.version)
"""
DONE = f"DELETE FROM parked WHERE {AT} RETURNING 1"  # noqa: S608
FAILED = f"UPDATE parked SET last_error = $5 WHERE {AT}"  # noqa: S608
UNBLOCK = """
DELETE FROM parked_sequences s WHERE consumer = $1 AND topic = $2 AND key = $3
AND NOT EXISTS (SELECT FROM parked p WHERE p.consumer = s.consumer AND p.topic = s.topic AND p.key = s.key
    AND p.reason <> 'not-an-event')
"""
BLOCKED = """
SELECT s.topic, s.key FROM parked_sequences s JOIN parked p USING (consumer, topic, key)
WHERE consumer = $1 AND p.reason <> 'not-an-event' GROUP BY s.topic, s.key ORDER BY s.topic, min(p."offset")
"""
IS_DISCARDED = f"SELECT 1 FROM discarded WHERE {AT}"  # noqa: S608


class TakenMeanwhile(Exception):
    """Somebody else redrives the same sequence."""


class NothingParked(LookupError):
    """There is no such parked sequence or record."""


class StillGapped(ValueError):
    """Versions before the parked one have never come: find out where they are, or discard what came after them."""


@dataclass(frozen=True)
class Waiting:
    """A parked record that is an event."""

    record: ConsumerRecord
    envelope: Envelope


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
        if await connection.fetchval(DONE, *at(self.consumer, record)) is None:
            raise TakenMeanwhile
        await connection.execute(MARK, self.consumer, self.stream, self.version)
        await connection.execute(UNBLOCK, self.consumer, record.topic, record.key)


async def redrive(database: Database, consumer: str, effect: Effect, topic: str, key: bytes) -> int:
    """Handles the sequence of a key again; returns how many records it settled. The first failure ends it, noted.

    A record whose version was seen meanwhile is dropped; a gap that is still open raises StillGapped.
    """
    settled = 0
    # Newcomers join the end meanwhile: it goes on until there are none.
    while waiting := await _sequence(database, consumer, topic, key):
        while waiting:
            one = await _next(database, consumer, waiting)
            try:
                await _again(database, consumer, effect, one)
            except (TakenMeanwhile, *TRANSIENT):
                raise
            except Exception as error:
                await _failed(database, consumer, one.record, error)
                if settled == 0:
                    raise
                return settled
            waiting.remove(one)
            settled += 1
    return settled


async def sequences(database: Database, consumer: str) -> list[tuple[str, bytes]]:
    """Topic and key of all that are parked, in the order of the log."""
    async with database.connection() as connection:
        return [(row["topic"], bytes(row["key"])) for row in await connection.fetch(BLOCKED, consumer)]


async def redrive_alone(
    database: Database, consumer: str, effect: Effect, topic: str, partition: int, offset: int
) -> None:
    """Handles a record again that belongs to no sequence. Raises NothingParked, and what it fails with, noted."""
    async with database.connection() as connection:
        row = await connection.fetchrow(ALONE, consumer, topic, partition, offset)
    if row is None:
        raise NothingParked(f"{consumer} has parked no single record at {topic}[{partition}]@{offset}")
    record = record_of(row)
    try:
        await _again(database, consumer, effect, _waiting(record))
    except (TakenMeanwhile, *TRANSIENT):
        raise
    except Exception as error:
        await _failed(database, consumer, record, error)
        raise


def text_of(key: bytes) -> str:
    """A Kafka key for people: as text where it is readable, else in hexadecimal behind 0x."""
    try:
        text = key.decode()
    except ValueError:
        return f"0x{key.hex()}"
    return text if text.isprintable() and not text.startswith("0x") else f"0x{key.hex()}"


def key_of(text: str) -> bytes:
    """Reads what text_of wrote. Raises ValueError."""
    return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()


async def _sequence(database: Database, consumer: str, topic: str, key: bytes) -> list[Waiting]:
    async with database.connection() as connection:
        return [_waiting(record_of(row)) for row in await connection.fetch(SEQUENCE, consumer, topic, key)]


async def _next(database: Database, consumer: str, waiting: Sequence[Waiting]) -> Waiting:
    """The first; but where versions of its stream came after it, because they were late, the one that is due."""
    first = waiting[0]
    due = await _seen(database, consumer, first.envelope.stream) + 1
    late = (w for w in waiting if (w.envelope.stream, w.envelope.version) == (first.envelope.stream, due))
    return next(late, first) if first.envelope.version > due else first


async def _again(database: Database, consumer: str, effect: Effect, waiting: Waiting) -> None:
    record, envelope = waiting.record, waiting.envelope
    seen = await _seen(database, consumer, envelope.stream)
    async with database.connection() as connection:
        # The shadow of a rebuild, behind a tilde, goes by what was discarded live.
        gone = await connection.fetchval(IS_DISCARDED, *at(consumer.partition("~")[0], record))
    if envelope.version > seen + 1 and not gone:
        raise StillGapped(f"{envelope.stream} still lacks versions {seen + 1} to {envelope.version - 1}")
    redriven = _Redriven(consumer, record, envelope.stream, envelope.version)
    if envelope.version == seen + 1 and effect.handles(envelope.type) and not gone:
        await effect.apply([Delivery(record, envelope)], redriven)
        return
    async with database.transaction() as connection:
        await redriven.write(connection)


async def _seen(database: Database, consumer: str, stream: str) -> int:
    async with database.connection() as connection:
        return await connection.fetchval(SEEN, consumer, stream) or 0


async def _failed(database: Database, consumer: str, record: ConsumerRecord, error: Exception) -> None:
    async with database.connection() as connection:
        await connection.execute(FAILED, *at(consumer, record), describe(error))


def at(consumer: str, record: ConsumerRecord) -> tuple[str, str, int, int]:
    return consumer, record.topic, record.partition, record.offset


def _waiting(record: ConsumerRecord) -> Waiting:
    """Raises NotAnEvent."""
    return Waiting(record, from_headers(list(record.headers), record.key))


def record_of(row: asyncpg.Record) -> ConsumerRecord:
    headers: Sequence[tuple[str, bytes | None]] = headers_from_json(row["headers"])
    return ConsumerRecord(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        timestamp=row["timestamp_ms"],
        timestamp_type=1,
        key=row["key"],
        value=row["body"],
        checksum=None,
        serialized_key_size=len(row["key"] or b""),
        serialized_value_size=len(row["body"] or b""),
        headers=headers,
    )
