"""The checks find nothing in what is whole, and each thing that was broken, by its kind and its ids."""

from uuid import UUID, uuid4

import pytest

from ops.checks import Finding, unfinished, verify
from ops.checks.tests.conftest import Running
from shared.kit.context import new_id
from shared.kit.tests.conftest import on_topic

POSITIONS = "pg_get_serial_sequence('events', 'position')"
EVENT = "SELECT id FROM events WHERE stream = $1 AND version = $2"


async def found(running: Running) -> list[Finding]:
    return await verify(running.installation, known=running.notes.registry)


async def broken(running: Running, **about: str) -> set[str]:
    """The checks that say something; every finding must name what it is about."""
    findings = await found(running)
    for finding in findings:
        assert set(about.values()) & set(finding.ids), finding
        assert finding.service == running.notes.service
    return {finding.check for finding in findings}


@pytest.fixture
async def stream(running: Running) -> str:
    """The middle one of three streams, all relayed and consumed."""
    streams = [await running.write(4) for _ in range(3)]
    await running.relay()
    await running.consume()
    return streams[1]


async def event(running: Running, stream: str, version: int) -> str:
    return str(await running.value(EVENT, stream, version))


async def test_nothing_is_found_in_what_is_whole(running: Running, stream: str) -> None:
    assert await found(running) == []
    assert await unfinished(running.installation) == []


async def test_what_is_on_its_way_is_no_finding_and_is_told_apart(running: Running, stream: str) -> None:
    service = running.notes.service
    await running.write(3)
    assert await found(running) == []
    assert await unfinished(running.installation) == [f"{service} has 3 event(s) that are not relayed yet"]
    await running.relay()
    assert await found(running) == []
    assert await unfinished(running.installation) == [
        f"{running.consumer} is 3 record(s) behind on {running.topic.name}"
    ]


async def test_how_far_it_has_come_is_told(running: Running, stream: str) -> None:
    told: dict[str, tuple[int, int]] = {}
    await verify(
        running.installation, report=lambda what, done, total: told.update({what: (done, total)}),
        known=running.notes.registry,
    )  # fmt: skip
    assert told[f"{running.notes.service}: store"] == (12, 12)
    assert told["topics"][0] == told["topics"][1] > 12


async def test_an_edited_event_breaks_its_own_hash_and_differs_from_its_record(running: Running, stream: str) -> None:
    changed = await event(running, stream, 2)
    await running.do("""UPDATE events SET data = '{"text": "forged"}' WHERE id = $1""", UUID(changed))
    assert await broken(running, event=changed) == {"store.chain", "topic.differs"}


async def test_an_edited_event_whose_hash_was_made_anew_breaks_the_chain_behind_it(
    running: Running, stream: str
) -> None:
    await running.do("UPDATE events SET hash = sha256(hash) WHERE stream = $1 AND version = 2", stream)
    found_broken = await broken(
        running, changed=await event(running, stream, 2), behind=await event(running, stream, 3)
    )
    assert found_broken == {"store.chain"}


async def test_a_deleted_event_is_missed_by_its_stream_and_known_to_the_topic(running: Running, stream: str) -> None:
    gone, behind = await event(running, stream, 2), await event(running, stream, 3)
    await running.do("DELETE FROM events WHERE id = $1", UUID(gone))
    assert await broken(running, gone=gone, behind=behind) == {"store.versions", "store.chain", "store.lacks"}


async def test_a_cut_tail_is_known_to_the_topic(running: Running, stream: str) -> None:
    gone = await event(running, stream, 4)
    await running.do("DELETE FROM events WHERE id = $1", UUID(gone))
    assert await broken(running, gone=gone) == {"store.lacks"}


async def test_a_stream_that_changes_its_key_is_found(running: Running, stream: str) -> None:
    moved = await event(running, stream, 3)
    await running.do("UPDATE events SET key = 'another' WHERE id = $1", UUID(moved))
    assert {"store.stream", "topic.differs"} <= await broken(running, moved=moved)


async def test_an_event_of_another_category_is_found(running: Running, stream: str) -> None:
    strange = await event(running, stream, 3)
    await running.do("UPDATE events SET category = 'another' WHERE id = $1", UUID(strange))
    assert await broken(running, strange=strange) == {"store.stream"}


async def test_a_record_that_stands_there_twice_is_found(running: Running, stream: str) -> None:
    last = await event(running, stream, 4)
    [record] = [r for r in await on_topic(running.topic.kafka, running.topic.name) if _id(r.headers) == last]
    await running.topic.put((record.key, record.value, list(record.headers)))
    assert await broken(running, last=last) == {"topic.doubled", "topic.order"}


async def test_a_record_that_no_store_knows_is_found(running: Running, stream: str) -> None:
    [record, *_] = await on_topic(running.topic.kafka, running.topic.name)
    forged = str(new_id())
    headers = [(name, forged.encode() if name == "ce_id" else value) for name, value in record.headers]
    await running.topic.put((record.key, record.value, headers))
    assert await broken(running, forged=forged) == {"store.lacks", "topic.order"}


async def test_records_of_one_key_in_two_partitions_are_found(running: Running) -> None:
    author = uuid4()
    first, second = await running.write(1, author), await running.write(1, author)
    await running.relay()
    records = await on_topic(running.topic.kafka, running.topic.name)
    elsewhere = next(p for p in range(3) if p != records[0].partition)
    producer = running.topic.kafka.transactional_producer(f"test.{uuid4()}")
    await producer.start()
    async with producer.transaction():
        record = records[1]
        await producer.send(
            running.topic.name, record.value, key=record.key, partition=elsewhere, headers=list(record.headers)
        )
    await producer.stop()
    assert "topic.partition" in await broken(running, first=first, second=second)


async def test_an_event_that_the_relay_stepped_over_is_found(running: Running, stream: str) -> None:
    drawn = await running.value(f"SELECT nextval({POSITIONS})")
    await running.write(1)
    await running.relay()
    # Committed after the relay took its position for void, as it would where nobody waits for late commits.
    await running.value(f"SELECT setval({POSITIONS}, $1, false)", drawn)
    late = await event(running, await running.write(1), 1)
    assert await broken(running, late=late) == {"topic.lacks"}
    assert "on no topic" in str((await found(running))[0])


async def test_what_is_no_event_is_found(running: Running, stream: str) -> None:
    await running.topic.put((b"key", b"{}", []))
    [finding] = await found(running)
    assert finding.check == "topic.not-an-event"
    assert "ce_specversion is missing" in finding.what


async def test_a_consumer_that_has_not_seen_what_it_passed_is_found(running: Running, stream: str) -> None:
    await running.do("UPDATE seen SET version = 3 WHERE stream = $1", stream)
    assert await broken(running, stream=stream) == {"consumer.seen"}
    await running.do("DELETE FROM seen WHERE stream = $1", stream)
    assert await broken(running, stream=stream) == {"consumer.seen"}


async def test_a_consumer_that_has_seen_what_is_before_it_is_found(running: Running, stream: str) -> None:
    other = await running.write(1)
    await running.relay()
    await running.do("INSERT INTO seen VALUES ($1, $2, 1)", running.consumer, other)
    assert await broken(running, other=other) == {"consumer.seen"}


async def test_a_position_beyond_the_end_of_its_partition_is_found(running: Running, stream: str) -> None:
    await running.do("UPDATE positions SET next_offset = 1000 WHERE partition = 0")
    assert await broken(running, place=f"{running.topic.name}[0]") == {"consumer.position"}


async def test_a_parked_sequence_is_listed_and_explains_what_was_not_seen(running: Running, stream: str) -> None:
    running.poison.add("1")
    parked = await running.write(3)
    await running.relay()
    await running.consume()
    [finding] = await found(running)
    assert finding.check == "parked"
    assert "2 record(s) of one key" in finding.what
    assert "failed, ValueError" in finding.what
    assert len(finding.ids) == 2
    assert parked not in finding.what
    [_, _] = await unfinished(running.installation)


def _id(headers: list[tuple[str, bytes]]) -> str:
    return dict(headers)["ce_id"].decode()
