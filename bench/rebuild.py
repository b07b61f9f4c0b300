"""rebuild: the same projection from the log's beginning, beside the live one, and swapped; against bare reading."""

import asyncio
import sys
import time
from contextlib import suppress

from bench import frame, toy
from bench.history import fill, relayed
from deploy.local.platform import Platform
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.database import Database
from shared.kit.kafka import Kafka
from shared.kit.rebuild import rebuild_projection
from shared.kit.store import EventStore

NAME = "ats.bench"
EVENTS = frame.scaled(60_000)
TARGET = 0.6


async def bench(platform: Platform) -> None:
    database = Database(platform.database_url("ats"))
    kafka = Kafka(platform.kafka, "bench", "ats", platform.kafka_users["ats"])
    await fill(database, EVENTS)
    await relayed(EventStore("ats", database, Codec()), kafka)
    async with database.connection() as connection:
        await connection.execute(toy.CREATE)
    live = toy.projection(database)
    consumer = Consumer(NAME, toy.TOPICS, kafka, database, live)
    running = asyncio.create_task(consumer.run())
    await consumer.caught_up.wait()

    async def ours() -> float:
        began = time.perf_counter()
        await rebuild_projection(NAME, toy.TOPICS, kafka, database, live)
        rate = EVENTS / (time.perf_counter() - began)
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT count(*) FROM moves") == EVENTS
        return rate

    shown = frame.Bench("rebuild", "bare aiokafka + pydantic")
    row = await shown.compare(f"{EVENTS:,} events", ours, lambda: toy.read_bare(kafka, toy.TOPICS), TARGET)
    assert not running.done(), "the live consumer has stopped"
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    shown.show()
    shown.last(row)
    await database.close()


def main() -> int:
    return frame.run(bench, services=("ats",))


if __name__ == "__main__":
    sys.exit(main())
