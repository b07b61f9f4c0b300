"""Compares what is derived from the log with its replay from scratch, at one and the same position, and swaps nothing.

Live goes on: it waits for the last few events of the replay, never for the comparison itself, which reads a snapshot.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from aiokafka import TopicPartition

from shared.kit.consumer import Consumer
from shared.kit.database import Database
from shared.kit.discarded import discarded_by
from shared.kit.effects import Projection, Report
from shared.kit.kafka import Kafka
from shared.kit.rebuild import abreast, content, create, digest_on, folded, forget, settle, standing
from shared.kit.store import EventStore
from shared.kit.tables import MACHINERY

REPLAY = "replay"
ROUNDS = 5
FEW = 1_000
SHOWN = 5
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
# A redrive of these waits as well.
WAITING = "SELECT topic, key FROM parked_sequences WHERE consumer = $1 FOR UPDATE"
PARKED = "SELECT count(*) FROM parked WHERE consumer = $1"
IDENTITY = """
SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) FROM pg_index JOIN pg_attribute
ON attrelid = indrelid AND attnum = ANY(indkey) WHERE indisprimary AND indrelid = $1::regclass
"""
DIFFERING = """
WITH live AS (SELECT concat_ws(' ', {identity}) AS id, {content} AS content FROM public."{table}" t),
    replayed AS (SELECT concat_ws(' ', {identity}) AS id, {content} AS content FROM {replay}."{table}" t)
SELECT id, count(*) OVER () AS differing FROM live FULL JOIN replayed USING (id)
WHERE live.content IS DISTINCT FROM replayed.content ORDER BY id LIMIT $1
"""


@dataclass(frozen=True)
class Compared:
    """One table of a consumer, or of the "read models": how many rows differ from the replay, and which, a few."""

    of: str
    table: str
    rows: int
    differing: int = 0
    ids: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        return self.differing == 0


@dataclass(frozen=True)
class Replayed:
    """`parked` and `parked_in_replay` are records: where they differ, so do the tables, until somebody redrives."""

    consumer: str
    tables: Sequence[Compared]
    parked: int
    parked_in_replay: int


async def compare_read_models(store: EventStore, report: Report | None = None) -> list[Compared]:
    """Writers wait for the streams that were written during the first pass, as they do in a rebuild."""
    tables = [model.table.name for model in store.all_read_models()]
    async with _scratch(store.database), store.database.long_transaction("repeatable_read") as reading:
        async with folded(store, REPLAY, report):
            await reading.execute("SELECT 1")  # from here on it sees what stands now
        return [await _compare(reading, "read models", table) for table in tables]


async def compare_projection(
    name: str, topics: tuple[str, ...], kafka: Kafka, database: Database, live: Projection, report: Report | None = None
) -> Replayed:
    """The consumer waits for the last few events; what was discarded is passed by, what can't be handled parked."""
    async with _scratch(database, f"{name}~{REPLAY}"):
        async with database.transaction() as connection:
            # All tables but the machinery's: whatever the replay writes, it must not reach a live one.
            every = {row["tablename"] for row in await connection.fetch(TABLES)} - {*MACHINERY} | {*live.tables}
            await create(connection, sorted(every), REPLAY)
            discarded = await discarded_by(connection, name)
        replay = Consumer(f"{name}~{REPLAY}", topics, kafka, database, live.shadow(REPLAY), discarded)
        await _approach(name, topics, kafka, database, replay, report)
        async with database.long_transaction("repeatable_read") as reading:
            async with abreast(name, topics, kafka, database, replay) as holding:
                waiting = {(row["topic"], bytes(row["key"])) for row in await holding.fetch(WAITING, name)}
                await settle(database, replay, but=waiting)
                await reading.execute("SELECT 1")  # from here on it sees what stands now
            tables = [await _compare(reading, name, table) for table in live.tables]
            parked, in_replay = [await reading.fetchval(PARKED, of) for of in (name, replay.name)]
    return Replayed(name, tables, parked, in_replay)


async def _approach(
    name: str, topics: tuple[str, ...], kafka: Kafka, database: Database, replay: Consumer, report: Report | None
) -> None:
    """Replays without holding live until it is near: on a busy platform that moves on during a long replay."""
    stood: dict[TopicPartition, int] = {}
    for _ in range(ROUNDS):
        async with database.connection() as connection:
            stands = await standing(connection, name, topics, kafka)
        if sum(stands.values()) - sum(stood.values()) < FEW and stood:
            return
        await replay.catch_up(report, stands)
        stood = stands


async def _compare(connection: asyncpg.Connection, of: str, table: str) -> Compared:
    rows: int = await connection.fetchval(f'SELECT count(*) FROM public."{table}"')  # noqa: S608
    if await digest_on(connection, table) == await digest_on(connection, table, REPLAY):
        return Compared(of, table, rows)
    said = await content(connection, f'public."{table}"')
    identity = await connection.fetchval(IDENTITY, f'public."{table}"') or said
    differing = DIFFERING.format(identity=identity, content=said, table=table, replay=REPLAY)
    found = await connection.fetch(differing, SHOWN)
    return Compared(of, table, rows, found[0]["differing"], tuple(row["id"] for row in found))


@asynccontextmanager
async def _scratch(database: Database, consumer: str | None = None) -> AsyncIterator[None]:
    """A schema and a position that are gone before and after."""

    async def clear() -> None:
        async with database.transaction() as connection:
            await connection.execute(f"DROP SCHEMA IF EXISTS {REPLAY} CASCADE")
            if consumer is not None:
                await forget(connection, consumer)

    await clear()
    try:
        yield
    finally:
        await clear()
