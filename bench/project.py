"""project: Kafka to a read model, exactly once, against reading and decoding the same records for nothing."""

import sys
import time
from itertools import count

from bench import frame, toy
from bench.history import fill, relayed
from deploy.local.platform import Platform
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.database import Database
from shared.kit.kafka import Kafka
from shared.kit.store import EventStore

EVENTS = frame.scaled(60_000)
TARGET = 0.4


async def bench(platform: Platform) -> None:
    database = Database(platform.database_url("ats"))
    kafka = Kafka(platform.kafka, "bench", "ats", platform.kafka_users["ats"])
    await fill(database, EVENTS)
    await relayed(EventStore("ats", database, Codec()), kafka)
    async with database.connection() as connection:
        await connection.execute(toy.CREATE)
    numbers = count()

    async def ours() -> float:
        async with database.connection() as connection:
            await connection.execute("TRUNCATE moves")
        consumer = Consumer(f"bench-{next(numbers)}", toy.TOPICS, kafka, database, toy.projection(database))
        began = time.perf_counter()
        await consumer.catch_up()
        rate = EVENTS / (time.perf_counter() - began)
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT count(*) FROM moves") == EVENTS
        return rate

    shown = frame.Bench("project", "bare aiokafka + pydantic")
    row = await shown.compare(f"{EVENTS:,} events", ours, lambda: toy.read_bare(kafka, toy.TOPICS), TARGET)
    shown.show()
    shown.last(row)
    await database.close()


def main() -> int:
    return frame.run(bench, services=("ats",))


if __name__ == "__main__":
    sys.exit(main())
