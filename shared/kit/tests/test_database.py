"""Whatever goes wrong with the database, callers see the driver's own errors, which say what passes by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from sqlalchemy import select, text

from deploy.local.platform import Platform
from shared.kit.database import Database
from shared.kit.faults import TRANSIENT


@pytest.fixture
async def full(platform: Platform, database: Database) -> AsyncIterator[Database]:
    """A database that takes no connection now, as one that is just starting does not."""
    async with database.connection() as connection:
        name = await connection.fetchval("SELECT current_database()")
    await database.close()
    admin = await asyncpg.connect(platform.admin_database_url())
    await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
    yield database
    await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
    await admin.close()


async def test_a_database_that_takes_no_connection_is_waited_for(full: Database) -> None:
    with pytest.raises(TRANSIENT):
        async with full.connection():
            pass
    with pytest.raises(TRANSIENT):
        await full.rows(select(text("1")))


async def test_connections_that_were_cut_off_while_nobody_used_them_are_not_handed_out(
    platform: Platform, database: Database
) -> None:
    cut, pids = [asyncio.Event(), asyncio.Event()], []
    async with database.connection() as one, database.connection() as other:
        for connection, event in zip((one, other), cut, strict=True):
            connection.add_termination_listener(lambda _, gone=event: gone.set())
            pids.append(await connection.fetchval("SELECT pg_backend_pid()"))
    admin = await asyncpg.connect(platform.admin_database_url())
    await admin.execute("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) pid", pids)
    await admin.close()
    async with asyncio.timeout(10):
        await asyncio.gather(*(event.wait() for event in cut))
    await asyncio.gather(*(database.execute("SELECT 1") for _ in range(4)))


async def test_a_query_that_is_wrong_is_not_waited_for(database: Database) -> None:
    with pytest.raises(asyncpg.UndefinedTableError) as wrong:
        await database.rows(select(text("1 FROM nothing")))
    assert not isinstance(wrong.value, TRANSIENT)


@pytest.mark.parametrize("prepared", [False, True])
async def test_who_stands_still_in_a_transaction_does_not_hold_its_locks_for_ever(
    prepared: bool, make_database: Callable[[str], Awaitable[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await make_database("ats")
    with monkeypatch.context() as soon:
        soon.setattr(f"shared.kit.database.{'TRANSACTION' if prepared else 'IDLE_IN_TRANSACTION'}_MS", 500)
        still = Database(url)
    other = Database(url)
    with pytest.raises(TRANSIENT):
        async with still.transaction() as standing:
            await standing.execute("LOCK TABLE events")
            if prepared:
                # Whoever is stopped before the statement is executed is not idle for PostgreSQL.
                await standing.prepare("SELECT 2")
            async with other.transaction() as waiting:
                await waiting.execute("LOCK TABLE events")
            await standing.execute("SELECT 1")
    await still.close()
    await other.close()


async def test_a_connection_that_was_given_up_at_any_moment_is_not_handed_on_inside_a_transaction(
    make_database: Callable[[str], Awaitable[str]],
) -> None:
    single = Database(await make_database("ats"), 1)

    async def use() -> None:
        async with single.transaction() as connection:
            await connection.execute("SELECT 1")

    for steps in range(40):
        using = asyncio.create_task(use())
        for _ in range(steps):
            await asyncio.sleep(0)
        using.cancel()
        await asyncio.wait([using])
        async with single.connection() as connection:
            await connection.execute("SELECT 1")
            assert not connection.is_in_transaction(), f"given up after {steps} steps"
    await single.close()


async def test_a_query_may_be_given_so_much_time_and_the_next_one_has_all_again(database: Database) -> None:
    with pytest.raises(asyncpg.QueryCanceledError):
        await database.rows(select(text("pg_sleep(60)")), within_ms=20)
    for _ in range(20):
        [[timeout]] = await database.rows(select(text("current_setting('statement_timeout')")))
        assert timeout == "0"
