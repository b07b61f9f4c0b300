"""Builds read tables anew beside the live ones, in a schema of their own, and swaps them in one transaction."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import asyncpg
import structlog
from aiokafka import TopicPartition

from shared.kit import failpoints
from shared.kit.brake import MOST_KEYS, Braked
from shared.kit.consumer import Consumer
from shared.kit.database import Database
from shared.kit.discarded import discarded_by
from shared.kit.effects import WHOLE, Projection, Report, Share
from shared.kit.faults import TRANSIENT, describe
from shared.kit.kafka import Kafka
from shared.kit.parking import redrive, sequences
from shared.kit.positions import OF_CONSUMER
from shared.kit.read_models import ReadModel
from shared.kit.store import EventStore

SHADOW = "shadow"
RETIRED = "retired"
DIGEST = "SELECT count(*) || '-' || coalesce(sum(hashtextextended({content}, 0)), 0) FROM {table} t"
# An identity says in which order this database came by its rows, and no replay repeats that.
CONTENT = """
SELECT 'ROW(' || string_agg(format('t.%I', attname), ', ' ORDER BY attnum) || ')::text' FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''
"""
POSITIONED = ("positions", "seen", "parked", "parked_sequences")
LOCK = "LOCK TABLE events IN SHARE MODE"
BLOCKED = "SELECT count(*) FROM parked_sequences WHERE consumer = $1"
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = $1 AND tablename = $2"
STREAMS = "SELECT DISTINCT stream FROM events WHERE category = $1 AND position > $2 ORDER BY stream"

Step = Literal["read", "fold"]
"""Of a rebuild: the log is read into the tables of a projection, then what is derived from those is folded."""
Others = Callable[[Step], Awaitable[None]]

log = structlog.get_logger()


async def digest(database: Database, table: str, schema: str = "public") -> str:
    """A fingerprint of a table's rows, whatever their order."""
    async with database.long_transaction() as connection:
        return await digest_on(connection, table, schema)


async def digest_on(connection: asyncpg.Connection, table: str, schema: str = "public") -> str:
    """The same, as this connection sees it."""
    named = f'{schema}."{table}"'
    found: str = await connection.fetchval(DIGEST.format(table=named, content=await content(connection, named)))
    return found


async def content(connection: asyncpg.Connection, table: str) -> str:
    """SQL for what a row `t` of the table says, as text."""
    expression: str = await connection.fetchval(CONTENT, table)
    return expression


async def rebuild_projection(
    name: str, topics: tuple[str, ...], kafka: Kafka, database: Database, live: Projection,
    report: Report | None = None, resume: bool = False, others: Others | None = None,
) -> None:  # fmt: skip
    """Folds the log from its beginning into shadow tables, then swaps tables and position. Live goes on meanwhile.

    With `resume`, one that was killed goes on where it stood; rows that a handler mended since wrote are kept then.
    `others` have a step done by other processes, a share each; what they leave is done here.
    Raises Braked, and swaps nothing, where it had to park far more than live has.
    """
    shadow_name = shadow_of(name)
    tables = [*live.tables, *(live.derived.tables if live.derived else ())]
    async with database.transaction() as connection:
        keep = resume and await _begun(connection, shadow_name)
        if not keep:
            await forget(connection, shadow_name)
            await create(connection, tables, SHADOW)
            if live.by_key:
                await _drop_indexes(connection, live.tables)
    if others is not None:
        await others("read")
    consumer = await _replaying(name, topics, kafka, database, live)
    await consumer.catch_up(report)
    await settle(database, consumer)
    if live.by_key:
        await _create_indexes(database, live.tables, report)
    if live.derived is not None:
        if others is not None:
            await others("fold")
        await live.derived.fold(SHADOW, report, WHOLE)
    failpoints.reach("rebuild.folded")
    # Positions before tables, the order in which a consumer's transaction takes them: or each waits for the other.
    async with abreast(name, topics, kafka, database, consumer) as connection:
        await settle(database, consumer)
        await _brake(connection, name, shadow_name)
        await forget(connection, name)
        for table in POSITIONED:
            await connection.execute(f"UPDATE {table} SET consumer = $1 WHERE consumer = $2", name, shadow_name)  # noqa: S608
        await _swap(connection, tables)


async def rebuild_share(
    name: str, topics: tuple[str, ...], kafka: Kafka, database: Database, live: Projection, step: Step, share: Share,
    report: Report | None = None,
) -> None:  # fmt: skip
    """A share of one step of a rebuild that another process has begun."""
    if step == "read":
        await (await _replaying(name, topics, kafka, database, live)).catch_up(report, share=share)
    elif live.derived is not None:
        await live.derived.fold(SHADOW, report, share)


def shadow_of(name: str) -> str:
    """How the consumer of a rebuild is called."""
    return f"{name}~{SHADOW}"


async def _replaying(
    name: str, topics: tuple[str, ...], kafka: Kafka, database: Database, live: Projection
) -> Consumer:  # fmt: skip
    async with database.connection() as connection:
        discarded = await discarded_by(connection, name)
    return Consumer(shadow_of(name), topics, kafka, database, live.shadow(SHADOW), discarded)


@asynccontextmanager
async def abreast(
    name: str, topics: tuple[str, ...], kafka: Kafka, database: Database, replay: Consumer
) -> AsyncIterator[asyncpg.Connection]:
    """A replay where live stands, or beyond: what it lacked is read, and live takes nothing more while the block runs.

    Behind it, live would not learn that its position went back before the next record comes, perhaps days later; beyond
    it, the next one tells. Yields the transaction that keeps live waiting.
    """
    async with database.long_transaction() as holding:
        await replay.catch_up(until=await standing(holding, name, topics, kafka, "FOR UPDATE"))
        yield holding


async def standing(
    connection: asyncpg.Connection, name: str, topics: tuple[str, ...], kafka: Kafka, how: str = ""
) -> dict[TopicPartition, int]:
    """The position of live in each partition of its topics; 0 where it has none yet."""
    rows = await connection.fetch(f"{OF_CONSUMER} {how}", name)
    never_read = dict.fromkeys(await kafka.partitions(topics), 0)
    return never_read | {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def rebuild_read_models(store: EventStore, report: Report | None = None) -> None:
    """Folds the service's own streams into shadow read models and swaps them; writers wait only for the last few."""
    async with folded(store, SHADOW, report) as holding:
        await _swap(holding, [model.table.name for model in store.all_read_models()])


@asynccontextmanager
async def folded(store: EventStore, schema: str, report: Report | None = None) -> AsyncIterator[asyncpg.Connection]:
    """The read models as their streams give them, in this schema; nobody writes while the block runs.

    Yields the transaction that keeps the writers waiting.
    """
    models = store.all_read_models()
    async with store.database.transaction() as connection:
        await create(connection, [model.table.name for model in models], schema)
        # Waits for whoever has drawn a position and not committed: what is below `stood` is there for the first pass.
        await connection.execute(LOCK)
        stood: int = await connection.fetchval("SELECT coalesce(max(position), 0) FROM events")
    async with store.database.connection() as writing:
        again = await _first_pass(writing, store, schema, report)
        async with store.database.long_transaction() as holding:
            await holding.execute(LOCK)
            for model in models:
                category = model.aggregate.stream.category
                last = [*{*await _streams(writing, category, stood), *again.get(category, ())}]
                ids = [stream.removeprefix(model.aggregate.stream.name("")) for stream in last]
                key = model.table.primary_key.columns[0].name
                await writing.execute(f'DELETE FROM {schema}."{model.table.name}" WHERE {key}::text = ANY($1)', ids)  # noqa: S608
                for stream in last:
                    await _write(writing, store, model, stream, schema)
            yield holding


async def _first_pass(
    writing: asyncpg.Connection, store: EventStore, schema: str, report: Report | None
) -> Mapping[str, set[str]]:
    """Every stream that stands there, while others write. Returns by category those that have to be written again."""
    models = store.all_read_models()
    streams = [(m, s) for m in models for s in await _streams(writing, m.aggregate.stream.category, 0)]
    again: dict[str, set[str]] = {}
    for done, (model, stream) in enumerate(streams, start=1):
        try:
            await _write(writing, store, model, stream, schema)
        except asyncpg.UniqueViolationError:
            # A value has passed from one row to another meanwhile: both are written in the last pass.
            again.setdefault(model.aggregate.stream.category, set()).add(stream)
        if report is not None:
            report("read models", done, len(streams))
    return again


async def _streams(connection: asyncpg.Connection, category: str, after: int) -> list[str]:
    return [row["stream"] for row in await connection.fetch(STREAMS, category, after)]


async def _write(
    connection: asyncpg.Connection, store: EventStore, model: ReadModel[Any], stream: str, schema: str
) -> None:
    loaded = await store.load(model.aggregate, stream.removeprefix(model.aggregate.stream.name("")))
    if loaded.state is not None:  # a stream that only a newer version understands has no row here
        await model.written(loaded.state, loaded.version, into=f"{schema}.{model.table.name}").run(connection)


async def settle(database: Database, again: Consumer, but: Collection[tuple[str, bytes]] = ()) -> None:
    """Redrives what a replay has parked, as operators have redriven it live; what fails again stays parked."""
    for topic, key in await sequences(database, again.name):
        if (topic, key) not in but:
            try:
                await redrive(database, again.name, again.effect, topic, key)
            except TRANSIENT:
                raise
            except Exception as error:
                log.info("stays parked", consumer=again.name, topic=topic, why=describe(error))


async def forget(connection: asyncpg.Connection, consumer: str) -> None:
    """Everything that says how far a consumer is."""
    for table in POSITIONED:
        await connection.execute(f"DELETE FROM {table} WHERE consumer = $1", consumer)  # noqa: S608


async def create(connection: asyncpg.Connection, tables: Sequence[str], schema: str) -> None:
    """Empty tables like those of the same name, in a schema of their own."""
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for table in tables:
        await connection.execute(f'DROP TABLE IF EXISTS {schema}."{table}"')
        await connection.execute(f'CREATE TABLE {schema}."{table}" (LIKE public."{table}" INCLUDING ALL)')


async def _drop_indexes(connection: asyncpg.Connection, tables: Sequence[str]) -> None:
    """Those that are not unique: each that is kept up while rows come in costs as much as a row."""
    for table in tables:
        for row in await connection.fetch(INDEXES, SHADOW, table):
            if not row["indexdef"].startswith("CREATE UNIQUE"):
                await connection.execute(f'DROP INDEX {SHADOW}."{row["indexname"]}"')


async def _create_indexes(database: Database, tables: Sequence[str], report: Report | None) -> None:
    """Those that the live tables have and these do not; one after the other, for each can take a minute."""
    missing: list[str] = []
    async with database.connection() as connection:
        for table in tables:
            there_are = await _index_names(connection, SHADOW, table)
            for definition, row in (await _indexes(connection, "public", table)).items():
                # PostgreSQL may write an expression otherwise once it was read again.
                if definition not in there_are and row["indexname"] not in there_are.values():
                    missing.append(row["indexdef"])
    for done, definition in enumerate(missing, start=1):
        async with database.long_transaction() as connection:
            await connection.execute(definition.replace(" ON public.", f" ON {SHADOW}.", 1))
        if report is not None:
            report("indexes", done, len(missing))


async def _begun(connection: asyncpg.Connection, shadow_name: str) -> bool:
    found: int = await connection.fetchval("SELECT count(*) FROM positions WHERE consumer = $1", shadow_name)
    return found > 0


async def _brake(connection: asyncpg.Connection, name: str, shadow_name: str) -> None:
    live, rebuilt = [await connection.fetchval(BLOCKED, of) for of in (name, shadow_name)]
    if rebuilt > live + MOST_KEYS:
        raise Braked(f"{rebuilt} keys of {name} would be parked, and live has {live}: mend the handler, then rebuild")


async def _swap(connection: asyncpg.Connection, tables: Sequence[str]) -> None:
    await connection.execute(f"CREATE SCHEMA {RETIRED}")
    for table in tables:
        names = await _index_names(connection, "public", table)
        await connection.execute(f'ALTER TABLE public."{table}" SET SCHEMA {RETIRED}')
        # LIKE gives indexes names of its own; migrations know them by the names that they gave.
        for definition, name in (await _index_names(connection, SHADOW, table)).items():
            if name != (named := names.get(definition, name)):
                await connection.execute(f'ALTER INDEX {SHADOW}."{name}" RENAME TO "{named}"')
        await connection.execute(f'ALTER TABLE {SHADOW}."{table}" SET SCHEMA public')
    await connection.execute(f"DROP SCHEMA {RETIRED} CASCADE")


async def _index_names(connection: asyncpg.Connection, schema: str, table: str) -> dict[str, str]:
    return {of: row["indexname"] for of, row in (await _indexes(connection, schema, table)).items()}


async def _indexes(connection: asyncpg.Connection, schema: str, table: str) -> dict[str, asyncpg.Record]:
    """By their definition without names in it."""
    rows = await connection.fetch(INDEXES, schema, table)
    return {re.sub(r" INDEX .*? USING ", " INDEX USING ", row["indexdef"]): row for row in rows}
