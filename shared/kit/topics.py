"""Which topics a service writes to, and what stands on topics now."""

from collections.abc import AsyncIterator, Mapping, Sequence

from aiokafka import ConsumerRecord, TopicPartition

from shared.events.event import Registry
from shared.kit.kafka import Kafka

ANSWER_MS = 1_000


def topic_by_category(service: str, registry: Registry) -> dict[str, str]:
    """Where the streams of each of this service's categories live."""
    streams = (contract.model.stream for contract in registry.all().values())
    return {stream.category: stream.kafka_topic for stream in streams if stream.service == service}


async def standing(
    kafka: Kafka, topics: Sequence[str], begin: Mapping[TopicPartition, int] | None = None
) -> AsyncIterator[ConsumerRecord]:
    """Every record that stands there now, each partition in its order; from the beginning, or from these offsets.

    Raises NoRight.
    """
    partitions = await kafka.partitions(topics)
    client = kafka.consumer()
    await client.start()
    try:
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


async def bounds(kafka: Kafka, topics: Sequence[str]) -> Mapping[TopicPartition, tuple[int, int]]:
    """The first offset of each partition, and the one behind its last committed record. Raises NoRight."""
    partitions = await kafka.partitions(topics)
    client = kafka.consumer()
    await client.start()
    try:
        beginnings, ends = await client.beginning_offsets(partitions), await client.end_offsets(partitions)
    finally:
        await client.stop()
    return {partition: (beginnings[partition], ends[partition]) for partition in partitions}
