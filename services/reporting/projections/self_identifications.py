"""self_identifications: what people told of themselves, sealed as on the wire, and opened only when a report asks."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Index, Integer, Uuid

from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.fact import Fact
from services.reporting.projections.fact_rows import fact_table, write
from services.reporting.projections.offsets import Offsets, before, parameters
from shared.events.ats.self_identification import STREAM, SelfIdentificationRecorded
from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.database import Database
from shared.kit.effects import Delivery

TOPICS = (STREAM.kafka_topic,)
TYPES = frozenset({SelfIdentificationRecorded.wire_type})
TABLES = ("self_identifications",)
CONSUMER = "reporting.self-identification"
AT_ONCE = 200

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

LOAD = f"""
SELECT {COLUMNS} FROM self_identifications WHERE type = ANY($1::text[]) AND known < $2 AND occurred < $3
"""  # noqa: S608
OF_SEALED = LOAD + before(TABLE.name, 4)
# The last words alone, as Fact.order has it: there is no need to open what was said before.
LAST = f"""
SELECT DISTINCT ON (application_id) {COLUMNS} FROM self_identifications
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


async def load(
    database: Database, codec: Codec, wire_types: Collection[str], clocks: Clocks, offsets: Offsets | None = None
) -> list[Fact]:
    """Opened, in no order; values read as Erased where the key was destroyed. Raises KeyAbsent, Damaged."""
    query, places = (LOAD, []) if offsets is None else (OF_SEALED, parameters(offsets))
    async with database.connection() as connection:
        rows = await connection.fetch(query, list(wire_types), clocks.known_at, clocks.as_of, *places)
    facts: list[Fact] = []
    for start in range(0, len(rows), AT_ONCE):
        facts += await _opened(codec, rows[start : start + AT_ONCE])
    return facts


async def last_words(
    database: Database, codec: Codec, persons: Collection[UUID], category: str, clocks: Clocks
) -> AsyncIterator[list[Fact]]:
    """What these told last with each of their applications, some at a time; as above."""
    async with database.long_transaction() as connection:
        cursor = await connection.cursor(LAST, list(persons), category, clocks.known_at, clocks.as_of)
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
