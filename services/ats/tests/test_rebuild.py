"""Read models that were built anew are those that were written live."""

from services.ats.tests.hiring import TERMS
from shared.kit.rebuild import digest, rebuild_read_models
from shared.kit.testing.api import Api
from shared.kit.wiring import Wired


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
