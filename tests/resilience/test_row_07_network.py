"""Row 7: the network to Kafka or PostgreSQL is slow, narrow, silent, reset or cut while commands run. I1 I2 I6."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.resilience.commands import Commands
from tests.resilience.proxy import Proxy
from tests.resilience.soundness import sound
from tests.resilience.system import System, until

DELAY_S = 0.02
BYTES_PER_S = 50_000
RESETS = 3


async def test_commands_need_no_kafka_and_reach_it_once_its_network_is_well(system: System) -> None:
    proxy, before = system.to_kafka, system.pids()
    with Commands(system, "crm", writers=3) as load, mended(proxy):
        await slow_and_reset(proxy, load)
        proxy.hold()
        await load.go_on(10)
        proxy.cut()
        await until(lambda: proxy.refused > 0, "somebody who looks for Kafka")
        await load.go_on(10)
        proxy.heal()
        await load.go_on(10)
    await sound(system, load)
    assert system.pids() == before


async def test_commands_wait_for_the_database_and_are_carried_out_once_its_network_is_well(system: System) -> None:
    proxy, before = system.to_postgres, system.pids()
    with Commands(system, "crm", writers=15) as load, mended(proxy):
        await slow_and_reset(proxy, load)
        refused = load.open["unavailable"]
        proxy.hold()
        # Ten wait for answers that don't come, the others for a connection.
        await until(lambda: load.open["unavailable"] > refused, "an answer though the database is silent")
        proxy.cut()
        refused = load.open["unavailable"]
        await until(lambda: load.open["unavailable"] > refused, "an answer though the database is out of reach")
        proxy.heal()
        await load.go_on(10)
    await sound(system, load)
    assert system.pids() == before


async def slow_and_reset(proxy: Proxy, load: Commands) -> None:
    proxy.delay(DELAY_S)
    await load.go_on(10)
    proxy.heal()
    proxy.limit(BYTES_PER_S)
    await load.go_on(10)
    proxy.heal()
    for _ in range(RESETS):
        proxy.reset()
        await load.go_on(3)


@contextmanager
def mended(proxy: Proxy) -> Iterator[None]:
    """At the end of the block, also where it fails: what waits for an answer then gets one."""
    try:
        yield
    finally:
        proxy.heal()
