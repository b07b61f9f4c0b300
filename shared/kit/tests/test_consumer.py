"""The consumer on real Kafka: every event once, duplicates dropped, gaps and failures parked with what follows them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError
from prometheus_client import Gauge

from shared.events.envelope import Envelope, from_headers, to_headers
from shared.events.event import Event
from shared.kit import rebuild
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.context import new_id, now
from shared.kit.database import Database
from shared.kit.effects import Delivery, Projection, Reactions
from shared.kit.kafka import Kafka
from shared.kit.keyring.memory import MemoryKeyring
from shared.kit.parking import redrive
from shared.kit.positions import LostPosition
from shared.kit.progress import Parking, Progress, Superseded
from shared.kit.rebuild import digest, rebuild_projection
from shared.kit.store import EventStore
from shared.kit.telemetry import PARKED
from shared.kit.testing.relayed import delivery
from shared.kit.testing.topic import Topic
from shared.kit.tests.conftest import on_topic
from shared.kit.tests.notes import Notes
from shared.kit.triage import Triage, parse
from shared.kit.unit import Unit

Rows = list[tuple[str, int]]


@dataclass(frozen=True)
class Toy(Topic):
    """The toy service's topic, which takes worse things too than a relay would write."""

    notes: Notes

    def event(self, note: UUID, version: int, text: str = "a", what: str = "changed") -> Any:
        envelope = Envelope(
            id=new_id(), type=f"{self.notes.service}.note.{what}", source="test", stream=f"note-{note}",
            version=version, position=version, schema_version=1, key=str(note), occurred=now(), recorded=now(),
            actor="test", correlation=uuid4(),
        )  # fmt: skip
        body = json.dumps({"note_id": str(note), "author_id": str(note), "text": text}).encode()
        return str(note).encode(), body, to_headers(envelope)


@pytest.fixture
def topic(kafka: Kafka, notes: Notes) -> Toy:
    return Toy(kafka, notes.topic, notes)


@pytest.fixture
async def table(database: Database) -> str:
    async with database.connection() as connection:
        await connection.execute("CREATE TABLE texts (note text, version int, text text, PRIMARY KEY (note, version))")
    return "texts"


@pytest.fixture
def projection(database: Database, notes: Notes, table: str) -> Projection:
    """Keeps every text of every note; refuses the text "poison"."""

    async def project(connection: asyncpg.Connection, events: Sequence[tuple[Delivery, Event]]) -> None:
        for taken, event in events:
            text = event.model_dump()["text"]
            if text == "poison":
                raise ValueError("this can't be handled")
            await connection.execute(
                "INSERT INTO texts VALUES ($1, $2, $3)", taken.envelope.stream, taken.envelope.version, text
            )

    types = frozenset({f"{notes.service}.note.changed", f"{notes.service}.note.written"})
    return Projection(database, Codec(None, notes.registry), [table], types, project)


@pytest.fixture
def consumer(kafka: Kafka, database: Database, notes: Notes, projection: Projection) -> Consumer:
    return Consumer(f"{notes.service}.texts", (notes.topic,), kafka, database, projection)


@asynccontextmanager
async def running(consumer: Consumer) -> AsyncIterator[None]:
    task = asyncio.create_task(consumer.run())
    try:
        yield
    finally:
        failed = task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert not failed


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def positions(database: Database) -> dict[int, int]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT partition, next_offset FROM positions WHERE next_offset > 0")
    return {row["partition"]: row["next_offset"] for row in rows}


async def texts(database: Database) -> list[tuple[str, int, str]]:
    async with database.connection() as connection:
        return [tuple(r) for r in await connection.fetch("SELECT * FROM texts ORDER BY note, version")]


async def parked(database: Database) -> list[tuple[str, bytes | None]]:
    async with database.connection() as connection:
        return [(r["reason"], r["body"]) for r in await connection.fetch('SELECT * FROM parked ORDER BY "offset"')]


async def test_each_event_takes_effect_once_though_it_comes_three_times(
    topic: Toy, consumer: Consumer, database: Database
) -> None:
    note = uuid4()
    events = [topic.event(note, version) for version in (1, 2, 3, 4)]
    await topic.put(*events, *events, *events)
    async with running(consumer):
        await asyncio.wait_for(consumer.caught_up.wait(), 20)
    assert [version for _, version, _ in await texts(database)] == [1, 2, 3, 4]
    assert await parked(database) == []
    assert [*(await positions(database)).values()] == [12]


async def test_what_is_polled_together_takes_effect_in_one_transaction(
    topic: Toy, consumer: Consumer, database: Database
) -> None:
    note = uuid4()
    await topic.put(*(topic.event(note, version) for version in (1, 2, 3, 4)))
    await consumer.catch_up()
    async with database.connection() as connection:
        # xmin is the transaction that wrote a row.
        assert await connection.fetchval("SELECT count(DISTINCT xmin::text) FROM texts") == 1


async def test_a_consumer_is_caught_up_once_it_has_taken_what_stood_when_it_began(
    topic: Toy, consumer: Consumer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kit.consumer.MOST", 1)
    note = uuid4()
    await topic.put(*(topic.event(note, version) for version in range(1, 6)))
    assert await consumer.check() is None
    async with running(consumer):
        await asyncio.sleep(0)
        assert "not caught up" in (await consumer.check() or "")
        await asyncio.wait_for(consumer.caught_up.wait(), 20)
        assert len(await texts(database)) == 5
        assert await consumer.check() is None


async def _has(database: Database, rows: int) -> bool:
    return len(await texts(database)) >= rows


async def test_a_consumer_knows_how_far_it_is_behind_without_asking(
    topic: Toy, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kit.consumer.MOST", 1)
    note, began = uuid4(), now()
    await topic.put(*(topic.event(note, version) for version in range(1, 6)))
    behind: list[int] = []
    assert consumer.lags == {}
    await consumer.catch_up(lambda *_: behind.append(sum(lag.records for lag in consumer.lags.values())))
    assert all(lag.looked >= began - timedelta(milliseconds=1) for lag in consumer.lags.values())
    assert behind == sorted(behind, reverse=True)
    # The mark of the transaction behind the last record may count.
    assert max(behind) >= 4
    assert behind[-1] <= 1


async def test_an_event_after_a_gap_is_parked_with_all_that_follow_it_and_others_go_on(
    topic: Toy, consumer: Consumer, database: Database
) -> None:
    gapped, whole = uuid4(), uuid4()
    await topic.put(*(topic.event(gapped, v) for v in (1, 3, 4)), *(topic.event(whole, v) for v in (1, 2)))
    async with running(consumer):
        await until(lambda: _has(database, 3))
        await until(lambda: _parked(database, 2))
    assert [reason for reason, _ in await parked(database)] == ["gap", "behind"]


async def _told(gauge: Gauge, value: float) -> bool:
    [sample] = [sample for metric in gauge.collect() for sample in metric.samples]
    return sample.value == value


async def _parked(database: Database, rows: int) -> bool:
    return len(await parked(database)) >= rows


async def test_a_poison_event_is_parked_with_its_sequence_and_redriven_in_order(
    topic: Toy, consumer: Consumer, database: Database, projection: Projection, notes: Notes
) -> None:
    note, other = uuid4(), uuid4()
    poison = topic.event(note, 2, "poison")
    await topic.put(topic.event(note, 1), poison, topic.event(note, 3), topic.event(other, 1), topic.event(other, 2))
    async with running(consumer):
        await until(lambda: _has(database, 3))
        await until(lambda: _parked(database, 2))
        await until(lambda: _told(PARKED.labels(consumer.name), 1))
    assert await parked(database) == [("failed", poison[1]), ("behind", topic.event(note, 3)[1])]
    key = str(note).encode()
    with pytest.raises(ValueError, match="can't be handled"):
        await redrive(database, consumer.name, projection, notes.topic, key)
    async with database.connection() as connection:
        body = await connection.fetchval("SELECT body FROM parked WHERE reason = 'failed'")
        await connection.execute(
            "UPDATE parked SET body = $1 WHERE reason = 'failed'", bytes(body).replace(b"poison", b"mended")
        )
    assert await redrive(database, consumer.name, projection, notes.topic, key) == 2
    found = [(version, text) for stream, version, text in await texts(database) if stream == f"note-{note}"]
    assert found == [(1, "a"), (2, "mended"), (3, "a")]
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM parked_sequences") == 0


async def test_garbage_is_parked_byte_for_byte_and_the_partition_moves_on(
    topic: Toy, consumer: Consumer, database: Database
) -> None:
    note = uuid4()
    others = [header for header in topic.event(note, 1)[2] if header[0] != "ce_subject"]
    await topic.put(
        (None, b"", []),
        (b"\xff\x00", b"\x00garbage", [("ce_id", b"no uuid")]),
        (b"k", b"null", [("ce_specversion", None)]),  # type: ignore[list-item]
        (b"k", b"nul", [*others, ("ce_subject", b"x\0y")]),
        topic.event(note, 1),
    )  # fmt: skip
    async with running(consumer):
        await until(lambda: _has(database, 1))
        await until(lambda: _parked(database, 4))
    assert {reason for reason, _ in await parked(database)} == {"not-an-event"}
    assert {body for _, body in await parked(database)} == {b"", b"\x00garbage", b"null", b"nul"}


async def test_an_unknown_type_is_passed_by_and_keeps_its_stream_gapless(
    topic: Toy, consumer: Consumer, database: Database
) -> None:
    note = uuid4()
    await topic.put(topic.event(note, 1), topic.event(note, 2, what="of-the-future"), topic.event(note, 3))
    async with running(consumer):
        await until(lambda: _has(database, 2))
    assert [version for _, version, _ in await texts(database)] == [1, 3]
    assert await parked(database) == []


async def test_a_zombie_is_superseded_and_does_not_double(
    topic: Toy, consumer: Consumer, kafka: Kafka, database: Database, projection: Projection, notes: Notes
) -> None:
    note = uuid4()
    await topic.put(*(topic.event(note, v) for v in (1, 2)))
    async with running(consumer):
        await until(lambda: _has(database, 2))
    # It fetched and looked before the other wrote, and comes to write only now.
    records = await on_topic(kafka, notes.topic)
    partition = TopicPartition(notes.topic, records[0].partition)
    zombie = Consumer(consumer.name, (notes.topic,), kafka, database, projection)
    zombie._next[partition] = records[0].offset
    stale = Triage(projection.handles, {r.offset: parse(r) for r in records}, {}, set())
    with pytest.raises(Superseded):
        await zombie._settle(partition, records, stale, 500, None)
    assert [version for _, version, _ in await texts(database)] == [1, 2]


async def test_one_of_two_members_gets_over_a_fault_that_passes(
    topic: Toy, consumer: Consumer, kafka: Kafka, database: Database, projection: Projection, notes: Notes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    other = Consumer(consumer.name, (notes.topic,), kafka, database, projection)
    streams = [uuid4() for _ in range(12)]
    async with running(consumer), running(other):
        await topic.put(*(topic.event(note, 1) for note in streams))
        await until(lambda: _has(database, 12))
        real, failures = consumer._poll, iter([KafkaConnectionError()])

        async def poll(client: AIOKafkaConsumer) -> None:
            for failure in failures:
                raise failure
            await real(client)

        monkeypatch.setattr(consumer, "_poll", poll)
        await topic.put(*(topic.event(note, 2) for note in streams))
        await until(lambda: _has(database, 24))
        await topic.put(*(topic.event(note, 3) for note in streams))
        await until(lambda: _has(database, 36))


async def test_a_newcomer_waits_for_the_redrive_of_its_key_and_is_never_parked_unseen(
    database: Database, topic: Toy, notes: Notes
) -> None:
    note = uuid4()
    key, body, headers = topic.event(note, 3)
    record = delivery(from_headers(headers, key), body.decode(), 0, 7).record
    async with database.connection() as connection:
        await connection.execute("INSERT INTO parked_sequences VALUES ('c', $1, $2)", record.topic, key)
        await connection.execute("INSERT INTO positions VALUES ('c', $1, $2, 7)", record.topic, record.partition)
    async with database.connection() as redriving:
        transaction = redriving.transaction()
        await transaction.start()
        await redriving.execute("SELECT 1 FROM parked_sequences FOR UPDATE")
        progress = Progress("c", record.topic, record.partition, 7, 8, parked=[Parking(record, "behind")])

        async def park() -> None:
            async with database.transaction() as connection:
                await progress.write(connection)

        parking = asyncio.create_task(park())
        assert not (await asyncio.wait([parking], timeout=0.2))[0]
        await redriving.execute("DELETE FROM parked_sequences")
        await transaction.commit()
        await parking
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM parked_sequences") == 1


async def test_lost_positions_are_reread_without_effects(topic: Toy, consumer: Consumer, database: Database) -> None:
    note = uuid4()
    await topic.put(*(topic.event(note, v) for v in (1, 2)))
    async with running(consumer):
        await until(lambda: _has(database, 2))
    async with database.connection() as connection:
        await connection.execute("DELETE FROM positions")
    await topic.put(topic.event(note, 3))
    async with running(consumer):
        await until(lambda: _has(database, 3))
    assert len(await texts(database)) == 3
    assert await parked(database) == []


async def test_positions_that_are_lost_under_a_running_consumer_are_read_again_in_every_partition(
    topic: Toy, consumer: Consumer, database: Database
) -> None:
    streams = [uuid4() for _ in range(20)]
    await topic.put(*(topic.event(note, 1) for note in streams))
    async with running(consumer):
        await until(lambda: _has(database, 20))
        stood = await positions(database)
        assert len(stood) > 1
        await database.execute("DELETE FROM positions")
        # Only one partition has anything new.
        await topic.put(topic.event(streams[0], 2))

        async def stands_again() -> bool:
            now = await positions(database)
            return now.keys() == stood.keys() and all(now[partition] >= stood[partition] for partition in stood)

        await until(stands_again)
        await until(lambda: _has(database, 21))
    assert await parked(database) == []


async def test_a_position_before_the_topics_beginning_is_refused_loudly(
    topic: Toy, consumer: Consumer, database: Database
) -> None:
    note = uuid4()
    await topic.put(topic.event(note, 1))
    async with running(consumer):
        await until(lambda: _has(database, 1))
    async with database.connection() as connection:
        await connection.execute("UPDATE positions SET next_offset = -5")
    with pytest.raises(LostPosition, match="rebuild"):
        await asyncio.wait_for(consumer.run(), 30)


async def test_a_rebuild_gives_the_same_table_and_live_goes_on_from_there(
    topic: Toy, consumer: Consumer, kafka: Kafka, database: Database, projection: Projection, notes: Notes
) -> None:
    streams = [uuid4() for _ in range(20)]
    await topic.put(*(topic.event(note, v, f"{v}") for v in (1, 2, 3) for note in streams))
    async with running(consumer):
        await until(lambda: _has(database, 60))
        live = await digest(database, "texts")
        async with database.connection() as connection:
            await connection.execute("UPDATE texts SET text = 'wrong' WHERE version = 2")
        assert await digest(database, "texts") != live
        await rebuild_projection(consumer.name, (notes.topic,), kafka, database, projection)
        assert await digest(database, "texts") == live
        await topic.put(*(topic.event(note, 4) for note in streams))
        await until(lambda: _has(database, 80))
    assert await parked(database) == []


async def test_what_live_took_while_a_rebuild_ended_is_in_its_tables_though_nothing_comes_after(
    topic: Toy, consumer: Consumer, kafka: Kafka, database: Database, projection: Projection, notes: Notes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    await topic.put(*(topic.event(uuid4(), 1) for _ in range(20)))

    async def meanwhile(*of: Any) -> None:
        if len(await texts(database)) == 20:
            await topic.put(topic.event(uuid4(), 1))
            await until(lambda: _has(database, 21))

    async with running(consumer):
        await until(lambda: _has(database, 20))
        monkeypatch.setattr(rebuild, "settle", meanwhile)
        await rebuild_projection(consumer.name, (notes.topic,), kafka, database, projection)
        assert len(await texts(database)) == 21


async def test_a_rebuild_that_was_killed_goes_on_where_it_stood(
    topic: Toy, consumer: Consumer, kafka: Kafka, database: Database, projection: Projection, notes: Notes
) -> None:
    await topic.put(*(topic.event(uuid4(), 1) for _ in range(30)))
    async with running(consumer):
        await until(lambda: _has(database, 30))
    live = await digest(database, "texts")
    totals: list[int] = []

    def stop_after_the_first_batch(name: str, done: int, total: int) -> None:
        totals.append(total)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await rebuild_projection(consumer.name, (notes.topic,), kafka, database, projection, stop_after_the_first_batch)
    await topic.put(topic.event(uuid4(), 1))
    await rebuild_projection(
        consumer.name, (notes.topic,), kafka, database, projection,
        lambda name, done, total: totals.append(total), resume=True,
    )  # fmt: skip
    assert totals[1] < totals[0]
    assert len(await texts(database)) == 31
    async with running(consumer):
        await asyncio.wait_for(consumer.caught_up.wait(), 20)
    assert live != await digest(database, "texts")
    assert await parked(database) == []


async def test_a_rebuild_that_is_not_resumed_keeps_nothing_of_the_one_before(
    topic: Toy, consumer: Consumer, kafka: Kafka, database: Database, projection: Projection, notes: Notes
) -> None:
    await topic.put(*(topic.event(uuid4(), 1) for _ in range(10)))

    def stop(name: str, done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await rebuild_projection(consumer.name, (notes.topic,), kafka, database, projection, stop)
    async with database.connection() as connection:
        await connection.execute("UPDATE shadow.texts SET text = 'as an unmended handler wrote it'")
    await rebuild_projection(consumer.name, (notes.topic,), kafka, database, projection)
    assert {text for _, _, text in await texts(database)} == {"a"}


async def test_a_reaction_and_its_position_are_one_transaction(
    topic: Toy, kafka: Kafka, database: Database, notes: Notes, keyring: MemoryKeyring
) -> None:
    mirror = Notes()
    store = EventStore(mirror.service, database, Codec(keyring, _both(notes, mirror)))
    store.open_for_writing()
    failures = iter([ConnectionResetError("the database went away"), None, None, None])

    async def copy(unit: Unit, event: Any, envelope: Envelope) -> None:
        await unit.start(mirror.aggregate, event.note_id, [mirror.written(event.note_id, event.author_id, event.text)])
        if (failure := next(failures)) is not None:
            raise failure

    consumer = Consumer(
        f"{mirror.service}.copies", (notes.topic,), kafka, database, Reactions(store, {notes.Written: copy})
    )
    first, second = uuid4(), uuid4()
    await topic.put(topic.event(first, 1, what="written"), topic.event(second, 1, what="written"))

    async def both() -> bool:
        return all([(await store.load(mirror.aggregate, note)).version == 1 for note in (first, second)])

    async with running(consumer):
        await until(both)
    assert await parked(database) == []
    events = await store.events(mirror.stream.name(first))
    assert events[0][0].causation is not None


def _both(*services: Notes) -> Any:
    registry = services[0].registry
    for service in services[1:]:
        for contract in service.registry.all().values():
            registry.add(contract)
    return registry
