"""Row 6: the broker is restarted, killed, paused; no service is restarted for it. I1 I2 I3."""

import asyncio
import os
import signal

import pytest

from tests.resilience.commands import Commands
from tests.resilience.soundness import sound
from tests.resilience.system import System

# Longer than the sessions of consumers here and the transactions of relays (10 s); the catalogue's 60 s by setting.
PAUSE_S = float(os.environ.get("HIRELOG_TEST_PAUSE_S", "12"))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_broker_that_is_gone_for_a_while_is_waited_out(system: System, how: signal.Signals) -> None:
    before = system.pids()
    with Commands(system, "crm", writers=2) as of_crm, Commands(system, "ats", writers=2) as of_ats:
        await of_ats.go_on(5)
        system.platform.kill("kafka", how)
        system.child("kafka").await_end()
        # Commands need no Kafka.
        await of_crm.go_on(20)
        system.platform.restart("kafka")
        await of_ats.go_on(20)
    await sound(system, of_crm, of_ats)
    assert system.pids() == before


async def test_a_broker_that_stands_still_for_longer_than_a_session_is_waited_out(system: System) -> None:
    before = system.pids()
    with Commands(system, "crm", writers=2) as of_crm, Commands(system, "ats", writers=2) as of_ats:
        await of_ats.go_on(5)
        system.platform.kill("kafka", signal.SIGSTOP)
        await of_crm.go_on(20)
        await asyncio.sleep(PAUSE_S)
        system.platform.kill("kafka", signal.SIGCONT)
        await of_ats.go_on(20)
    await sound(system, of_crm, of_ats)
    assert system.pids() == before
