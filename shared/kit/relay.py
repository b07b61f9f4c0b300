"""The relay: carries the store's events to Kafka, each batch and its checkpoint in one Kafka transaction."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced

from shared.events.event import Registry
from shared.kit import failpoints
from shared.kit.context import now
from shared.kit.faults import TRANSIENT, Backoff
from shared.kit.kafka import CHECKPOINTS, Kafka
from shared.kit.log_reader import LogReader
from shared.kit.parcels import Parcel, packed
from shared.kit.store import EventStore
from shared.kit.telemetry import RELAY_AGE, RELAY_BATCH, RELAY_POSITION, RELAY_VOIDS
from shared.kit.topics import topic_by_category

MOST = 2_000
SLOW_POLL_S = 0.25
BREATH_S = 0.005
TURN_S = 0.5
CLOSED_POLL_S = 2.0
LEASE_S = 9
LEASE = f"SET idle_session_timeout = '{LEASE_S}s'"
TRY_LOCK = "SELECT pg_try_advisory_lock(72617)"

log = structlog.get_logger()


class PartitionsChanged(RuntimeError):
    """A topic has other partitions than when it was last written to: its keys have moved."""


@dataclass(frozen=True)
class Checkpoint:
    """The last event that stands on Kafka for certain, and how many partitions each topic had then."""

    position: int
    event_id: UUID | None
    partitions: Mapping[str, int] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        data = {"position": self.position, "event_id": str(self.event_id), "partitions": dict(self.partitions)}
        return json.dumps(data).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Checkpoint":
        data = json.loads(raw)
        return cls(data["position"], UUID(data["event_id"]), data.get("partitions", {}))


NOTHING = Checkpoint(0, None)


async def read_checkpoint(kafka: Kafka, service: str) -> Checkpoint:
    """This service's checkpoint, read whole and committed; NOTHING before the first batch ever."""
    [partition] = await kafka.partitions((CHECKPOINTS,))
    consumer = kafka.consumer()
    await consumer.start()
    try:
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        consumer.seek(partition, (await consumer.beginning_offsets([partition]))[partition])
        found = NOTHING
        while await consumer.position(partition) < end:
            for records in (await consumer.getmany(partition, timeout_ms=1000)).values():
                for record in records:
                    if record.key == service.encode():
                        found = Checkpoint.from_bytes(record.value)
        return found
    finally:
        await consumer.stop()


async def compare_with_kafka(store: EventStore, kafka: Kafka) -> Checkpoint:
    """Opens the store for writing, or closes it with the reason: Kafka knows events that this database has lost."""
    checkpoint = await read_checkpoint(kafka, store.service)
    if checkpoint.event_id is not None:
        async with store.database.connection() as connection:
            known = await connection.fetchval("SELECT id FROM events WHERE position = $1", checkpoint.position)
        if known != checkpoint.event_id:
            store.close_for_writing(
                f"Kafka holds events of {store.service} up to position {checkpoint.position} that this database lacks: "
                f"it is an older copy. Bring it up to date with `./hirelog catch-up {store.service}`"
            )
            return checkpoint
    store.open_for_writing()
    return checkpoint


class Relay:
    """One at a time per service: starting one fences the one before it."""

    def __init__(self, store: EventStore, kafka: Kafka, registry: Registry) -> None:
        self._store = store
        self._kafka = kafka
        self._reader = LogReader(store.database)
        self._topics = topic_by_category(store.service, registry)
        self._partitions: Mapping[str, int] = {}

    async def run(self) -> None:
        """Runs until cancelled. Faults of Kafka or the database are waited out and the checkpoint is read again.

        Raises PartitionsChanged.
        """
        backoff = Backoff()
        while True:
            try:
                async with self._alone():
                    await self._lead(backoff)
                await asyncio.sleep(CLOSED_POLL_S)
            except ProducerFenced:
                log.warning("another relay has taken over; waiting behind it")
            except (*TRANSIENT, KafkaError) as error:
                await backoff.wait("relay", error)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Waits its turn: fencing is what keeps two relays apart, this only spares them the fight."""
        async with self._store.database.connection() as connection:
            while not await connection.fetchval(TRY_LOCK):  # noqa: ASYNC110
                await asyncio.sleep(TURN_S)
            renewing = asyncio.create_task(_renewed(connection))
            try:
                yield
            finally:
                renewing.cancel()
                # The lock goes with its session, which nobody else could use.
                connection.terminate()

    async def _lead(self, backoff: Backoff) -> None:
        """Carries until something fails; returns while the store is closed for writing."""
        producer = self._kafka.transactional_producer(f"relay.{self._store.service}")
        try:
            await producer.start()
            # From here on the predecessor is fenced: nobody else moves the checkpoint we read next.
            checkpoint = await compare_with_kafka(self._store, self._kafka)
            if self._store.closed_because is not None:
                log.error("relay waits", why=self._store.closed_because)
                return
            backoff.reset()
            await self._carry(producer, checkpoint)
        finally:
            await _stop(producer)

    async def _carry(self, producer: AIOKafkaProducer, checkpoint: Checkpoint) -> None:
        position, self._partitions = checkpoint.position, checkpoint.partitions
        parcel = await self._next(producer, position)
        while True:
            if not parcel.rows:
                RELAY_AGE.set(0)
                await self._woken()
                parcel = await self._next(producer, position)
                continue
            position = parcel.rows[-1]["position"]
            if len(parcel.rows) == MOST:
                # Behind: what comes next is read and packed while Kafka commits this.
                _, parcel = await asyncio.gather(self._publish(producer, parcel), self._next(producer, position))
            else:
                await self._publish(producer, parcel)
                parcel = await self._next(producer, position)

    async def _next(self, producer: AIOKafkaProducer, after: int) -> Parcel:
        self._store.committed.clear()
        rows = await self._reader.read(after, MOST)
        RELAY_VOIDS.set(self._reader.voids)
        if rows:
            self._partitions = await self._counted(producer)
        return packed(producer, rows, self._store.service, self._topics, self._partitions)

    async def _counted(self, producer: AIOKafkaProducer) -> Mapping[str, int]:
        """How many partitions each topic has: as many as ever."""
        found = {topic: len(await producer.partitions_for(topic)) for topic in {*self._topics.values()}}
        for topic, count in found.items():
            if (before := self._partitions.get(topic, count)) != count:
                raise PartitionsChanged(
                    f"{topic} has {count} partitions and had {before}: they are never added, for keys would move; "
                    "a change is a new topic and a copy"
                )
        return found

    async def _woken(self) -> None:
        """Waits for a commit, or as long as one may have been missed."""
        with suppress(TimeoutError):
            # Not wait_for: until Python 3.12 it forgets a cancellation that comes together with the commit.
            async with asyncio.timeout(SLOW_POLL_S):
                await self._store.committed.wait()
            # A breath gathers what commits at the same moment into one Kafka transaction.
            await asyncio.sleep(BREATH_S)

    async def _publish(self, producer: AIOKafkaProducer, parcel: Parcel) -> None:
        first, last = parcel.rows[0], parcel.rows[-1]
        checkpoint = Checkpoint(last["position"], last["id"], self._partitions).to_bytes()
        async with producer.transaction():
            sent = [await producer.send_batch(b, topic, partition=at) for topic, at, b in parcel.batches]
            await asyncio.gather(*sent)
            failpoints.reach("relay.sent")
            await producer.send_and_wait(CHECKPOINTS, checkpoint, key=self._store.service.encode(), partition=0)
        failpoints.reach("relay.committed")
        RELAY_POSITION.set(last["position"])
        RELAY_BATCH.observe(len(parcel.rows))
        RELAY_AGE.set(_age(first["recorded"]))


async def _renewed(connection: asyncpg.Connection) -> None:
    """Holds the lock as a lease: from a leader that stands still the database takes it by ending its session."""
    with suppress(asyncpg.PostgresError, *TRANSIENT):
        await connection.execute(LEASE)
        while True:
            await asyncio.sleep(LEASE_S / 3)
            await connection.execute("SELECT 1")


def _age(recorded: datetime) -> float:
    return max(0.0, (now() - recorded).total_seconds())


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        await asyncio.wait_for(producer.stop(), 5)
    except (KafkaError, TimeoutError, OSError) as error:
        log.warning("the relay's producer did not stop cleanly", fault=type(error).__name__)
