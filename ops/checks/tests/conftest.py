"""A small running installation: a toy service's store, relay and consumer, on a topic of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import asyncpg
import pytest

from ops.installation import Installation, Service
from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.context import Context
from shared.kit.database import Database
from shared.kit.effects import Delivery, Projection
from shared.kit.kafka import Kafka
from shared.kit.keyring.memory import MemoryKeyring
from shared.kit.relay import Relay, read_checkpoint
from shared.kit.store import EventStore
from shared.kit.testing.topic import Topic, new_topic
from shared.kit.tests.notes import Notes


@dataclass
class Running:
    """`poison`: the texts that the consumer refuses."""

    notes: Notes
    store: EventStore
    topic: Topic
    installation: Installation
    poison: set[str] = field(default_factory=set)

    @property
    def consumer(self) -> str:
        return f"{self.notes.service}.readers"

    async def write(self, versions: int, author: UUID | None = None) -> str:
        """A note of so many versions; its stream."""
        note, author = uuid4(), author or uuid4()
        for number in range(versions):
            event = self.notes.changed(note, author, f"{number}") if number else self.notes.written(note, author)
            async with self.store.unit(Context(actor="test")) as unit:
                await unit.append(self.notes.aggregate, note, [event])
        return self.notes.stream.name(note)

    async def relay(self) -> None:
        """Until everything stored is on the topic."""
        running = asyncio.create_task(Relay(self.store, self.topic.kafka, self.notes.registry).run())
        last = await self.value("SELECT coalesce(max(position), 0) FROM events")
        async with asyncio.timeout(30):
            while (await read_checkpoint(self.topic.kafka, self.store.service)).position < last:
                assert not running.done(), running
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    async def consume(self) -> None:
        """Until everything on the topic has been taken."""
        types = frozenset(self.notes.registry.all())
        codec = Codec(registry=self.notes.registry)
        effect = Projection(self.store.database, codec, (), types, self._read)
        await Consumer(self.consumer, (self.topic.name,), self.topic.kafka, self.store.database, effect).catch_up()

    async def _read(self, connection: asyncpg.Connection, events: Sequence[tuple[Delivery, Event]]) -> None:
        if self.poison & {event.model_dump()["text"] for _, event in events}:
            raise ValueError("this can't be read")

    async def do(self, statement: str, *values: object) -> None:
        async with self.store.database.connection() as connection:
            await connection.execute(statement, *values)

    async def value(self, query: str, *values: object) -> int:
        async with self.store.database.connection() as connection:
            found: int = await connection.fetchval(query, *values)
        return found


@pytest.fixture
async def running(make_database: Callable[[str], Awaitable[str]], kafka: Kafka) -> AsyncIterator[Running]:
    notes, url = Notes(), await make_database("ats")
    store = EventStore(notes.service, Database(url), Codec(MemoryKeyring(), notes.registry))
    store.open_for_writing()
    service = Service(notes.service, "http://127.0.0.1:9", {"HIRELOG_DATABASE_URL": url})
    async with new_topic(kafka, notes.topic) as topic:
        yield Running(notes, store, topic, Installation(kafka, {notes.service: service}))
    await store.database.close()
