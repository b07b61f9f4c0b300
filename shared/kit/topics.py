"""Which topics a service writes to; the records of topics as they stand, or as they come."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from aiokafka import ConsumerRecord, TopicPartition

from shared.events.event import Registry
from shared.kit.kafka import Kafka

ANSWER_MS = 1_000
Offsets = Mapping[TopicPartition, int]


def topic_by_category(service: str, registry: Registry) -> dict[str, str]:
    """Where the streams of each of this service's categories live."""
    streams = (contract.model.stream for contract in registry.all().values())
    return {stream.category: stream.kafka_topic for stream in streams if stream.service == service}


async def standing(kafka: Kafka, topics: Sequence[str], begin: Offsets | None = None) -> AsyncIterator[ConsumerRecord]:
    """Every record that stands there now, each partition in its order; from the beginning, or from these offsets.

    Raises NoRight.
    """
    partitions = await kafka.partitions(topics)
    client = kafka.consumer()
    try:
        await client.start()
        client.assign(partitions)
        beginnings = await client.beginning_offsets(partitions)
        ends = await client.end_offsets(partitions)
        for partition in partitions:
            client.seek(partition, max(beginnings[partition], (begin or {}).get(partition, 0)))
        left = set(partitions)
        while left := {p for p in left if await client.position(p) < ends[p]}:
            for partition, records in (await client.getmany(*left, timeout_ms=ANSWER_MS)).items():
                for record in records:
                    if record.offset < ends[partition]:
                        yield record
    finally:
        await client.stop()


async def coming(kafka: Kafka, begin: Offsets) -> AsyncIterator[ConsumerRecord]:
    """Every record from these offsets on, for ever."""
    client = kafka.consumer()
    try:
        await client.start()
        client.assign(list(begin))
        for partition, offset in begin.items():
            client.seek(partition, offset)
        while True:
            for records in (await client.getmany(timeout_ms=ANSWER_MS)).values():
                for record in records:
                    yield record
    finally:
        await client.stop()


async def bounds(
    kafka: Kafka, topics: Sequence[str], since: datetime | None = None
) -> tuple[Offsets, Offsets, Offsets]:
    """Where each partition begins, where it has the first record that Kafka took since then, and where it ends."""
    partitions = await kafka.partitions(topics)
    client = kafka.consumer()
    try:
        await client.start()
        client.assign(partitions)
        beginnings, ends = await client.beginning_offsets(partitions), await client.end_offsets(partitions)
        moment = int(since.timestamp() * 1000) if since else 0
        found = await client.offsets_for_times(dict.fromkeys(partitions, moment))
    finally:
        await client.stop()
    return beginnings, {p: found[p].offset if found.get(p) else ends[p] for p in partitions}, ends
