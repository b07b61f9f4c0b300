"""How far a consumer has come in one partition: written in the transaction of the effect, by compare-and-set."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncpg
from aiokafka import ConsumerRecord

if TYPE_CHECKING:
    from shared.kit.unit import Unit

ADVANCE = """
UPDATE positions SET next_offset = $5 WHERE consumer = $1 AND topic = $2 AND partition = $3 AND next_offset = $4
"""
SEEN = """
INSERT INTO seen (consumer, stream, version) SELECT $1, * FROM unnest($2::text[], $3::int[])
ON CONFLICT (consumer, stream) DO UPDATE SET version = excluded.version
"""
PARK = """
INSERT INTO parked (consumer, topic, partition, "offset", key, body, headers, reason, handler, first_error, last_error,
    timestamp_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11) ON CONFLICT DO NOTHING
"""
BLOCK = """
INSERT INTO parked_sequences (consumer, topic, key) VALUES ($1, $2, $3)
ON CONFLICT (consumer, topic, key) DO UPDATE SET since = parked_sequences.since
"""


class Superseded(Exception):
    """Somebody else has moved this position: this member is a zombie, or the tables were swapped. Read it again."""


@dataclass(frozen=True)
class Parking:
    """A record that waits for an operator. `alone` is for what belongs to no stream and so blocks nobody."""

    record: ConsumerRecord
    reason: str
    handler: str | None = None
    error: str | None = None
    alone: bool = False


@dataclass
class Progress:
    """A closing: what one transaction moves a consumer on by."""

    consumer: str
    topic: str
    partition: int
    expected: int
    reached: int
    seen: dict[str, int] = field(default_factory=dict)
    parked: list[Parking] = field(default_factory=list)

    async def open(self, connection: asyncpg.Connection) -> None:
        """Advances first: a zombie finds out before it does anything else."""
        await self.write(connection)

    async def close(self, connection: asyncpg.Connection, unit: "Unit") -> None:
        pass

    async def write(self, connection: asyncpg.Connection) -> None:
        """Raises Superseded."""
        done = await connection.execute(ADVANCE, self.consumer, self.topic, self.partition, self.expected, self.reached)
        if done != "UPDATE 1":
            raise Superseded
        if self.seen:
            await connection.execute(SEEN, self.consumer, list(self.seen), list(self.seen.values()))
        for parking in self.parked:
            await self._park(connection, parking)

    async def _park(self, connection: asyncpg.Connection, parking: Parking) -> None:
        record = parking.record
        if record.key is not None and not parking.alone:
            # Takes the row's lock even where it stands already: a redrive of the key can't unblock it meanwhile.
            await connection.execute(BLOCK, self.consumer, record.topic, record.key)
        await connection.execute(
            PARK,
            self.consumer,
            record.topic,
            record.partition,
            record.offset,
            record.key,
            record.value,
            json.dumps(headers_to_json(record.headers)),
            parking.reason,
            parking.handler,
            parking.error,
            record.timestamp,
        )


def headers_to_json(headers: Sequence[tuple[str, bytes | None]]) -> list[list[str | None]]:
    """Byte-exact: each value in hexadecimal. Kafka allows a value to be null."""
    return [[name, None if value is None else value.hex()] for name, value in headers]


def headers_from_json(text: str) -> list[tuple[str, bytes | None]]:
    return [(name, None if value is None else bytes.fromhex(value)) for name, value in json.loads(text)]
