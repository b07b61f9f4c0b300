"""A log of hiring, as long as a bench wants it: applications that are submitted and advanced, many at a time."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from shared.events.ats.application import STREAM, ApplicationAdvanced, ApplicationSubmitted
from shared.events.envelope import wire_time
from shared.events.event import registry
from shared.kit.codec import Codec
from shared.kit.context import new_id, now
from shared.kit.database import Database
from shared.kit.event_rows import Facts, chained
from shared.kit.kafka import Kafka
from shared.kit.relay import Relay, read_checkpoint
from shared.kit.store import EventStore

COLUMNS = (
    "id", "category", "stream", "version", "type", "schema_version", "key", "occurred", "data", "metadata", "previous",
    "hash",
)  # fmt: skip
LENGTH = 10
"""Events in a stream."""
AT_ONCE = 1_000
"""Streams that go on side by side."""
JOB, NOBODY, NONE = new_id(), UUID(int=0), UUID(int=1)
METADATA = json.dumps({"actor": "bench", "correlation": str(new_id()), "precision": "instant"})

Row = tuple[Any, ...]


async def fill(database: Database, count: int, analyzed: bool = True) -> list[UUID]:
    """Appends `count` valid events in one transaction, hashes and all; returns the applications that they are of.

    It returns at once with the commit where the planner is not told.
    """
    applications: list[UUID] = []
    texts = await _texts()
    async with database.connection() as connection:
        await connection.copy_records_to_table("events", columns=COLUMNS, records=_rows(texts, count, applications))
        if analyzed:
            await connection.execute("ANALYZE events")
    return applications


def _rows(texts: list[str], count: int, applications: list[UUID]) -> Iterator[Row]:
    left = count
    while left > 0:
        streams = [(new_id(), new_id()) for _ in range(min(AT_ONCE, -(-left // LENGTH)))]
        heads = dict.fromkeys(streams, b"")
        applications += [application for application, _ in streams]
        for version in range(1, LENGTH + 1):
            for application, person in streams[:left]:
                row = _row(texts[version - 1], version, application, person, heads[application, person])
                heads[application, person] = row[-1]
                yield row
            left -= len(streams[:left])


def _row(text: str, version: int, application: UUID, person: UUID, previous: bytes) -> Row:
    model = ApplicationSubmitted if version == 1 else ApplicationAdvanced
    event_id, occurred, stream, key = new_id(), now(), STREAM.name(application), str(person)
    text = text.replace(str(NOBODY), key).replace(str(NONE), str(application))
    facts = Facts(event_id, stream, version, model.wire_type, model.schema_version, key, wire_time(occurred))
    head = chained(previous, facts, text, METADATA)
    return (
        event_id, STREAM.category, stream, version, model.wire_type, model.schema_version, key, occurred, text,
        METADATA, previous, head,
    )  # fmt: skip


async def _texts() -> list[str]:
    """The events of one application as they are stored, by version."""
    about = {"application_id": NONE, "person_id": NOBODY}
    submitted = ApplicationSubmitted(**about, job_id=JOB, stage="stage-1", source="referral", source_detail="2026")
    advanced = [
        ApplicationAdvanced(**about, from_stage=f"stage-{at}", to_stage=f"stage-{at + 1}") for at in range(1, LENGTH)
    ]
    return await Codec().seal([(new_id(), event) for event in (submitted, *advanced)])


async def relayed(store: EventStore, kafka: Kafka) -> None:
    """Carries everything that stands in the store to its topics, by the relay itself."""
    async with store.database.connection() as connection:
        last = await connection.fetchval("SELECT coalesce(max(position), 0) FROM events")
    relay = asyncio.create_task(Relay(store, kafka, registry).run())
    while (await read_checkpoint(kafka, store.service)).position < last:
        await asyncio.wait({relay}, timeout=0.2)
        if relay.done():
            raise RuntimeError("the relay has stopped")
    relay.cancel()
    with suppress(asyncio.CancelledError):
        await relay
