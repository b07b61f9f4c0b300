"""The agent on a real Kafka: what it counts, and that nothing on the log stops it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from services.reporting.live.agents import make_app
from services.reporting.live.view import View
from services.reporting.tests.making import make
from shared.events.ats.application import ApplicationSubmitted
from shared.events.crm.prospect import CandidateSourced
from shared.events.envelope import to_headers
from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.context import now
from shared.kit.effects import Delivery
from shared.kit.kafka import Kafka
from shared.kit.keyring.memory import MemoryKeyring
from shared.kit.testing.relayed import Relayed
from shared.kit.testing.topic import Topic

PATIENCE_S = 30


@pytest.fixture
async def view(kafka: Kafka, topic: Topic) -> AsyncIterator[View]:
    """One that the agent fills from the test's own topic."""
    made, assigned = View(), asyncio.Event()
    app = make_app(kafka, made, assigned.set, (topic.name,))
    await app.start()
    async with asyncio.timeout(PATIENCE_S):
        await assigned.wait()
        # From the end of the log: what was told before that is found is not seen.
        while not made.seen:
            await topic.publish(await told(make(CandidateSourced)))
            await asyncio.sleep(0)
    yield made
    await app.stop()


async def told(event: Event) -> list[Delivery]:
    return await Relayed(Codec(MemoryKeyring())).deliveries(uuid4(), [event])


async def arrival(source: str) -> list[Delivery]:
    return await told(make(ApplicationSubmitted, source=source, stage="applied"))


async def arrivals(view: View, behind: str) -> dict[str, int]:
    """Once this source is among them."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            windows = json.loads(view.snapshot(now()))["windows"]
            found = {source: n for window in windows for source, n in window["arrivals"].items()}
            if behind in found:
                return found
            await asyncio.sleep(0.01)


async def test_garbage_and_what_nobody_knows_are_passed_and_what_is_good_behind_them_counts(
    view: View, topic: Topic
) -> None:
    [good] = await arrival("behind")
    key = good.record.key
    [bad] = await arrival("never")
    whole, headers = bad.record.value, list(bad.record.headers)
    null: Any = [("ce_id", None)]
    unknown = to_headers(bad.envelope._replace(type="ats.application.exploded"))
    newer = to_headers(bad.envelope._replace(schema_version=99))
    await topic.put(
        (key, None, []), (key, b"", null), (b"\xff", whole, headers), (key, None, headers),
        (key, b"", headers), (key, b"not json", headers), (key, b"[]", headers), (key, b"{}", headers),
        (key, b"\xff" * 10, headers), (key, whole, unknown), (key, whole, newer),
        (key, whole, [*headers, ("ce_time", b"yesterday")]), (None, whole, [("ce_specversion", b"1.0")]),
        (key, good.record.value, list(good.record.headers)),
    )  # fmt: skip
    assert await arrivals(view, "behind") == {"behind": 1}
    [after] = await arrival("after")
    await topic.publish([after])
    assert await arrivals(view, "after") == {"behind": 1, "after": 1}


async def test_what_was_taken_back_before_it_stood_is_not_counted(view: View, topic: Topic, kafka: Kafka) -> None:
    [never], [good] = await arrival("never"), await arrival("behind")
    producer = kafka.transactional_producer(f"test.{uuid4()}")
    await producer.start()
    await producer.begin_transaction()
    await producer.send_and_wait(
        topic.name, never.record.value, key=b"one", headers=list(never.record.headers), partition=0
    )
    await producer.abort_transaction()
    await producer.begin_transaction()
    await producer.send_and_wait(
        topic.name, good.record.value, key=b"one", headers=list(good.record.headers), partition=0
    )
    await producer.commit_transaction()
    await producer.stop()
    assert await arrivals(view, "behind") == {"behind": 1}
