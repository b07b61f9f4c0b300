"""Row 1: the relay dies after Kafka's acknowledgement, before or after its checkpoint is there. I1 I2 I3."""

from tests.resilience.commands import Commands
from tests.resilience.soundness import sound
from tests.resilience.system import System


async def test_a_relay_that_dies_with_a_batch_acknowledged_neither_loses_nor_repeats_it(
    system: System, kills: int
) -> None:
    with Commands(system, "crm") as load:
        system.stop("crm")
        for number in range(1, kills + 1):
            for point in ("relay.sent", "relay.committed"):
                # Another batch each time: the first after a start, the next, and one in the middle of things.
                system.start("crm", {point: f"kill:{number}"})
                await system.dies("crm")
        system.start("crm")
        await load.go_on(20)
    assert load.open["ConnectError"]
    await sound(system, load)
