"""Read models that were built anew are those that were written live."""

import asyncio

from services.ats.tests.hiring import TERMS
from shared.kit.rebuild import digest, rebuild_read_models
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired

COPY = """
INSERT INTO events (id, category, stream, version, type, schema_version, key, occurred, data, metadata, previous, hash)
SELECT gen_random_uuid(), category, 'requisition-' || gen_random_uuid(), 1, type, schema_version, key, occurred,
    json_build_object('requisition_id', gen_random_uuid(), 'revision', 1, 'headcount', 1, 'department', 'd',
        'location', 'l'), metadata, previous, hash
FROM events WHERE type = 'ats.requisition.drafted' LIMIT 1
"""
INDEXES = "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"


async def test_rebuilt_read_models_equal_the_live_ones(ats: Wired, recruiter: Api) -> None:
    for _ in range(3):
        await recruiter.post("/requisitions", TERMS)
    tables = [model.table.name for model in ats.store.all_read_models()]
    live = {table: await digest(ats.store.database, table) for table in tables}
    async with ats.store.database.connection() as connection:
        await connection.execute("UPDATE requisitions SET department = 'wrong'")
    await rebuild_read_models(ats.store)
    assert {table: await digest(ats.store.database, table) for table in tables} == live
    await recruiter.post("/requisitions", TERMS)
    assert len((await recruiter.get("/requisitions"))["items"]) == 4


async def test_an_event_that_commits_late_is_in_the_rebuilt_table(ats: Wired, recruiter: Api) -> None:
    await recruiter.post("/requisitions", TERMS)
    database = ats.store.database
    async with database.connection() as writing:
        transaction = writing.transaction()
        await transaction.start()
        # A position is drawn and not committed while the rebuild begins, and a later one is.
        await writing.execute(COPY)
        await recruiter.post("/requisitions", TERMS)
        rebuilding = asyncio.create_task(rebuild_read_models(ats.store))
        assert not (await asyncio.wait([rebuilding], timeout=0.3))[0]
        await transaction.commit()
        await rebuilding
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM requisitions") == 3


async def test_a_rebuilt_table_keeps_the_names_of_its_indexes(ats: Wired) -> None:
    async with ats.store.database.connection() as connection:
        names = await connection.fetch(INDEXES)
        await rebuild_read_models(ats.store)
        assert await connection.fetch(INDEXES) == names
