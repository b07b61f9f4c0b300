"""The log as it stands on Kafka: the committed records of some topics."""

from collections.abc import AsyncIterator, Mapping, Sequence

from aiokafka import ConsumerRecord, TopicPartition

from shared.kit.kafka import Kafka

ANSWER_MS = 1_000


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
