"""The machinery on the toy service: a store on a fresh database, a topic of its own on the real Kafka."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from aiokafka import ConsumerRecord, TopicPartition

from shared.kit.codec import Codec
from shared.kit.context import Context
from shared.kit.database import Database
from shared.kit.kafka import Kafka
from shared.kit.keyring.memory import MemoryKeyring
from shared.kit.store import EventStore
from shared.kit.testing.topic import PARTITIONS, new_topic
from shared.kit.tests.notes import Notes

SOMEBODY = Context(actor="test")


@pytest.fixture
def keyring() -> MemoryKeyring:
    return MemoryKeyring()


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def store(database: Database, keyring: MemoryKeyring, notes: Notes) -> EventStore:
    made = EventStore(notes.service, database, Codec(keyring, notes.registry))
    made.open_for_writing()
    return made


@dataclass
class Written:
    """What a test wrote: a note's id and its author, who is the Kafka key."""

    note: UUID
    author: UUID


@pytest.fixture
def write(store: EventStore, notes: Notes) -> Callable[[int], Awaitable[Written]]:
    """Writes a note and changes it until it has so many versions."""

    async def write(versions: int) -> Written:
        made = Written(uuid4(), uuid4())
        async with store.unit(SOMEBODY) as unit:
            await unit.start(notes.aggregate, made.note, [notes.written(made.note, made.author)])
        for number in range(1, versions):
            event = notes.changed(made.note, made.author, f"change {number}")
            async with store.unit(SOMEBODY) as unit:
                await unit.append(notes.aggregate, made.note, [event])
        return made

    return write


@pytest.fixture
async def kafka(kafka: Kafka, notes: Notes) -> AsyncIterator[Kafka]:
    """With the toy service's topic made."""
    async with new_topic(kafka, notes.topic):
        yield kafka


async def on_topic(kafka: Kafka, topic: str) -> list[ConsumerRecord]:
    """Everything committed on a topic now, partition by partition."""
    client = kafka.consumer()
    await client.start()
    try:
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        client.assign(partitions)
        ends = await client.end_offsets(partitions)
        found: list[ConsumerRecord] = []
        for partition in partitions:
            client.seek(partition, 0)
            while await client.position(partition) < ends[partition]:
                for records in (await client.getmany(partition, timeout_ms=200)).values():
                    found += records
        return found
    finally:
        await client.stop()


def headers(records: Iterable[ConsumerRecord], name: str) -> list[str]:
    return [dict(record.headers)[name].decode() for record in records]
