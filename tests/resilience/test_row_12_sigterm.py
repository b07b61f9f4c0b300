"""Row 12: SIGTERM under load: each service drains in time, ends well, and has kept its word. I1."""

import signal

from deploy.local.platform import SERVICES
from shared.kit.process import DRAIN_S
from tests.resilience.commands import Commands
from tests.resilience.soundness import sound
from tests.resilience.system import System


async def test_services_that_are_asked_to_end_under_load_drain_in_time_and_lose_nothing(system: System) -> None:
    with Commands(system, "crm", writers=8) as of_crm, Commands(system, "ats", writers=8) as of_ats:
        await of_ats.go_on(20)
        for name in SERVICES:
            system.child(name).kill(signal.SIGTERM)
        assert {name: system.child(name).ended(DRAIN_S) for name in SERVICES} == dict.fromkeys(SERVICES, 0)
        for name in SERVICES:
            system.start(name)
        await of_crm.go_on(10)
        await of_ats.go_on(10)
    for name in SERVICES:
        system.services.await_ready(name)
    await sound(system, of_crm, of_ats)
