"""growth: append, load, relay and project with up to a million events in the store, against a thousand."""

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from uuid import UUID

import asyncpg

from bench import frame, toy
from bench.commands import command, rate, writable
from bench.history import fill, relayed
from bench.relay import carried
from deploy.local.platform import Platform
from deploy.local.temporary import temporary_state
from services.ats.domain.application import APPLICATION
from shared.events.event import registry
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.database import Database
from shared.kit.kafka import CHECKPOINTS, Kafka
from shared.kit.relay import Checkpoint, Relay
from shared.kit.store import EventStore
from shared.kit.telemetry import RELAY_POSITION, configure_logs

SMALL = 1_000
SIZES = (frame.scaled(100_000), frame.scaled(1_000_000))
CARRIED = frame.scaled(10_000)
PROJECTED = frame.scaled(20_000)
LOAD_S = 1.0
CLIENTS = 8
TARGET = 0.9
# As a projection of so many events would have left them: a row for each, a version for each ten.
PROJECTED_BEFORE = """
INSERT INTO moves SELECT gen_random_uuid(), gen_random_uuid(), 1, 'stage-1', now() FROM generate_series(1, $1)
"""
SEEN_BEFORE = """
INSERT INTO seen SELECT $1, 'application-' || gen_random_uuid(), 10 FROM generate_series(1, $2)
"""


@dataclass
class Sized:
    """A database with so many events, and the applications that they are of."""

    size: int
    url: str
    applications: list[UUID]


class Grown:
    """The databases. The small one is made anew for each use, for a second of appending is more than it holds."""

    def __init__(self, platform: Platform, kafka: Kafka) -> None:
        self.platform, self.kafka = platform, kafka
        self.numbers = count()
        self.made: dict[int, Sized] = {}

    async def fill(self, size: int) -> None:
        made = Sized(size, self.platform.database_url(name(size), "ats"), [])
        database = Database(made.url)
        made.applications = await fill(database, size)
        await database.close()
        self.made[size] = made

    @asynccontextmanager
    async def opened(self, size: int) -> AsyncIterator[tuple[Sized, Database]]:
        made = self.made[size]
        if size == SMALL:
            fresh = f"{name(size)}_{next(self.numbers)}"
            await _as_superuser(self.platform, f'CREATE DATABASE {fresh} TEMPLATE {name(size)} OWNER "ats"')
            made = Sized(size, self.platform.database_url(fresh, "ats"), made.applications)
        database = Database(made.url)
        try:
            yield made, database
        finally:
            await database.close()

    async def append(self, size: int) -> float:
        async with self.opened(size) as (_, database):
            return await rate(command(writable(database), events=1), CLIENTS)

    async def load(self, size: int) -> float:
        """Streams a second, drawn anywhere from the log."""
        async with self.opened(size) as (made, database):
            store, done, began = EventStore("ats", database, Codec()), 0, time.monotonic()
            while time.monotonic() < began + LOAD_S:
                await store.load(APPLICATION, random.choice(made.applications))  # noqa: S311
                done += 1
            return done / (time.monotonic() - began)

    async def relay(self, size: int) -> float:
        """A relay that stands at the end, and then finds more."""
        async with self.opened(size) as (_, database):
            store = EventStore("ats", database, Codec())
            async with database.connection() as connection:
                last = await connection.fetchrow("SELECT position, id FROM events ORDER BY position DESC LIMIT 1")
            assert last is not None
            await self._checkpoint(Checkpoint(last["position"], last["id"]))
            RELAY_POSITION.set(0)
            running = asyncio.create_task(Relay(store, self.kafka, registry).run())
            while store.closed_because is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            try:
                return await carried(store, CARRIED)
            finally:
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running

    async def project(self, size: int) -> float:
        """Further events into a read model, and past versions seen, of so many."""
        consumer = f"bench-{next(self.numbers)}"
        async with self.opened(size) as (_, database):
            async with database.connection() as connection:
                await connection.execute(f"DROP TABLE IF EXISTS moves; {toy.CREATE}")
                await connection.execute(PROJECTED_BEFORE, size)
                await connection.execute(SEEN_BEFORE, consumer, size // 10)
                await connection.execute("ANALYZE moves, seen")
            began = time.perf_counter()
            await Consumer(consumer, toy.TOPICS, self.kafka, database, toy.projection(database)).catch_up()
            elapsed = time.perf_counter() - began
            async with database.connection() as connection:
                added = await connection.fetchval("SELECT count(*) FROM moves") - size
            return float(added / elapsed)

    async def _checkpoint(self, checkpoint: Checkpoint) -> None:
        producer = self.kafka.transactional_producer("relay.ats")
        await producer.start()
        async with producer.transaction():
            await producer.send(CHECKPOINTS, checkpoint.to_bytes(), key=b"ats", partition=0)
        await producer.stop()


async def bench(platform: Platform) -> None:
    kafka = Kafka(platform.kafka, "bench", "ats", platform.kafka_users["ats"])
    grown = Grown(platform, kafka)
    shown = frame.Bench("growth", f"at {SMALL:,}")
    with shown.progress("filling", 1 + len(SIZES)) as step:
        for size in (SMALL, *SIZES):
            await grown.fill(size)
            step()
    measures: dict[str, Callable[[int], Awaitable[float]]] = {
        "append": grown.append, "load": grown.load, "relay": grown.relay, "project": grown.project,
    }  # fmt: skip
    # What is projected is put onto the topic before relays of several stores write there.
    database = Database(platform.database_url("ats"))
    await fill(database, PROJECTED)
    await relayed(EventStore("ats", database, Codec()), kafka)
    await database.close()
    for what in ("project", "append", "load", "relay"):
        for size in SIZES:
            await shown.compare(
                f"{what} at {size:,}", partial(measures[what], size), partial(measures[what], SMALL), TARGET, "/s"
            )
    shown.show()
    shown.last(min(shown.rows, key=lambda row: row.ratio))


def name(size: int) -> str:
    return f"growth_{size}"


async def _as_superuser(platform: Platform, statement: str) -> None:
    connection = await asyncpg.connect(platform.admin_database_url())
    await connection.execute(statement)
    await connection.close()


def main() -> int:
    configure_logs("bench")
    with temporary_state() as directory, Platform(directory, kafka_heap=frame.KAFKA_HEAP) as platform:
        frame.migrate("ats", platform.database_url("ats"))
        for size in (SMALL, *SIZES):
            asyncio.run(_as_superuser(platform, f'CREATE DATABASE {name(size)} OWNER "ats"'))
            frame.migrate("ats", platform.database_url(name(size), "ats"))
        asyncio.run(bench(platform))
    return 0


if __name__ == "__main__":
    sys.exit(main())
