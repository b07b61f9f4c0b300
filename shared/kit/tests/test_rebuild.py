"""A rebuild is there whole, its tables and its position, or nothing of it is."""

from collections.abc import Sequence
from uuid import uuid4

import asyncpg
import pytest

from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.database import Database
from shared.kit.effects import Delivery, Projection
from shared.kit.kafka import Kafka
from shared.kit.rebuild import digest, rebuild_projection
from shared.kit.testing.relayed import Relayed
from shared.kit.testing.topic import Topic
from shared.kit.tests.notes import Notes

REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'cut off here'; END $$;
CREATE TRIGGER cut BEFORE DELETE ON positions FOR EACH ROW WHEN (old.consumer = 'live') EXECUTE FUNCTION refuse();
"""
STANDS = "SELECT consumer, sum(next_offset) FROM positions GROUP BY consumer"


async def stands(connection: asyncpg.Connection) -> dict[str, int]:
    return {row["consumer"]: row["sum"] for row in await connection.fetch(STANDS)}


async def test_a_swap_that_is_cut_off_leaves_tables_and_position_as_they_were(
    kafka: Kafka, database: Database, notes: Notes
) -> None:
    await database.execute("CREATE TABLE texts (text text)")

    async def project(connection: asyncpg.Connection, batch: Sequence[tuple[Delivery, Event]]) -> None:
        await connection.executemany("INSERT INTO texts VALUES ($1)", [(e.model_dump()["text"],) for _, e in batch])

    types = frozenset({notes.Written.wire_type})
    projection = Projection(database, Codec(None, notes.registry), ["texts"], types, project)
    relayed = Relayed(Codec(None, notes.registry))
    for text in "abc":
        note = uuid4()
        await Topic(kafka, notes.topic).publish(await relayed.deliveries(note, [notes.written(note, note, text)]))
    await rebuild_projection("live", (notes.topic,), kafka, database, projection)
    whole = await digest(database, "texts")
    await database.execute("INSERT INTO texts VALUES ('as the handler wrote it before it was mended')")
    live = await digest(database, "texts")
    async with database.connection() as connection:
        stood = await stands(connection)
        await connection.execute(REFUSE)
        with pytest.raises(asyncpg.RaiseError, match="cut off here"):
            await rebuild_projection("live", (notes.topic,), kafka, database, projection)
        assert await digest(database, "texts") == live
        assert (await stands(connection))["live"] == stood["live"]
        await connection.execute("DROP TRIGGER cut ON positions")
        await rebuild_projection("live", (notes.topic,), kafka, database, projection)
        assert await digest(database, "texts") == whole
        assert await stands(connection) == stood
