"""What a command writes: one or more events of a new stream, and a row of a read model, through the real store."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

from services.ats.domain.stage_plan import STAGE_PLAN
from services.ats.projections.stage_plans import STAGE_PLANS
from shared.events.ats.stage_plan import Stage, StagePlanPublished
from shared.kit.codec import Codec
from shared.kit.context import Context
from shared.kit.database import Database
from shared.kit.store import EventStore

CLIENTS = (1, 8, 32)
SECONDS = 1.0
STAGES = (Stage(id="hired", name="Hired", type="hired", milestone="hired", order=1),)

Step = Callable[[], Awaitable[None]]


def writable(database: Database) -> EventStore:
    store = EventStore("ats", database, Codec(), [STAGE_PLANS])
    store.open_for_writing()
    return store


def command(store: EventStore, events: int) -> Step:
    """Publishes a stage plan, and its next versions where there are to be more events."""

    async def step() -> None:
        plan = uuid4()
        published = [
            StagePlanPublished(plan_id=plan, version=number, name="bench", stages=STAGES)
            for number in range(1, events + 1)
        ]
        async with store.unit(Context(actor="bench")) as unit:
            await unit.start(STAGE_PLAN, plan, published)

    return step


async def rate(step: Step, clients: int) -> float:
    """Transactions a second over a fixed time."""
    done, end = 0, time.monotonic() + SECONDS

    async def work() -> None:
        nonlocal done
        while time.monotonic() < end:
            await step()
            done += 1

    began = time.monotonic()
    await asyncio.gather(*(work() for _ in range(clients)))
    return done / (time.monotonic() - began)
