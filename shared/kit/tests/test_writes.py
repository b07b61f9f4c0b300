"""Writes share a statement where nothing hangs on their order, and keep it where something does."""

from uuid import uuid4

import pytest

from shared.kit.database import Database
from shared.kit.refusals import AlreadyThere
from shared.kit.store import EventStore
from shared.kit.tests.conftest import SOMEBODY
from shared.kit.tests.notes import Notes
from shared.kit.writes import Write, joined


def test_places_are_counted_on_through_the_writes_of_one_statement() -> None:
    twelve = ", ".join(f"${place}" for place in range(1, 13))
    [(text, arguments)] = joined([Write("a", f"INSERT INTO a VALUES ({twelve})", range(12)), Write("b", "$1 $2", "xy")])
    assert text == f"WITH w0 AS (INSERT INTO a VALUES ({twelve})), w1 AS ($13 $14) SELECT"
    assert arguments == [*range(12), "x", "y"]


def test_a_single_write_is_left_as_it_is() -> None:
    assert list(joined([Write("a", "DELETE FROM a WHERE n = $1", [7])])) == [("DELETE FROM a WHERE n = $1", [7])]
    assert list(joined([])) == []


def test_a_table_that_comes_again_begins_another_statement() -> None:
    writes = [Write(table, f"write {table} $1", [table]) for table in ("a", "b", "a", "c")]
    assert [arguments for _, arguments in joined(writes)] == [["a", "b"], ["a", "c"]]


async def test_writes_to_one_table_are_carried_out_in_their_order(database: Database) -> None:
    await database.execute("CREATE TABLE seats (person text PRIMARY KEY, seat int UNIQUE)")
    await database.execute("INSERT INTO seats VALUES ('first', 1)")
    passed_on = [
        Write("seats", "UPDATE seats SET seat = NULL WHERE person = $1", ["first"]),
        Write("seats", "INSERT INTO seats VALUES ($1, $2)", ["second", 1]),
    ]
    async with database.transaction() as connection:
        for text, arguments in joined(passed_on):
            await connection.execute(text, *arguments)
        assert await connection.fetchval("SELECT person FROM seats WHERE seat = 1") == "second"


async def test_a_stream_that_is_there_is_not_begun_again_though_nobody_looked(store: EventStore, notes: Notes) -> None:
    note, author = uuid4(), uuid4()
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, author)])
    with pytest.raises(AlreadyThere):
        async with store.unit(SOMEBODY) as unit:
            await unit.start(notes.aggregate, note, [notes.written(note, author)])
    async with store.unit(SOMEBODY) as unit:
        await unit.get(notes.aggregate, note)
        with pytest.raises(AlreadyThere):
            await unit.start(notes.aggregate, note, [notes.written(note, author)])
