"""Row 5: a later position commits first, a position stays void, transactions are held open. I1 I3, no stall."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg

from tests.resilience.commands import Commands
from tests.resilience.soundness import settled, sound
from tests.resilience.system import System, until

EVENT = """
INSERT INTO events (id, category, stream, version, type, schema_version, key, occurred, data, metadata, previous, hash)
VALUES (gen_random_uuid(), 'prospect', 'prospect-' || $1::text, $2, 'crm.prospect.sourced', 1, 'k', now(), '{}', '{}',
    '', '')
"""
DRAW = "SELECT nextval(pg_get_serial_sequence('events', 'position'))"
LAST = "SELECT coalesce(max(position), 0) FROM events"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'crm' AND wait_event_type = 'Lock'"


async def test_events_that_commit_before_an_earlier_position_wait_for_it_and_nothing_is_skipped(system: System) -> None:
    crm = system.api("crm")
    slow = (await crm.post("/prospects", {"name": "Kim Example", "channel": "linkedin"}))["id"]
    await settled(system)
    [(stood,)] = await system.rows("crm", LAST)
    async with holding(system, commit=False) as holder:
        # The unit of this command has drawn its position, the one behind the holder's, and waits for the same version.
        await holder.execute(EVENT, slow, 2)
        late = asyncio.create_task(crm.post(f"/prospects/{slow}/update", {"tags": ["late"]}))
        await until(lambda: waits(system), "the late commit")
        with Commands(system, "crm") as load:
            await load.go_on(10)
        assert await system.metric("crm", "hirelog_relay_position") <= stood
    await late
    await sound(system, load)
    [(position,)] = await system.rows("crm", f"SELECT position FROM events WHERE stream = 'prospect-{slow}' "
                                             "AND version = 2")  # fmt: skip
    assert position == stood + 2


async def test_a_position_that_is_rolled_back_holds_nobody_up_once_it_is_void(system: System) -> None:
    await settled(system)
    voids = await system.metric("crm", "hirelog_relay_voids")
    [(stood,)] = await system.rows("crm", LAST)
    async with holding(system, commit=False) as holder:
        # As a consumer does it: how far it has come first, the event then.
        await holder.execute("UPDATE positions SET next_offset = next_offset")
        await holder.execute(EVENT, str(uuid4()), 1)
        with Commands(system, "crm") as load:
            await load.go_on(10)
        assert await system.metric("crm", "hirelog_relay_position") <= stood
    await sound(system, load)
    assert await system.metric("crm", "hirelog_relay_voids") == voids + 1


async def test_transactions_that_write_elsewhere_and_positions_drawn_in_vain_stall_no_relay(system: System) -> None:
    async with holding(system) as holder, system.database("ats") as other, other.transaction():
        await holder.execute("UPDATE positions SET next_offset = next_offset WHERE consumer = 'nobody'")
        await holder.execute("CREATE TEMPORARY TABLE held (n int) ON COMMIT DROP")
        await other.execute("LOCK TABLE events IN ROW EXCLUSIVE MODE")
        await other.execute(DRAW)
        for _ in range(3):
            await holder.execute(DRAW)
        with Commands(system, "crm") as load:
            await load.go_on(10)
        [(last,)] = await system.rows("crm", LAST)

        async def carried() -> bool:
            return await system.metric("crm", "hirelog_relay_position") >= int(last)

        await until(carried, "the relay to carry on though transactions are held open")
    await sound(system, load)


@asynccontextmanager
async def holding(system: System, commit: bool = True) -> AsyncIterator[asyncpg.Connection]:
    """A transaction that stays open for the block."""
    async with system.database("crm") as connection:
        transaction = connection.transaction()
        await transaction.start()
        yield connection
        await (transaction.commit() if commit else transaction.rollback())


async def waits(system: System) -> bool:
    return await system.rows("crm", WAITING) != [(0,)]
