"""relay: rows of the store to Kafka by the relay, exactly once, against a bare producer with the same records."""

import asyncio
import sys
import time
from contextlib import suppress

from aiokafka import AIOKafkaProducer

from bench import frame
from bench.history import fill
from deploy.local.platform import Platform
from shared.events.envelope import Headers, to_headers
from shared.events.event import registry
from shared.kit.codec import Codec
from shared.kit.database import Database
from shared.kit.event_rows import envelope_of
from shared.kit.kafka import Kafka
from shared.kit.log_reader import READ
from shared.kit.relay import Relay
from shared.kit.store import EventStore
from shared.kit.telemetry import RELAY_POSITION

EVENTS = frame.scaled(30_000)
TARGET = 0.6
TOPIC = "ats.events"

Record = tuple[bytes, bytes, Headers]


async def carried(store: EventStore, count: int = EVENTS) -> float:
    """Rows a second, from the moment at which `count` more stand in the store to the last one's commit on Kafka."""
    await fill(store.database, count, analyzed=False)
    began = time.perf_counter()
    store.committed.set()
    async with store.database.connection() as connection:
        last = await connection.fetchval("SELECT max(position) FROM events")
    while position() < last:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return count / (time.perf_counter() - began)


def position() -> float:
    """The gauge is set once a batch and its checkpoint are committed; looking at it costs the relay nothing."""
    [metric] = RELAY_POSITION.collect()
    return metric.samples[0].value


async def records(database: Database, count: int) -> list[Record]:
    """What the relay would make of the first rows, made beforehand."""
    async with database.connection() as connection:
        rows = await connection.fetch(READ, 0, count)
    envelopes = [(envelope_of(row, "ats"), row["data"]) for row in rows]
    return [(envelope.key.encode(), text.encode(), to_headers(envelope)) for envelope, text in envelopes]


async def sent_bare(kafka: Kafka, made: list[Record]) -> float:
    """Records a second: sent one after the other and acknowledged, in no transaction."""
    producer = AIOKafkaProducer(
        **kafka.common(), acks="all", compression_type="zstd", max_batch_size=256 * 1024, linger_ms=2
    )
    await producer.start()
    try:
        began = time.perf_counter()
        sent = [await producer.send(TOPIC, body, key=key, headers=headers) for key, body, headers in made]
        await asyncio.gather(*sent)
        return len(made) / (time.perf_counter() - began)
    finally:
        await producer.stop()


async def bench(platform: Platform) -> None:
    database = Database(platform.database_url("ats"))
    kafka = Kafka(platform.kafka, "bench", "ats", platform.kafka_users["ats"])
    store = EventStore("ats", database, Codec())
    relay = asyncio.create_task(Relay(store, kafka, registry).run())
    await carried(store)
    made = await records(database, EVENTS)
    shown = frame.Bench("relay", "bare aiokafka producer")
    row = await shown.compare(f"{EVENTS:,} rows", lambda: carried(store), lambda: sent_bare(kafka, made), TARGET)
    assert not relay.done(), "the relay has stopped"
    relay.cancel()
    with suppress(asyncio.CancelledError):
        await relay
    shown.show()
    shown.last(row)
    await database.close()


def main() -> int:
    return frame.run(bench, services=("ats",))


if __name__ == "__main__":
    sys.exit(main())
