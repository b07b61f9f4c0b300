"""The relay carries each event to Kafka once, in order, whatever happens to it on the way."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaTimeoutError, UnknownError
from aiokafka.partitioner import DefaultPartitioner

from shared.events.envelope import from_headers
from shared.kit import failpoints
from shared.kit.failpoints import Failed
from shared.kit.kafka import Kafka
from shared.kit.relay import PartitionsChanged, Relay, compare_with_kafka, read_checkpoint
from shared.kit.store import EventStore
from shared.kit.testing.topic import PARTITIONS
from shared.kit.tests.conftest import SOMEBODY, Written, headers, on_topic
from shared.kit.tests.notes import Notes

# The session that holds the relay's lock, and when it last said something.
LEASES = """
SELECT query_start FROM pg_stat_activity JOIN pg_locks USING (pid)
WHERE locktype = 'advisory' AND objid = 72617 AND granted
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

Write = Callable[[int], Awaitable[Written]]


async def relayed(store: EventStore, kafka: Kafka, notes: Notes) -> None:
    """Runs a relay until Kafka's checkpoint is the store's last position."""
    running = asyncio.create_task(Relay(store, kafka, notes.registry).run())
    async with asyncio.timeout(30):
        while (await read_checkpoint(kafka, store.service)).position < await last(store):
            assert not running.done(), running
    # Again and again: until Python 3.12 what the client of Kafka waits with may forget that it was cancelled.
    while not running.done():
        running.cancel()
        await asyncio.wait([running], timeout=1)


class Commits(asyncio.Event):
    """As the store's, and tells when somebody waits for one."""

    def __init__(self) -> None:
        super().__init__()
        self.awaited = asyncio.Event()

    async def wait(self) -> Literal[True]:
        self.awaited.set()
        return await super().wait()


async def last(store: EventStore) -> int:
    async with store.database.connection() as connection:
        position: int = await connection.fetchval("SELECT coalesce(max(position), 0) FROM events")
    return position


async def ids(store: EventStore) -> list[UUID]:
    async with store.database.connection() as connection:
        return [row["id"] for row in await connection.fetch("SELECT id FROM events ORDER BY position")]


async def test_every_event_arrives_once_and_its_stream_in_order(
    store: EventStore, kafka: Kafka, notes: Notes, write: Write
) -> None:
    await asyncio.gather(*(write(5) for _ in range(12)))
    await relayed(store, kafka, notes)
    records = await on_topic(kafka, notes.topic)
    assert sorted(headers(records, "ce_id")) == sorted(map(str, await ids(store)))
    versions: defaultdict[str, list[int]] = defaultdict(list)
    for record in records:
        envelope = from_headers(list(record.headers), record.key)
        versions[envelope.stream].append(envelope.version)
    assert set(map(tuple, versions.values())) == {(1, 2, 3, 4, 5)}


async def test_what_comes_after_a_restart_is_appended_and_nothing_is_repeated(
    store: EventStore, kafka: Kafka, notes: Notes, write: Write
) -> None:
    await write(3)
    await relayed(store, kafka, notes)
    await write(3)
    await relayed(store, kafka, notes)
    assert sorted(headers(await on_topic(kafka, notes.topic), "ce_id")) == sorted(map(str, await ids(store)))


async def test_a_relay_that_dies_between_send_and_commit_leaves_neither_event_nor_checkpoint(
    store: EventStore, kafka: Kafka, notes: Notes, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(4)
    producer = kafka.transactional_producer(f"relay.{store.service}")
    await producer.start()
    await producer.begin_transaction()
    await producer.send_and_wait(notes.topic, b"{}", key=b"k")
    # Nothing was committed: the successor fences this one and Kafka aborts what it began.
    await relayed(store, kafka, notes)
    assert len(await on_topic(kafka, notes.topic)) == 4
    with pytest.raises(Exception, match=r"(?i)fenced|epoch"):
        await producer.commit_transaction()
    with suppress(Exception):
        await producer.stop()


@pytest.mark.parametrize("point", ["relay.sent", "relay.committed"])
async def test_a_relay_that_fails_around_its_commit_is_followed_by_one_that_neither_lacks_nor_repeats(
    store: EventStore, kafka: Kafka, notes: Notes, write: Write, point: str
) -> None:
    await write(3)
    failpoints.arm({point: "fail"})
    try:
        with pytest.raises(Failed):
            await asyncio.wait_for(Relay(store, kafka, notes.registry).run(), 30)
    finally:
        failpoints.arm({})
    await relayed(store, kafka, notes)
    assert sorted(headers(await on_topic(kafka, notes.topic), "ce_id")) == sorted(map(str, await ids(store)))


async def test_whatever_kafka_says_while_it_comes_back_the_relay_tries_again(
    store: EventStore, kafka: Kafka, notes: Notes, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = Relay._publish, iter([GroupCoordinatorNotAvailableError(), UnknownError(), KafkaTimeoutError()])

    async def publish(relay: Relay, *batch: Any) -> None:
        for failure in failures:
            raise failure
        await real(relay, *batch)

    monkeypatch.setattr(Relay, "_publish", publish)
    await write(2)
    await relayed(store, kafka, notes)
    assert sorted(headers(await on_topic(kafka, notes.topic), "ce_id")) == sorted(map(str, await ids(store)))


async def test_a_restored_older_database_is_noticed_and_not_written_to(
    store: EventStore, kafka: Kafka, notes: Notes, write: Write
) -> None:
    await write(3)
    await relayed(store, kafka, notes)
    async with store.database.connection() as connection:
        await connection.execute("DELETE FROM events WHERE version = 3")
    await compare_with_kafka(store, kafka)
    assert "older copy" in (store.closed_because or "")


async def test_a_topic_that_was_given_more_partitions_is_not_written_to(
    store: EventStore, kafka: Kafka, notes: Notes, write: Write
) -> None:
    await write(2)
    await relayed(store, kafka, notes)
    admin = AIOKafkaAdminClient(**kafka.common())
    await admin.start()
    await admin.create_partitions({notes.topic: NewPartitions(PARTITIONS + 1)})
    await admin.close()
    async with asyncio.timeout(10):
        while len(await kafka.partitions((notes.topic,))) == PARTITIONS:
            pass
    await write(2)
    with pytest.raises(PartitionsChanged, match="4 partitions and had 3: they are never added"):
        await asyncio.wait_for(Relay(store, kafka, notes.registry).run(), 30)
    assert len(await on_topic(kafka, notes.topic)) == 2


async def test_a_commit_wakes_the_relay(store: EventStore, kafka: Kafka, notes: Notes, write: Write) -> None:
    running = asyncio.create_task(Relay(store, kafka, notes.registry).run())
    await write(1)
    async with asyncio.timeout(10):
        while not await on_topic(kafka, notes.topic):
            assert not running.done()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_relay_that_has_nothing_to_carry_stays_the_leader(
    store: EventStore, kafka: Kafka, notes: Notes, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, make = list[str](), Kafka.transactional_producer

    def counted(of: Kafka, name: str) -> AIOKafkaProducer:
        made.append(name)
        return make(of, name)

    monkeypatch.setattr(Kafka, "transactional_producer", counted)
    store.committed = committed = Commits()
    running = asyncio.create_task(Relay(store, kafka, notes.registry).run())
    async with asyncio.timeout(30):
        await committed.awaited.wait()
        for count in (1, 2):
            await write(1)
            while len(await on_topic(kafka, notes.topic)) < count:
                assert not running.done(), running
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert len(made) == 1


async def test_the_leader_renews_its_lease(
    store: EventStore, kafka: Kafka, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kit.relay.LEASE_S", 0.3)
    running = asyncio.create_task(Relay(store, kafka, notes.registry).run())
    renewed = set[Any]()
    async with asyncio.timeout(30), store.database.connection() as connection:
        while len(renewed) < 3:
            assert not running.done(), running
            renewed |= {row["query_start"] for row in await connection.fetch(LEASES)}
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_key_goes_to_the_partition_to_which_every_client_of_kafka_would_send_it(
    store: EventStore, kafka: Kafka, notes: Notes, write: Write
) -> None:
    for _ in range(8):
        await write(1)
    await relayed(store, kafka, notes)
    partitions = list(range(PARTITIONS))
    records = await on_topic(kafka, notes.topic)
    assert len(records) == 8
    for record in records:
        assert record.partition == DefaultPartitioner()(record.key, partitions, partitions)


async def test_what_does_not_fit_into_one_batch_of_kafka_goes_in_several_and_stays_in_order(
    store: EventStore, kafka: Kafka, notes: Notes
) -> None:
    note, author = uuid4(), uuid4()
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, author, "x" * 200_000)])
        await unit.append(notes.aggregate, note, [notes.changed(note, author, text * 200_000) for text in "yz"])
    await relayed(store, kafka, notes)
    assert headers(await on_topic(kafka, notes.topic), "ce_streamversion") == ["1", "2", "3"]


async def test_a_relay_that_is_behind_packs_the_next_ones_ahead_and_neither_skips_nor_repeats(
    store: EventStore, kafka: Kafka, notes: Notes, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kit.relay.MOST", 3)
    await write(10)
    await relayed(store, kafka, notes)
    assert headers(await on_topic(kafka, notes.topic), "ce_streamversion") == [str(n) for n in range(1, 11)]


async def test_a_relay_that_is_told_to_end_in_the_moment_of_a_commit_ends(
    store: EventStore, kafka: Kafka, notes: Notes, write: Write
) -> None:
    await write(1)
    store.committed = committed = Commits()
    running = asyncio.create_task(Relay(store, kafka, notes.registry).run())
    async with asyncio.timeout(30):
        await committed.awaited.wait()
    store.committed.set()
    running.cancel()
    done, _ = await asyncio.wait({running}, timeout=5)
    assert done
