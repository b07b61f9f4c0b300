"""A run of the log as Kafka takes it: batches by partition, each in the order of the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.events.envelope import to_headers
from shared.kit.event_rows import envelope_of

KEYS = 100_000


@dataclass(frozen=True)
class Parcel:
    """Rows, and their records as (topic, partition, batch)."""

    rows: Sequence[asyncpg.Record]
    batches: Sequence[tuple[str, int, BatchBuilder]]


def packed(
    producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record], service: str, topics: Mapping[str, str],
    partitions: Mapping[str, int],
) -> Parcel:  # fmt: skip
    """`topics` is by category, `partitions` says how many a topic has.

    Batches are built here, outside of any transaction: sending them is quick then.
    """
    newest: dict[tuple[str, int], BatchBuilder] = {}
    batches: list[tuple[str, int, BatchBuilder]] = []
    for row in rows:
        envelope = envelope_of(row, service)
        topic, key = topics[envelope.category], envelope.key.encode()
        at = topic, hashed(key) % partitions[topic]
        record = {"timestamp": None, "key": key, "value": row["data"].encode(), "headers": to_headers(envelope)}
        if at not in newest or newest[at].append(**record) is None:
            newest[at] = producer.create_batch()
            newest[at].append(**record)
            batches.append((*at, newest[at]))
    for _, _, batch in batches:
        batch.close()
    return Parcel(rows, batches)


@lru_cache(maxsize=KEYS)
def hashed(key: bytes) -> int:
    """Kafka's own hash of a key, by which every client finds its partition; slow in Python, and keys come again."""
    number: int = murmur2(key)
    return number & 0x7FFFFFFF
