"""The reader never skips a late commit, never waits for ever, and is not stopped by what others do."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from deploy.local.platform import Platform
from shared.kit.database import Database
from shared.kit.log_reader import LogReader

INSERT = """
INSERT INTO events (id, category, stream, version, type, schema_version, key, occurred, data, metadata, previous, hash)
VALUES (gen_random_uuid(), 'note', gen_random_uuid()::text, 1, 'a.b.c', 1, 'k', now(), '{}', '{}', '', '')
RETURNING position
"""


@pytest.fixture
def reader(database: Database) -> LogReader:
    return LogReader(database)


@asynccontextmanager
async def writing(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A transaction that has drawn a position and not ended."""
    async with database.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.fetchval(INSERT)
        try:
            yield connection
        finally:
            if connection.is_in_transaction():
                await transaction.rollback()


async def insert(database: Database) -> int:
    async with database.connection() as connection:
        position: int = await connection.fetchval(INSERT)
    return position


async def test_a_later_position_that_commits_first_waits_for_the_earlier_one(
    database: Database, reader: LogReader
) -> None:
    first = await insert(database)
    async with writing(database) as slow:
        late = await insert(database)
        assert [row["position"] for row in await reader.read(first - 1, 10)] == [first]
        reading = asyncio.create_task(reader.read(first, 10))
        assert not (await asyncio.wait([reading], timeout=0.05))[0]
        await slow.execute("COMMIT")
    assert [row["position"] for row in await reading] == [first + 1, late]
    assert reader.voids == 0


async def test_a_position_that_was_rolled_back_is_stepped_over_and_counted(
    database: Database, reader: LogReader
) -> None:
    first = await insert(database)
    async with writing(database):
        pass
    late = await insert(database)
    assert [row["position"] for row in await reader.read(first, 10)] == [late]
    assert reader.voids == 1


async def test_a_long_write_in_another_database_stops_nobody(
    platform: Platform, database: Database, reader: LogReader
) -> None:
    first = await insert(database)
    other = await asyncpg.connect(platform.database_url("crm"))
    transaction = other.transaction()
    await transaction.start()
    await other.execute("CREATE TABLE something (n int)")
    await other.execute("INSERT INTO something VALUES (1)")
    async with writing(database):
        pass
    late = await insert(database)
    assert [row["position"] for row in await asyncio.wait_for(reader.read(first, 10), 5)] == [late]
    await transaction.rollback()
    await other.close()


async def test_eight_writers_with_rollbacks_lose_nothing_and_invert_nothing(
    database: Database, reader: LogReader
) -> None:
    dice = random.Random(7)
    committed: set[int] = set()
    done = asyncio.Event()

    async def write() -> None:
        for _ in range(60):
            async with database.connection() as connection:
                transaction = connection.transaction()
                await transaction.start()
                position = await connection.fetchval(INSERT)
                for _ in range(dice.randrange(4)):
                    await connection.fetchval("SELECT 1")
                if dice.random() < 0.2:
                    await transaction.rollback()
                else:
                    await transaction.commit()
                    committed.add(position)

    async def read() -> list[int]:
        seen: list[int] = []
        while not done.is_set() or (committed and max(committed) > (seen[-1] if seen else 0)):
            seen += [row["position"] for row in await reader.read(seen[-1] if seen else 0, 50)]
        return seen

    reading = asyncio.create_task(read())
    await asyncio.gather(*(write() for _ in range(8)))
    done.set()
    seen = await asyncio.wait_for(reading, 20)
    assert seen == sorted(committed)
    assert reader.voids > 0
