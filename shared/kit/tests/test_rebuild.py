"""A rebuild is there whole, its tables and its position, or nothing of it is."""

from collections.abc import Iterable, Sequence
from uuid import uuid4

import asyncpg
import pytest

from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.database import Database
from shared.kit.effects import WHOLE, Delivery, Derived, Projection, Report, Share
from shared.kit.kafka import Kafka
from shared.kit.rebuild import RETIRED, SHADOW, Step, digest, rebuild_projection, rebuild_share
from shared.kit.shares import ShareFailed, Shares
from shared.kit.testing.relayed import Relayed
from shared.kit.testing.topic import Topic
from shared.kit.tests.notes import Notes

REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'cut off here'; END $$;
CREATE TRIGGER cut BEFORE DELETE ON positions FOR EACH ROW WHEN (old.consumer = 'live') EXECUTE FUNCTION refuse();
"""
# How a swap comes to nothing, and how that is taken away again: at its positions, and after them, at its tables.
CUTS = {
    "positions": (REFUSE, "DROP TRIGGER cut ON positions"),
    "tables": (f"CREATE SCHEMA {RETIRED}", f"DROP SCHEMA {RETIRED}"),
}
STANDS = """
SELECT 'read' AS what, topic || partition AS of, next_offset AS how_far FROM positions WHERE consumer = 'live'
UNION ALL SELECT 'seen', stream, version FROM seen WHERE consumer = 'live' ORDER BY 1, 2
"""


async def stands(connection: asyncpg.Connection) -> list[tuple[str, str, int]]:
    """How far live has come in partitions and streams."""
    return [(row["what"], row["of"], row["how_far"]) for row in await connection.fetch(STANDS)]


async def _project(connection: asyncpg.Connection, batch: Sequence[tuple[Delivery, Event]]) -> None:
    await connection.executemany("INSERT INTO texts VALUES ($1)", [(e.model_dump()["text"],) for _, e in batch])


async def _written(kafka: Kafka, notes: Notes, texts: Iterable[str]) -> None:
    relayed = Relayed(Codec(None, notes.registry))
    for text in texts:
        note = uuid4()
        await Topic(kafka, notes.topic).publish(await relayed.deliveries(note, [notes.written(note, note, text)]))


async def test_shares_of_a_rebuild_are_disjoint_and_leave_nothing(
    kafka: Kafka, database: Database, notes: Notes
) -> None:
    await database.execute("CREATE TABLE texts (text text)")
    types, texts = frozenset({notes.Written.wire_type}), "abcdefghijkl"
    folded: list[tuple[str, Share]] = []

    async def fold(schema: str, report: Report | None, share: Share) -> None:
        folded.append((schema, share))

    codec = Codec(None, notes.registry)
    projection = Projection(database, codec, ["texts"], types, _project, derived=Derived((), fold))
    live = "live", (notes.topic,), kafka, database, projection
    await _written(kafka, notes, texts)
    read: list[int] = []

    async def others(step: Step) -> None:
        for number in range(3):
            await rebuild_share(*live, step, Share(number, 3))
            async with database.connection() as connection:
                read.append(await connection.fetchval(f"SELECT count(*) FROM {SHADOW}.texts"))

    await rebuild_projection(*live, others=others)
    assert sorted(read) == read
    assert 0 < read[0] < read[2] == len(texts) == read[-1]
    assert folded == [(SHADOW, Share(0, 3)), (SHADOW, Share(1, 3)), (SHADOW, Share(2, 3)), (SHADOW, WHOLE)]
    async with database.connection() as connection:
        assert {row["text"] for row in await connection.fetch("SELECT text FROM texts")} == {*texts}


async def test_a_process_of_a_rebuild_that_fails_ends_it_with_its_sentence() -> None:
    shares = Shares("nobody", "nobody.facts", 2, lambda what, done, total: None)
    with pytest.raises(ShareFailed, match="ended with 1"):
        await shares("read")


@pytest.mark.parametrize("cut", CUTS)
async def test_a_swap_that_is_cut_off_leaves_tables_and_position_as_they_were(
    cut: str, kafka: Kafka, database: Database, notes: Notes
) -> None:
    refuse, allow = CUTS[cut]
    await database.execute("CREATE TABLE texts (text text)")
    types = frozenset({notes.Written.wire_type})
    projection = Projection(database, Codec(None, notes.registry), ["texts"], types, _project)
    await _written(kafka, notes, "abc")
    await rebuild_projection("live", (notes.topic,), kafka, database, projection)
    whole = await digest(database, "texts")
    async with database.connection() as connection:
        mended = await stands(connection)
        # As a handler left both before it was mended: a rebuild has neither.
        await connection.execute("INSERT INTO texts VALUES ('of a stream that is not there')")
        await connection.execute("INSERT INTO seen VALUES ('live', 'a-stream-that-is-not-there', 1)")
        live, stood = await digest(database, "texts"), await stands(connection)
        await connection.execute(refuse)
        with pytest.raises((asyncpg.RaiseError, asyncpg.DuplicateSchemaError)):
            await rebuild_projection("live", (notes.topic,), kafka, database, projection)
        assert await digest(database, "texts") == live
        assert await stands(connection) == stood
        await connection.execute(allow)
        await rebuild_projection("live", (notes.topic,), kafka, database, projection)
        assert await digest(database, "texts") == whole
        assert await stands(connection) == mended


async def test_indexes_that_a_projection_does_not_need_come_when_the_log_has_been_read(
    kafka: Kafka, database: Database, notes: Notes
) -> None:
    await database.execute("CREATE TABLE texts (text text UNIQUE)")
    await database.execute("CREATE INDEX by_length ON texts (length(text)) WHERE text <> ' ON public.'")
    there_are: list[set[str]] = []

    async def project(connection: asyncpg.Connection, batch: Sequence[tuple[Delivery, Event]]) -> None:
        there_are.append(set(await indexes(connection, SHADOW)))
        await _project(connection, batch)

    types = frozenset({notes.Written.wire_type})
    projection = Projection(database, Codec(None, notes.registry), ["texts"], types, project, by_key=True)
    live = "live", (notes.topic,), kafka, database, projection
    await _written(kafka, notes, "abc")
    async with database.connection() as connection:
        before = await indexes(connection)
        for _ in range(2):
            await rebuild_projection(*live)
            assert await indexes(connection) == before
        assert {len(found) for found in there_are} == {1}
        # Killed when they were made, it goes on without making them twice.
        await connection.execute(f"CREATE SCHEMA {RETIRED}")
        with pytest.raises(asyncpg.DuplicateSchemaError):
            await rebuild_projection(*live)
        await connection.execute(f"DROP SCHEMA {RETIRED}")
        await _written(kafka, notes, "d")
        await rebuild_projection(*live, resume=True)
        assert await indexes(connection) == before
        assert await connection.fetchval("SELECT count(*) FROM texts") == 4


async def indexes(connection: asyncpg.Connection, schema: str = "public") -> dict[str, str]:
    """Of texts: by name, how they are made."""
    rows = await connection.fetch("SELECT * FROM pg_indexes WHERE tablename = 'texts' AND schemaname = $1", schema)
    return {row["indexname"]: row["indexdef"] for row in rows}


async def test_rows_in_another_order_of_arrival_are_the_same_rows(database: Database) -> None:
    async with database.connection() as connection:
        for schema, texts in (("public", "ab"), ("other", "ba"), ("wrong", "bc")):
            await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            await connection.execute(
                f"CREATE TABLE {schema}.texts (at bigint GENERATED ALWAYS AS IDENTITY, gone int, text text)"
            )
            await connection.execute(f"ALTER TABLE {schema}.texts DROP COLUMN gone")
            for text in texts:
                await connection.execute(f"INSERT INTO {schema}.texts (text) VALUES ($1)", text)
    live = await digest(database, "texts")
    assert await digest(database, "texts", "other") == live
    assert await digest(database, "texts", "wrong") != live
