"""Brings a database that was restored from an older copy up to date from the service's own topics."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
from aiokafka import ConsumerRecord

from shared.events.envelope import Envelope
from shared.events.event import Event
from shared.kit.context import is_history
from shared.kit.effects import Report
from shared.kit.event_rows import EventRow, row_of
from shared.kit.kafka import Kafka
from shared.kit.store import EventStore
from shared.kit.topics import bounds, standing, topic_by_category
from shared.kit.triage import parse

AT_ONCE = 2_000
LOCK = "LOCK TABLE events IN EXCLUSIVE MODE"
KNOWN = "SELECT id, position, hash FROM events WHERE id = ANY($1::uuid[])"
HEADS = """
SELECT DISTINCT ON (stream) stream, version, hash FROM events WHERE stream = ANY($1::text[])
ORDER BY stream, version DESC
"""
TAKEN = "SELECT position, id FROM events WHERE position = ANY($1::bigint[])"
GO_ON = "SELECT setval(pg_get_serial_sequence('events', 'position'), (SELECT max(position) FROM events))"
REACTED = "INSERT INTO reacted (event_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING"

Told = Sequence[tuple[Envelope, Event]]
Restored = Callable[[asyncpg.Connection, Told], Awaitable[None]]
"""What a service does besides, in the same transaction, with its own events that came back."""


class Diverged(RuntimeError):
    """The database was written to after it was restored: it and Kafka tell two histories, and a person must choose."""


@dataclass
class CaughtUp:
    """How many records were compared, and what was missing."""

    compared: int = 0
    events: int = 0
    streams: set[str] = field(default_factory=set)
    last: int = 0


async def catch_up(
    store: EventStore, kafka: Kafka, restored: Restored | None = None, report: Report | None = None,
    dry_run: bool = False,
) -> CaughtUp:  # fmt: skip
    """Inserts the events that Kafka holds and the database lacks, with all that follows from them, or nothing.

    Their read models and timers are written; what a reaction had answered already is not reacted to again. What was
    neither in the copy nor on Kafka is gone, and so are the answers kept for Idempotency-Keys since. Raises Diverged.
    """
    found, topics = CaughtUp(), sorted({*topic_by_category(store.service, store.codec.registry).values()})
    beginnings, _, ends = await bounds(kafka, topics)
    total = sum(ends[partition] - beginnings[partition] for partition in ends)
    async with store.database.long_transaction() as connection:
        await connection.execute(LOCK)
        async for batch in _batches(kafka, topics):
            missing = await _missing(connection, batch)
            found.compared += len(batch)
            if report is not None:
                report(store.service, found.compared, total)
            if missing and not dry_run:
                await _insert(connection, store, missing, restored)
            found.events += len(missing)
            found.streams |= {envelope.stream for envelope, _ in missing}
            found.last = max([found.last, *(envelope.position for envelope, _ in missing)])
        if found.events and not dry_run:
            await connection.execute(GO_ON)
    return found


async def _batches(kafka: Kafka, topics: Sequence[str]) -> AsyncIterator[list[tuple[Envelope, str]]]:
    """What the service itself wrote; partition by partition, so that each stream comes in its order."""
    batch: list[tuple[Envelope, str]] = []
    async for record in standing(kafka, topics):
        envelope = parse(record)
        if isinstance(envelope, Envelope):
            batch.append((envelope, _body(record)))
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _body(record: ConsumerRecord) -> str:
    text: str = (record.value or b"null").decode()
    return text


async def _missing(connection: asyncpg.Connection, batch: Sequence[tuple[Envelope, str]]) -> list[tuple[Envelope, str]]:
    known = {row["id"]: row["position"] for row in await connection.fetch(KNOWN, [e.id for e, _ in batch])}
    for envelope, _ in batch:
        if known.get(envelope.id, envelope.position) != envelope.position:
            raise _diverged(envelope)
    missing = [(envelope, body) for envelope, body in batch if envelope.id not in known]
    for row in await connection.fetch(TAKEN, [envelope.position for envelope, _ in missing]):
        raise _diverged(next(e for e, _ in missing if e.position == row["position"]))
    return missing


def _diverged(envelope: Envelope) -> Diverged:
    return Diverged(
        f"position {envelope.position} is {envelope.type} {envelope.id} on Kafka and another event in the database: "
        "it was written to after it was restored. Restore the copy again, keep the services stopped, and catch up first"
    )


async def _insert(
    connection: asyncpg.Connection, store: EventStore, missing: Sequence[tuple[Envelope, str]],
    restored: Restored | None,
) -> None:  # fmt: skip
    rows = await _rows(connection, missing)
    columns = ["position", "recorded", *EventRow._fields]
    records = [(e.position, e.recorded, *row) for (e, _), row in zip(missing, rows, strict=True)]
    await connection.copy_records_to_table("events", records=records, columns=columns)
    ours = f"service:{store.service}"
    await connection.execute(REACTED, [e.causation for e, _ in missing if e.actor == ours and e.causation])
    await _derive(connection, store, {e.stream: e for e, _ in missing})
    if restored is not None:
        known = [(e, body) for e, body in missing if e.type in store.codec.registry]
        events = await store.codec.open(known)
        await restored(connection, [(e, event) for (e, _), event in zip(known, events, strict=True)])


async def _derive(connection: asyncpg.Connection, store: EventStore, newest: Mapping[str, Envelope]) -> None:
    """Read models and timers of these streams, as the units wrote them that were lost."""
    for category in {envelope.category for envelope in newest.values()}:
        names = [name for name, envelope in newest.items() if envelope.category == category]
        for model in store.read_models(category):
            for stream in (await store.loaded(connection, model.aggregate, names)).values():
                if stream.state is not None:
                    await model.written(stream.state, stream.version).run(connection)
        for timer in store.timers_of(category):
            for name, stream in (await store.loaded(connection, timer.aggregate, names)).items():
                history = is_history(newest[name].occurred, newest[name].recorded)
                await timer.written(name, None if history else timer.due_in(stream.state)).run(connection)


async def _rows(connection: asyncpg.Connection, missing: Sequence[tuple[Envelope, str]]) -> list[EventRow]:
    """In the chain of hashes that they had. Raises Diverged."""
    heads = {r["stream"]: r for r in await connection.fetch(HEADS, [e.stream for e, _ in missing])}
    chain: dict[str, tuple[int, bytes]] = {name: (r["version"], bytes(r["hash"])) for name, r in heads.items()}
    rows = []
    for envelope, body in missing:
        version, previous = chain.get(envelope.stream, (0, b""))
        if envelope.version != version + 1:
            raise _diverged(envelope)
        row = row_of(envelope, body, previous)
        chain[envelope.stream] = envelope.version, row.hash
        rows.append(row)
    return rows
