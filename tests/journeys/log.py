"""The log, read as ops would, and whether everybody has taken what stands on it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg
from confluent_kafka import Consumer, Message, TopicPartition

from deploy.local.platform import Platform
from shared.events.envelope import Envelope, from_headers

TOPICS = ("ats.events", "crm.events", "notifier.events")
WRITERS = ("ats", "crm", "notifier")
WAIT_S = 10


@dataclass(frozen=True)
class Record:
    envelope: Envelope
    topic: str
    partition: int
    offset: int
    value: bytes


def whole_log(platform: Platform) -> list[Record]:
    """Every committed record that stands on the topics now, each partition in its order."""
    consumer = Consumer({
        "bootstrap.servers": platform.kafka, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "ops", "sasl.password": platform.kafka_users["ops"], "group.id": "ops.journey",
        "isolation.level": "read_committed", "auto.offset.reset": "earliest", "enable.auto.commit": False,
        "enable.partition.eof": True,
    })  # fmt: skip
    try:
        return list(_records(consumer))
    finally:
        consumer.close()


def _records(consumer: Consumer) -> Iterator[Record]:
    known = consumer.list_topics(timeout=WAIT_S).topics
    partitions = [TopicPartition(topic, number, 0) for topic in TOPICS for number in known[topic].partitions]
    consumer.assign(partitions)
    unfinished = {(partition.topic, partition.partition) for partition in partitions}
    while unfinished:
        message = consumer.poll(WAIT_S)
        assert message is not None, "Kafka did not answer"
        if message.error():  # only the end of a partition is told as an error here
            unfinished.discard((message.topic(), message.partition()))
            continue
        yield _record(message)


def _record(message: Message) -> Record:
    topic, partition, offset, value = message.topic(), message.partition(), message.offset(), message.value()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    assert value is not None
    headers = dict(message.headers() or ())
    return Record(
        from_headers(
            [(name, content) for name, content in headers.items() if isinstance(content, bytes)], message.key()
        ),
        topic,
        partition,
        offset,
        value,
    )


async def unfinished(platform: Platform) -> list[str]:
    """What is still on its way: from a store to the log, or from the log to a consumer; and what was parked."""
    log = whole_log(platform)
    published = Counter(record.topic for record in log)
    last = {(record.topic, record.partition): record.offset for record in log}
    found = []
    for service in (*WRITERS, "reporting"):
        connection = await asyncpg.connect(platform.database_url(service))
        try:
            stored = await connection.fetchval("SELECT count(*) FROM events")
            if service in WRITERS and stored != published[f"{service}.events"]:
                found.append(f"{service} stores {stored} events, {published[f'{service}.events']} are published")
            for row in await connection.fetch("SELECT consumer, topic, partition, next_offset FROM positions"):
                if row["next_offset"] <= last.get((row["topic"], row["partition"]), -1):
                    found.append(f"{row['consumer']} is behind on {row['topic']}[{row['partition']}]")
            for row in await connection.fetch("SELECT consumer, reason, first_error FROM parked"):
                found.append(f"{row['consumer']} has parked an event: {row['reason']}, {row['first_error']}")
        finally:
            await connection.close()
    return found
