"""The brake: a few bad events are parked and passed by, a handler that fails at every turn is stopped."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import asyncpg
import pytest

from shared.events.event import Event
from shared.kit import brake
from shared.kit.brake import MOST_KEYS, SHARE_FROM, WINDOW_S, Brake, Braked
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.database import Database
from shared.kit.effects import Delivery, Projection
from shared.kit.kafka import Kafka
from shared.kit.testing.relayed import Relayed
from shared.kit.testing.topic import Topic
from shared.kit.tests.notes import Notes


def test_more_than_fifty_keys_stop_a_handler() -> None:
    counted = Brake()
    for _ in range(MOST_KEYS):
        counted.count(handled=1, parked=1)
    with pytest.raises(Braked, match=f"{MOST_KEYS + 1} keys"):
        counted.count(handled=1, parked=1)


def test_more_than_one_in_a_hundred_stops_a_handler_once_there_were_enough() -> None:
    counted = Brake()
    counted.count(handled=SHARE_FROM - 1, parked=11)
    with pytest.raises(Braked):
        counted.count(handled=1, parked=0)


def test_one_in_a_hundred_is_let_pass() -> None:
    Brake().count(handled=SHARE_FROM, parked=SHARE_FROM // 100)


def test_what_was_parked_longer_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    counted, at = Brake(), 1_000.0
    monkeypatch.setattr(brake, "monotonic", lambda: at)
    counted.count(handled=0, parked=MOST_KEYS)
    at += WINDOW_S + 1
    counted.count(handled=0, parked=MOST_KEYS)
    with pytest.raises(Braked):
        counted.count(handled=0, parked=1)


async def test_a_consumer_whose_handler_fails_at_every_key_stops_and_says_so(
    kafka: Kafka, database: Database, notes: Notes
) -> None:
    async def project(connection: asyncpg.Connection, batch: Sequence[tuple[Delivery, Event]]) -> None:
        raise ValueError("the handler has a bug")

    codec = Codec(None, notes.registry)
    relayed, written = Relayed(codec), list[Delivery]()
    for _ in range(2 * MOST_KEYS):
        note = uuid4()
        written += await relayed.deliveries(note, [notes.written(note, note)])
    await Topic(kafka, notes.topic).publish(written)
    types = frozenset({notes.Written.wire_type})
    consumer = Consumer("toy", (notes.topic,), kafka, database, Projection(database, codec, [], types, project))
    with pytest.raises(Braked, match="mend the handler"):
        await asyncio.wait_for(consumer.run(), 60)
    assert "mend the handler" in (await consumer.check() or "")
    async with database.connection() as connection:
        assert MOST_KEYS < await connection.fetchval("SELECT count(*) FROM parked") < 2 * MOST_KEYS
