"""Builds read tables anew beside the live ones, in a schema of their own, and swaps them in one transaction."""

import re
from collections.abc import Sequence
from typing import Any

import asyncpg

from shared.kit import failpoints
from shared.kit.consumer import Consumer, Report
from shared.kit.database import Database
from shared.kit.effects import Projection
from shared.kit.kafka import Kafka
from shared.kit.read_models import ReadModel
from shared.kit.store import EventStore

SHADOW = "shadow"
RETIRED = "retired"
DIGEST = "SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM {table} t"
POSITIONED = ("positions", "seen", "parked", "parked_sequences")
LOCK = "LOCK TABLE events IN SHARE MODE"
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = $1 AND tablename = $2"
STREAMS = "SELECT DISTINCT stream FROM events WHERE category = $1 AND position > $2 ORDER BY stream"


async def digest(database: Database, table: str, schema: str = "public") -> str:
    """A fingerprint of a table's rows, whatever their order."""
    async with database.connection() as connection:
        found: str = await connection.fetchval(DIGEST.format(table=f'{schema}."{table}"'))
    return found


async def rebuild_projection(
    name: str, topics: tuple[str, ...], kafka: Kafka, database: Database, live: Projection,
    report: Report | None = None, resume: bool = False,
) -> None:  # fmt: skip
    """Folds the log from its beginning into shadow tables, then swaps tables and position. Live goes on meanwhile.

    With `resume`, one that was killed goes on where it stood; rows that a handler mended since wrote are kept then.
    """
    shadow_name = f"{name}~{SHADOW}"
    async with database.transaction() as connection:
        keep = resume and await _begun(connection, shadow_name)
        if not keep:
            for table in POSITIONED:
                await connection.execute(f"DELETE FROM {table} WHERE consumer = $1", shadow_name)  # noqa: S608
            await _create(connection, live.tables)
    consumer = Consumer(shadow_name, topics, kafka, database, live.shadow(SHADOW))
    await consumer.catch_up(report)
    failpoints.reach("rebuild.folded")
    async with database.transaction() as connection:
        await _swap(connection, live.tables)
        # The live consumer's next compare-and-set fails on the new position, so it reads on from there.
        for table in POSITIONED:
            await connection.execute(f"DELETE FROM {table} WHERE consumer = $1", name)  # noqa: S608
            await connection.execute(f"UPDATE {table} SET consumer = $1 WHERE consumer = $2", name, shadow_name)  # noqa: S608


async def rebuild_read_models(store: EventStore) -> None:
    """Folds the service's own streams into shadow read models and swaps them; writers wait only for the last few."""
    models = store.all_read_models()
    tables = [model.table.name for model in models]
    async with store.database.transaction() as connection:
        await _create(connection, tables)
        # Waits for whoever has drawn a position and not committed: what is below `stood` is there for the first pass.
        await connection.execute(LOCK)
        stood: int = await connection.fetchval("SELECT coalesce(max(position), 0) FROM events")
    again: dict[str, set[str]] = {}
    async with store.database.connection() as connection:
        for model in models:
            category = model.aggregate.stream.category
            for stream in await _streams(connection, category, 0):
                try:
                    await _write(connection, store, model, stream)
                except asyncpg.UniqueViolationError:
                    # A value has passed from one row to another meanwhile: both are written in the last pass.
                    again.setdefault(category, set()).add(stream)
    async with store.database.transaction() as connection:
        await connection.execute(LOCK)
        for model in models:
            category = model.aggregate.stream.category
            last = [*{*await _streams(connection, category, stood), *again.get(category, ())}]
            ids = [stream.removeprefix(model.aggregate.stream.name("")) for stream in last]
            key = model.table.primary_key.columns[0].name
            await connection.execute(f'DELETE FROM {SHADOW}."{model.table.name}" WHERE {key}::text = ANY($1)', ids)  # noqa: S608
            for stream in last:
                await _write(connection, store, model, stream)
        await _swap(connection, tables)


async def _streams(connection: asyncpg.Connection, category: str, after: int) -> list[str]:
    return [row["stream"] for row in await connection.fetch(STREAMS, category, after)]


async def _write(connection: asyncpg.Connection, store: EventStore, model: ReadModel[Any], stream: str) -> None:
    loaded = await store.load(model.aggregate, stream.removeprefix(model.aggregate.stream.name("")))
    await model.written(loaded.state, loaded.version, into=f"{SHADOW}.{model.table.name}").run(connection)


async def _begun(connection: asyncpg.Connection, shadow_name: str) -> bool:
    found: int = await connection.fetchval("SELECT count(*) FROM positions WHERE consumer = $1", shadow_name)
    return found > 0


async def _create(connection: asyncpg.Connection, tables: Sequence[str]) -> None:
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SHADOW}")
    for table in tables:
        await connection.execute(f'DROP TABLE IF EXISTS {SHADOW}."{table}"')
        await connection.execute(f'CREATE TABLE {SHADOW}."{table}" (LIKE public."{table}" INCLUDING ALL)')


async def _swap(connection: asyncpg.Connection, tables: Sequence[str]) -> None:
    await connection.execute(f"CREATE SCHEMA {RETIRED}")
    for table in tables:
        names = await _index_names(connection, "public", table)
        await connection.execute(f'ALTER TABLE public."{table}" SET SCHEMA {RETIRED}')
        # LIKE gives indexes names of its own; migrations know them by the names that they gave.
        for definition, name in (await _index_names(connection, SHADOW, table)).items():
            if name != names[definition]:
                await connection.execute(f'ALTER INDEX {SHADOW}."{name}" RENAME TO "{names[definition]}"')
        await connection.execute(f'ALTER TABLE {SHADOW}."{table}" SET SCHEMA public')
    await connection.execute(f"DROP SCHEMA {RETIRED} CASCADE")


async def _index_names(connection: asyncpg.Connection, schema: str, table: str) -> dict[str, str]:
    """Name by definition, without names in it."""
    rows = await connection.fetch(INDEXES, schema, table)
    return {re.sub(r" INDEX .*? USING ", " INDEX USING ", row["indexdef"]): row["indexname"] for row in rows}
