"""A row of a read model is of the latest version, whoever comes last to write it."""

from uuid import uuid4

from sqlalchemy import Column, Integer, MetaData, String, Table, Uuid

from shared.kit.database import Database
from shared.kit.read_models import ReadModel
from shared.kit.tests.notes import Note, Notes

TABLE = Table(
    "notes", MetaData(), Column("id", Uuid, primary_key=True), Column("version", Integer), Column("text", String)
)


async def test_an_older_state_that_comes_later_changes_nothing(database: Database, notes: Notes) -> None:
    await database.execute("CREATE TABLE notes (id uuid PRIMARY KEY, version int, text text)")
    model = ReadModel(notes.aggregate, TABLE, lambda note: {"id": note.id, "text": note.text})
    note, found = uuid4(), []
    async with database.connection() as connection:
        for version, text in ((1, "a"), (3, "c"), (2, "b"), (3, "other"), (4, "d")):
            await model.written(Note(note, text, None), version).run(connection)
            found.append(await connection.fetchval("SELECT text FROM notes"))
    assert found == ["a", "c", "c", "c", "d"]
