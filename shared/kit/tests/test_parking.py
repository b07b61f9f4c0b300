"""A parked sequence is handled again as it stood on the log, across all streams of its key."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.database import Database
from shared.kit.effects import Delivery, Projection
from shared.kit.parking import StillGapped, key_of, redrive, text_of
from shared.kit.progress import Parking, Progress
from shared.kit.testing.relayed import Relayed
from shared.kit.tests.notes import Notes


async def test_streams_of_one_key_are_redriven_in_the_order_of_the_log(database: Database, notes: Notes) -> None:
    codec, author, handled = Codec(None, notes.registry), uuid4(), list[int]()
    one, other = uuid4(), uuid4()
    relayed, written = Relayed(codec), list[Delivery]()
    for note, event in (
        (one, notes.written(one, author)), (other, notes.written(other, author)),
        (one, notes.changed(one, author, "b")), (other, notes.changed(other, author, "b")),
    ):  # fmt: skip
        written += await relayed.deliveries(note, [event])

    async def project(connection: asyncpg.Connection, batch: Sequence[tuple[Delivery, Event]]) -> None:
        handled.extend(delivery.record.offset for delivery, _ in batch)

    types = frozenset({notes.Written.wire_type, notes.Changed.wire_type})
    parked = [Parking(d.record, "failed" if d is written[0] else "behind", error="KeyError") for d in written]
    topic, partition, offsets = notes.topic, written[0].record.partition, [d.record.offset for d in written]
    await database.execute("INSERT INTO positions VALUES ('c', $1, $2, 0)", topic, partition)
    async with database.transaction() as connection:
        await Progress("c", topic, partition, 0, offsets[-1] + 1, parked=parked).write(connection)
    projection = Projection(database, codec, [], types, project)
    assert await redrive(database, "c", projection, topic, str(author).encode()) == len(written)
    assert handled == offsets
    await _empty(database)


async def test_copies_in_a_parked_sequence_take_effect_once_wherever_they_lie(database: Database, notes: Notes) -> None:
    codec, author, note, handled = Codec(None, notes.registry), uuid4(), uuid4(), list[int]()
    events = [notes.written(note, author), notes.changed(note, author, "b"), notes.changed(note, author, "c")]
    first, second, third = await Relayed(codec).deliveries(note, events)
    again = [_later(copied, 10 + number) for number, copied in enumerate((second, third))]
    sequence = [first, second, third, *again]

    async def project(connection: asyncpg.Connection, batch: Sequence[tuple[Delivery, Event]]) -> None:
        handled.extend(delivery.envelope.version for delivery, _ in batch)

    types = frozenset({notes.Written.wire_type, notes.Changed.wire_type})
    parked = [Parking(d.record, "failed" if d is first else "behind", error="KeyError") for d in sequence]
    topic, partition = notes.topic, first.record.partition
    await database.execute("INSERT INTO positions VALUES ('c', $1, $2, 0)", topic, partition)
    async with database.transaction() as connection:
        await Progress("c", topic, partition, 0, 20, parked=parked).write(connection)
    projection = Projection(database, codec, [], types, project)
    assert await redrive(database, "c", projection, topic, str(author).encode()) == len(sequence)
    assert handled == [1, 2, 3]
    await _empty(database)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT version FROM seen") == 3


async def test_versions_that_came_late_are_redriven_before_those_that_waited_for_them(
    database: Database, notes: Notes
) -> None:
    codec, author, note, handled = Codec(None, notes.registry), uuid4(), uuid4(), list[int]()
    events = [notes.written(note, author), *(notes.changed(note, author, text) for text in "bcd")]
    one, two, three, four = await Relayed(codec).deliveries(note, events)
    sequence = [four, *(_later(late, 10 + number) for number, late in enumerate((three, one, two)))]

    async def project(connection: asyncpg.Connection, batch: Sequence[tuple[Delivery, Event]]) -> None:
        handled.extend(delivery.envelope.version for delivery, _ in batch)

    types = frozenset({notes.Written.wire_type, notes.Changed.wire_type})
    projection = Projection(database, codec, [], types, project)
    topic, partition, key = notes.topic, four.record.partition, str(author).encode()
    await database.execute("INSERT INTO positions VALUES ('c', $1, $2, 0)", topic, partition)
    async with database.transaction() as connection:
        await Progress("c", topic, partition, 0, 5, parked=[Parking(four.record, "gap")]).write(connection)
    with pytest.raises(StillGapped, match="still lacks versions 1 to 3"):
        await redrive(database, "c", projection, topic, key)
    async with database.transaction() as connection:
        behind = [Parking(late.record, "behind") for late in sequence[1:]]
        await Progress("c", topic, partition, 5, 20, parked=behind).write(connection)
    assert await redrive(database, "c", projection, topic, key) == len(sequence)
    assert handled == [1, 2, 3, 4]
    await _empty(database)


@pytest.mark.parametrize(
    ("key", "text"), [(b"a-key", "a-key"), (b"\xff\x00", "0xff00"), (b"0xff", "0x30786666"), (b"a\nb", "0x610a62")]
)
def test_a_key_is_told_so_that_it_can_be_read_back(key: bytes, text: str) -> None:
    assert text_of(key) == text
    assert key_of(text) == key


def _later(copied: Delivery, offset: int) -> Delivery:
    """The same once more, further up in its partition."""
    return copied._replace(record=replace(copied.record, offset=offset))


async def _empty(database: Database) -> None:
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM parked") == 0
        assert await connection.fetchval("SELECT count(*) FROM parked_sequences") == 0
