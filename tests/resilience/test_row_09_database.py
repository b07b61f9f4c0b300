"""Row 9: the database is down, restarted, out of connections, out of disk: 503, pause, no parking; then on. I1 I8."""

import asyncio
import signal
from collections import Counter
from uuid import uuid4

import httpx
import pytest

from tests.resilience.commands import Commands
from tests.resilience.disk import Disk
from tests.resilience.soundness import sound
from tests.resilience.system import System, until

CALLERS = 30
POOL = 10


async def test_a_database_that_shuts_down_at_once_is_answered_with_503_and_waited_for(system: System) -> None:
    before = system.pids()
    with Commands(system, "crm") as load, Commands(system, "ats", writers=1) as other:
        await load.go_on(5)
        system.platform.kill("postgres", signal.SIGQUIT)
        await until(lambda: load.open["unavailable"] > 5, "answers without a database")
        async with system.client() as client:
            for path in ("/v1/prospects", f"/v1/prospects/{uuid4()}"):
                assert_unavailable(await client.get(system.url("crm") + path))
            assert (await client.get(f"{system.url('crm')}/readyz")).status_code == 503
        system.platform.restart("postgres")
        await load.go_on(10)
        # And once more, in the middle of everything.
        system.platform.restart("postgres")
        await load.go_on(10)
        await other.go_on(1)
    await sound(system, load, other)
    assert system.pids() == before


async def test_callers_who_find_no_free_connection_are_answered_with_503_and_the_others_are_served(
    system: System,
) -> None:
    before = system.pids()
    body = {"name": "Kim Example", "channel": "linkedin"}
    with Commands(system, "ats", writers=1) as load:
        async with system.client() as client, system.database("crm") as blocking:
            async with blocking.transaction():
                await blocking.execute("LOCK TABLE prospects IN ACCESS EXCLUSIVE MODE")
                url = f"{system.url('crm')}/v1/prospects"
                calls = [asyncio.create_task(client.post(url, json=body)) for _ in range(CALLERS)]
                await until(lambda: sum(call.done() for call in calls) >= CALLERS - POOL, "answers to most callers")
                for call in calls:
                    if call.done():
                        assert_unavailable(call.result())
                await load.go_on(5)
            answers = await asyncio.gather(*calls)
        counted = Counter(answer.status_code for answer in answers)
        # The relay and the consumers have their share of the pool.
        assert counted.keys() == {503, 201}
        assert counted[201] <= POOL
    await sound(system, load)
    assert system.pids() == before


async def test_a_full_disk_is_answered_with_503_and_all_goes_on_when_there_is_room_again(system: System) -> None:
    if not isinstance(system.disk, Disk):
        pytest.skip(system.disk)
    before = system.pids()
    with Commands(system, "crm") as load:
        await load.go_on(5)
        system.disk.fill()
        await until(lambda: load.open["unavailable"] > 20, "answers without room on the disk")
        system.disk.clear()
        if not system.child("postgres").running:
            # Where the log of the database itself found no room, it ends, and whoever runs it starts it again.
            system.platform.restart("postgres")
        await load.go_on(20)
    await sound(system, load)
    assert system.pids() == before


def assert_unavailable(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
