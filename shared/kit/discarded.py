"""What an operator takes out of the parking for good: kept whole, and passed by when the log is read again."""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg
from aiokafka import ConsumerRecord, TopicPartition

from shared.events.envelope import Envelope, NotAnEvent, from_headers
from shared.kit.database import Database
from shared.kit.parking import ALONE, AT, LOCK, MARK, SEQUENCE, UNBLOCK, NothingParked, at, record_of

COLUMNS = """consumer, topic, partition, "offset", key, body, headers, reason, handler, first_error, last_error,
    parked_at, timestamp_ms"""
DISCARD = f"""
WITH taken AS (DELETE FROM parked WHERE {AT} RETURNING *)
INSERT INTO discarded ({COLUMNS}, reason_discarded, discarded_by) SELECT {COLUMNS}, $5, $6 FROM taken
ON CONFLICT (consumer, topic, partition, "offset") DO UPDATE SET reason_discarded = excluded.reason_discarded,
    discarded_by = excluded.discarded_by, discarded_at = clock_timestamp()
"""  # noqa: S608
OF_CONSUMER = 'SELECT topic, partition, "offset" FROM discarded WHERE consumer = $1'


@dataclass(frozen=True)
class Discarded:
    """Which record was taken out; `stream` and `version` are None where it was no event; `left` wait behind it."""

    topic: str
    partition: int
    offset: int
    stream: str | None
    version: int | None
    left: int


async def discard(
    database: Database, consumer: str, topic: str, of: bytes | tuple[int, int], reason: str, who: str
) -> Discarded:
    """Takes out the first record of a key's sequence, or the single record at (partition, offset). It is kept.

    Its version counts as seen from then on, so that those behind it can be redriven. Raises NothingParked.
    """
    key = of if isinstance(of, bytes) else None
    async with database.transaction() as connection:
        if isinstance(of, bytes):
            await connection.fetchval(LOCK, consumer, topic, of)
            row = await connection.fetchrow(f"{SEQUENCE} LIMIT 1", consumer, topic, of)
        else:
            row = await connection.fetchrow(f"{ALONE} FOR UPDATE", consumer, topic, *of)
        if row is None:
            raise NothingParked(f"{consumer} has parked nothing like that on {topic}")
        record = record_of(row)
        await connection.execute(DISCARD, *at(consumer, record), reason, who)
        envelope = _envelope(record)
        if envelope is not None:
            await connection.execute(MARK, consumer, envelope.stream, envelope.version)
        await connection.execute(UNBLOCK, consumer, topic, key)
        left = len(await connection.fetch(SEQUENCE, consumer, topic, key))
    stream, version = (envelope.stream, envelope.version) if envelope else (None, None)
    return Discarded(topic, record.partition, record.offset, stream, version, left)


async def discarded_by(connection: asyncpg.Connection, consumer: str) -> Mapping[TopicPartition, set[int]]:
    """The offsets that were taken out of this consumer's parking."""
    found: dict[TopicPartition, set[int]] = {}
    for row in await connection.fetch(OF_CONSUMER, consumer):
        found.setdefault(TopicPartition(row["topic"], row["partition"]), set()).add(row["offset"])
    return found


def _envelope(record: ConsumerRecord) -> Envelope | None:
    try:
        return from_headers(list(record.headers), record.key)
    except NotAnEvent:
        return None
