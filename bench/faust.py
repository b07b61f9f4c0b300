"""faust: the projection of bench.project against an agent of faust-streaming that does the same upsert."""

import asyncio
import sys
import time
from itertools import count
from tempfile import TemporaryDirectory

from bench import frame, toy
from bench.history import fill, relayed
from deploy.local.children import Child
from deploy.local.platform import Platform
from deploy.local.state import ROOT
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.database import Database
from shared.kit.kafka import Kafka
from shared.kit.store import EventStore

EVENTS = frame.scaled(20_000)
TARGET = 4.0
PATIENCE_S = 120


async def counted(database: Database) -> int:
    async with database.connection() as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM moves")
    return found


async def emptied(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("TRUNCATE moves")


async def agent(platform: Platform, database: Database, name: str) -> float:
    """Events a second of a new agent, from its first row to its last: starting and joining its group do not count."""
    await emptied(database)
    with TemporaryDirectory() as directory:
        settings = {
            "PYTHONPATH": str(ROOT), "BENCH_APP": name, "BENCH_DATA": directory,
            "BENCH_DATABASE": platform.database_url("ats"), "BENCH_KAFKA": platform.kafka, "BENCH_USER": "ats",
            "BENCH_PASSWORD": platform.kafka_users["ats"],
        }  # fmt: skip
        command = [sys.executable, "-m", "bench.faust_agent", "worker", "--without-web", "--loglevel", "error"]
        child = Child(
            "faust", command, platform.state.log("faust"), environment=settings, directory=ROOT,
            lock=platform.state.lock,
        )  # fmt: skip
        child.start()
        try:
            async with asyncio.timeout(PATIENCE_S):
                first = await reached(1, database, child)
                began = time.perf_counter()
                last = await reached(EVENTS, database, child)
                return (last - first) / (time.perf_counter() - began)
        finally:
            await asyncio.to_thread(child.stop)


async def reached(rows: int, database: Database, child: Child) -> int:
    """Waits until there are so many rows, or more; returns how many."""
    while (found := await counted(database)) < rows:
        if not child.running:
            raise child.failure("ended")
        await asyncio.sleep(0.02)
    return found


async def bench(platform: Platform) -> None:
    database = Database(platform.database_url("ats"))
    kafka = Kafka(platform.kafka, "bench", "ats", platform.kafka_users["ats"])
    await fill(database, EVENTS)
    await relayed(EventStore("ats", database, Codec()), kafka)
    async with database.connection() as connection:
        await connection.execute(toy.CREATE)
    numbers = count()

    async def ours() -> float:
        await emptied(database)
        consumer = Consumer(f"bench-{next(numbers)}", toy.TOPICS, kafka, database, toy.projection(database))
        began = time.perf_counter()
        await consumer.catch_up()
        assert await counted(database) == EVENTS
        return EVENTS / (time.perf_counter() - began)

    shown = frame.Bench("faust", "faust-streaming")
    row = await shown.compare(
        f"{EVENTS:,} events", ours, lambda: agent(platform, database, f"ats.bench-{next(numbers)}"), TARGET
    )
    shown.show()
    shown.last(row)
    await database.close()


def main() -> int:
    return frame.run(bench, services=("ats",))


if __name__ == "__main__":
    sys.exit(main())
