"""Whether the log kept its word: answers, stores, topics and projections agree, once and in order."""

import asyncio
import time
from collections import Counter

from ops.checks import unfinished, verify
from ops.installation import Installation
from tests.resilience.commands import Commands
from tests.resilience.projections import check_facts
from tests.resilience.rebuilt import check_rebuilt
from tests.resilience.system import PATIENCE_S, POLL_S, System

HEADS = "SELECT stream, max(version) FROM events GROUP BY stream"


def installed(system: System) -> Installation:
    return Installation.read(system.platform.directory / "installation.json")


async def settled(system: System, seconds: float = PATIENCE_S) -> None:
    """Until every store is on its topic and every consumer has taken it, with nothing parked."""
    deadline = time.monotonic() + seconds
    while left := await unfinished(installed(system)):
        assert time.monotonic() < deadline, left
        await asyncio.sleep(POLL_S)


async def sound(system: System, *loads: Commands) -> None:
    """Settled, and then: nothing lost, nothing doubled, every version in its order, from the answers to the facts."""
    await settled(system)
    # Said by hand: what stands beside tests is not taken apart when it fails.
    odd = [odd for load in loads for odd in load.odd]
    assert not odd, odd
    assert await verify(installed(system)) == []
    assert await check_facts(installed(system)) == []
    for load in loads:
        heads = Counter(dict(await system.rows(load.service, HEADS)))
        assert {stream: heads[stream] for stream in load.acknowledged} == dict(load.acknowledged)


async def rebuilt_is_live(system: System) -> None:
    """What stands in every derived table is what a rebuild makes of the log."""
    await settled(system)
    assert await check_rebuilt(installed(system)) == []
