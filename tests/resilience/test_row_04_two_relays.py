"""Row 4: two relays of one service; a stalled leader comes back and finds itself fenced. I2 I3."""

import signal
from pathlib import Path

from deploy.local.children import Child
from tests.resilience.commands import Commands
from tests.resilience.soundness import sound
from tests.resilience.system import System, until

LEADER = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 72617 AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = 'crm')
"""
FENCED = "another relay has taken over"


async def test_a_leader_that_stands_still_in_a_batch_is_replaced_and_fenced_when_it_comes_back(system: System) -> None:
    system.stop("crm")
    system.start("crm", role="api")
    with Commands(system, "crm") as load:
        with system.beside("crm", "relay", {"relay.sent": "stop:2"}) as first:
            await until(lambda: stands_still(first), "the first relay to stand still")
            with system.beside("crm", "relay") as second:
                await carries(system, second)
                first.kill(signal.SIGCONT)
                await until(lambda: FENCED in first.tail(), "the first relay to find itself fenced")
                await load.go_on(20)
                assert first.running
        system.restart("crm")
    await sound(system, load)


async def test_relays_that_take_the_lead_from_each_other_carry_each_event_once(system: System, kills: int) -> None:
    system.stop("crm")
    system.start("crm", role="api")
    with Commands(system, "crm") as load:
        with system.beside("crm", "relay") as one, system.beside("crm", "relay") as other:
            for _ in range(1 + kills):
                await until(lambda: has_leader(system), "a leader")
                [(before,)] = await system.rows("crm", LEADER)
                # The lock is lost and its holder, who does not know, carries on: the lock can't help now.
                await system.rows("crm", "SELECT pg_terminate_backend($1)", before)

                async def taken_over(former: int = before) -> bool:
                    return [pid for (pid,) in await system.rows("crm", LEADER)] not in ([], [former])

                await until(taken_over, "the other relay to take the lead")
                await load.go_on(20)
            assert FENCED in one.tail() + other.tail()
        system.restart("crm")
    await sound(system, load)


def stands_still(child: Child) -> bool:
    return child.running and Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


async def carries(system: System, relay: Child) -> None:
    async def carried() -> bool:
        return await system.metric_of(relay, "hirelog_relay_position") > 0

    await until(carried, "the relay to carry something")


async def has_leader(system: System) -> bool:
    return await system.rows("crm", LEADER) != []
