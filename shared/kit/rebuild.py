"""Builds read tables anew beside the live ones, in a schema of their own, and swaps them in one transaction."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from shared.kit.consumer import Consumer, Report
from shared.kit.database import Database
from shared.kit.effects import Projection
from shared.kit.kafka import Kafka
from shared.kit.read_models import ReadModel
from shared.kit.store import EventStore

SHADOW = "shadow"
RETIRED = "retired"
DIGEST = "SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM {table} t"
CARRY = (
    "DELETE FROM positions WHERE consumer = $1",
    "DELETE FROM seen WHERE consumer = $1",
    "DELETE FROM parked WHERE consumer = $1",
    "DELETE FROM parked_sequences WHERE consumer = $1",
    "UPDATE positions SET consumer = $1 WHERE consumer = $2",
    "UPDATE seen SET consumer = $1 WHERE consumer = $2",
    "UPDATE parked SET consumer = $1 WHERE consumer = $2",
    "UPDATE parked_sequences SET consumer = $1 WHERE consumer = $2",
)
STREAMS = "SELECT DISTINCT stream FROM events WHERE category = $1 AND position > $2 ORDER BY stream"


async def digest(database: Database, table: str, schema: str = "public") -> str:
    """A fingerprint of a table's rows, whatever their order."""
    async with database.connection() as connection:
        found: str = await connection.fetchval(DIGEST.format(table=f'{schema}."{table}"'))
    return found


async def rebuild_projection(
    name: str, topics: tuple[str, ...], kafka: Kafka, database: Database, live: Projection,
    report: Report | None = None,
) -> None:  # fmt: skip
    """Folds the log from its beginning into shadow tables, then swaps tables and position. Live goes on meanwhile.

    A rebuild that was killed goes on where it stood.
    """
    shadow_name = f"{name}~{SHADOW}"
    async with database.transaction() as connection:
        await _create(connection, live.tables, keep=await _begun(connection, shadow_name))
    consumer = Consumer(shadow_name, topics, kafka, database, live.shadow(SHADOW))
    await consumer.catch_up(report)
    async with database.transaction() as connection:
        await _swap(connection, live.tables)
        # The live consumer's next compare-and-set fails on the new position, so it reads on from there.
        for statement in CARRY:
            await connection.execute(statement, *(name, shadow_name)[: statement.count("$")])


async def rebuild_read_models(store: EventStore) -> None:
    """Folds the service's own streams into shadow read models and swaps them; writers wait only for the last few."""
    models = store.all_read_models()
    tables = [model.table.name for model in models]
    async with store.database.transaction() as connection:
        await _create(connection, tables, keep=False)
        stood: int = await connection.fetchval("SELECT coalesce(max(position), 0) FROM events")
    async with store.database.connection() as connection:
        await _fold(connection, store, models, after=0)
    async with store.database.transaction() as connection:
        await connection.execute("LOCK TABLE events IN SHARE MODE")
        await _fold(connection, store, models, after=stood)
        await _swap(connection, tables)


async def _fold(
    connection: asyncpg.Connection, store: EventStore, models: Sequence[ReadModel[Any]], after: int
) -> None:
    for model in models:
        stream = model.aggregate.stream
        rows = await connection.fetch(STREAMS, stream.category, after)
        for row in rows:
            loaded = await store.load(model.aggregate, row["stream"].removeprefix(stream.name("")))
            await model.write(connection, loaded.state, loaded.version, into=f"{SHADOW}.{model.table.name}")


async def _begun(connection: asyncpg.Connection, shadow_name: str) -> bool:
    found: int = await connection.fetchval("SELECT count(*) FROM positions WHERE consumer = $1", shadow_name)
    return found > 0


async def _create(connection: asyncpg.Connection, tables: Sequence[str], keep: bool) -> None:
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SHADOW}")
    for table in tables if not keep else ():
        await connection.execute(f'DROP TABLE IF EXISTS {SHADOW}."{table}"')
        await connection.execute(f'CREATE TABLE {SHADOW}."{table}" (LIKE public."{table}" INCLUDING ALL)')


async def _swap(connection: asyncpg.Connection, tables: Sequence[str]) -> None:
    await connection.execute(f"CREATE SCHEMA {RETIRED}")
    for table in tables:
        await connection.execute(f'ALTER TABLE public."{table}" SET SCHEMA {RETIRED}')
        await connection.execute(f'ALTER TABLE {SHADOW}."{table}" SET SCHEMA public')
    await connection.execute(f"DROP SCHEMA {RETIRED} CASCADE")
