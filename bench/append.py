"""append: a command's whole transaction through the store, against one bare INSERT per transaction."""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import asyncpg
from rich.console import Console
from rich.table import Table

from deploy.local.platform import Platform
from deploy.local.temporary import temporary_state
from services.ats.domain.stage_plan import STAGE_PLAN
from services.ats.projections.stage_plans import STAGE_PLANS
from shared.events.ats.stage_plan import Stage, StagePlanPublished
from shared.kit.codec import Codec
from shared.kit.context import Context
from shared.kit.database import Database
from shared.kit.migrate import upgrade
from shared.kit.store import EventStore

CLIENTS = (1, 8, 32)
ROUNDS = 5
SECONDS = 1.0
STAGES = (Stage(id="hired", name="Hired", type="hired", milestone="hired", order=1),)
BARE = "INSERT INTO bare (id, data) VALUES ($1, $2)"
Step = Callable[[], Awaitable[None]]


async def rate(step: Step, clients: int) -> float:
    """Transactions a second over a fixed time."""
    done, end = 0, time.monotonic() + SECONDS

    async def work() -> None:
        nonlocal done
        while time.monotonic() < end:
            await step()
            done += 1

    await asyncio.gather(*(work() for _ in range(clients)))
    return done / SECONDS


async def run(url: str) -> None:
    database = Database(url, pool=max(CLIENTS))
    store = EventStore("ats", database, Codec(), [STAGE_PLANS])
    store.open_for_writing()
    pool = await asyncpg.create_pool(url, min_size=max(CLIENTS), max_size=max(CLIENTS))
    await pool.execute("CREATE TABLE bare (id uuid PRIMARY KEY, data json NOT NULL)")

    async def ours() -> None:
        plan = uuid4()
        event = StagePlanPublished(plan_id=plan, version=1, name="bench", stages=STAGES)
        async with store.unit(Context(actor="bench")) as unit:
            await unit.start(STAGE_PLAN, plan, [event])

    async def theirs() -> None:
        await pool.execute(BARE, uuid4(), '{"name":"bench"}')

    table = Table("clients", "ours, tx/s", "bare INSERT, tx/s", "ratio")
    last = ""
    for clients in CLIENTS:
        pairs = [(await rate(ours, clients), await rate(theirs, clients)) for _ in range(ROUNDS)]
        mine, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(a / b for a, b in pairs)
        table.add_row(str(clients), f"{mine:,.0f}", f"{bare:,.0f}", f"{ratio:.2f}")
        if clients == 8:
            last = f"append: ratio {ratio:.2f} (ours {mine:,.0f}, theirs {bare:,.0f})"
    Console().print(table)
    print(last)
    await pool.close()
    await database.close()


def main() -> int:
    with temporary_state() as directory, Platform(directory) as platform:
        url = platform.database_url("ats")
        upgrade(Path("services/ats/migrations"), url)
        asyncio.run(run(url))
    return 0


if __name__ == "__main__":
    sys.exit(main())
