"""self_identifications: what people told of themselves, sealed as on the wire, and opened only when a report asks."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, Uuid

from services.reporting.metrics.fact import Fact
from services.reporting.projections.fact_rows import fact_table, write
from services.reporting.projections.offsets import Offsets, Seen, parameters, upto
from shared.events.ats.self_identification import STREAM, SelfIdentificationRecorded
from shared.events.event import Event
from shared.events.personal import Sealed
from shared.kit.codec import Codec
from shared.kit.database import Database
from shared.kit.effects import Delivery

TOPICS = (STREAM.kafka_topic,)
TYPES = frozenset({SelfIdentificationRecorded.wire_type})
TABLES = ("self_identifications",)
CONSUMER = "reporting.self-identification"
AT_ONCE = 200
WHOLE_S = 60
"""As long as whoever opens them may take (commands/turns)."""

# A ciphertext opens only where it was first written: hence the body as it came, and the version that wrote it.
TABLE = fact_table(
    "self_identifications",
    Column("schema_version", Integer, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("application_id", Uuid, nullable=False),
    Index("self_identifications_known_occurred_idx", "known", "occurred"),
    Index("self_identifications_person_id_idx", "person_id"),
)
COLUMNS = "event_id, type, schema_version, position, occurred, known, data::text AS data"

LOAD = f"SELECT {COLUMNS} FROM self_identifications {{upto}} WHERE known < $1 AND occurred < $2"  # noqa: S608
# What one of two answers counts and the other does not.
BETWEEN = f"""
SELECT event_id, position, occurred, known, person_id, application_id, data ->> 'category' AS category
FROM self_identifications {upto(TABLE.name, 5)}
WHERE known >= $1 AND known < $2 AND occurred < $4 OR known < $1 AND occurred >= $3 AND occurred < $4 LIMIT $8
"""  # noqa: S608
# The last words alone, as Fact.order has it: there is no need to open what was said before.
LAST = f"""
SELECT DISTINCT ON (application_id) {COLUMNS} FROM self_identifications {{upto}}
WHERE person_id = ANY($1::uuid[]) AND data ->> 'category' = $2 AND known < $3 AND occurred < $4
ORDER BY application_id, occurred DESC, position DESC
"""  # noqa: S608


async def project(connection: asyncpg.Connection, batch: Sequence[tuple[Delivery, Event]]) -> None:
    """A batch of one partition, in its order."""
    await write(connection, TABLE, batch, _told)


def _told(delivery: Delivery, event: Event) -> Mapping[str, Any]:
    assert isinstance(event, SelfIdentificationRecorded)
    return {
        "schema_version": delivery.envelope.schema_version,
        "person_id": event.person_id,
        "application_id": event.application_id,
        "data": bytes(delivery.record.value).decode(),
    }


class _Written(NamedTuple):
    id: UUID
    type: str
    schema_version: int


async def load(database: Database, codec: Codec, seen: Seen) -> AsyncGenerator[list[Fact], None]:
    """Opened, some at a time, in no order. Values read as Erased where the key was destroyed.

    Raises KeyAbsent, Damaged.
    """
    async for facts in _some(database, codec, LOAD, seen.offsets, seen.clocks.known_at, seen.clocks.as_of):
        yield facts


async def between(connection: asyncpg.Connection, *given: Any) -> list[Fact]:
    """Who told something, when and of which category; none of it is opened. `given`: as BETWEEN has it."""
    return [
        Fact(row["event_id"], _unopened(row), row["position"], row["occurred"], row["known"])
        for row in await connection.fetch(BETWEEN, *given)
    ]


def _unopened(row: asyncpg.Record) -> Event:
    of = {name: row[name] for name in ("person_id", "application_id", "category")}
    return SelfIdentificationRecorded.model_construct(**of, value=Sealed(""))


async def last_words(
    database: Database, codec: Codec, persons: Collection[UUID], category: str, seen: Seen
) -> AsyncIterator[list[Fact]]:
    """What these told last with each of their applications; as above."""
    given = list(persons), category, seen.clocks.known_at, seen.clocks.as_of
    async for facts in _some(database, codec, LAST, seen.offsets, *given):
        yield facts


async def _some(
    database: Database, codec: Codec, query: str, offsets: Offsets | None, *given: Any
) -> AsyncIterator[list[Fact]]:
    join, places = ("", []) if offsets is None else (upto(TABLE.name, len(given) + 1), parameters(offsets))
    async with database.long_transaction(whole_s=WHOLE_S) as connection:
        cursor = await connection.cursor(query.format(upto=join), *given, *places)
        while rows := await cursor.fetch(AT_ONCE):
            yield await _opened(codec, rows)


async def _opened(codec: Codec, rows: Sequence[asyncpg.Record]) -> list[Fact]:
    events = await codec.open(
        [(_Written(row["event_id"], row["type"], row["schema_version"]), row["data"]) for row in rows]
    )
    # Opening keeps the loop busy: it goes on serving and consuming in between.
    await asyncio.sleep(0)
    return [
        Fact(row["event_id"], event, row["position"], row["occurred"], row["known"])
        for row, event in zip(rows, events, strict=True)
    ]
