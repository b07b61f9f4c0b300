"""How far an answer is behind: what the consumer knows of the log, unknown once it is not heard of, never hidden."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from services.reporting.projections import facts, self_identifications
from services.reporting.projections.facts import CONSUMER
from services.reporting.projections.standing import Standing, said
from services.reporting.tests.log import Log
from services.reporting.tests.telling import Telling
from shared.events.crm.prospect import CandidateSourced
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer, Lag
from shared.kit.effects import Projection
from shared.kit.testing.api import Api
from shared.kit.testing.topic import Topic
from shared.kit.wiring import Wired

STAND = "INSERT INTO positions VALUES ($1, $2, $3, 7) ON CONFLICT DO NOTHING"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("events", "looked", "parked", "note"), [
    ({"ats.events": 0, "crm.events": 0}, NOON, 0, None),
    ({"ats.events": 1200, "crm.events": 0}, NOON, 0, "Up to 1,200 events .* not in these figures yet: 1,200 of ats.ev"),
    ({"ats.events": 0}, NOON, 2, "^2 events are parked"),
    ({"ats.events": 1}, NOON, 2, "Up to 1 .* 2 events are parked"),
    (None, NOON, 0, "unknown: the consumer was not heard of since 2026-03-01 12:00:00 UTC"),
    (None, None, 0, "unknown: the consumer was not heard of yet"),
])  # fmt: skip
def test_a_note_says_what_figures_may_lack(events: Any, looked: datetime | None, parked: int, note: str | None) -> None:
    found = said(events, looked, parked)
    assert (found is None) == (note is None)
    assert re.search(note or "", found or "")


async def stand(reporting: Wired, *partitions: TopicPartition) -> None:
    for partition in partitions:
        consumer = CONSUMER if partition.topic != APART.topic else self_identifications.CONSUMER
        await reporting.store.database.execute(STAND, consumer, *partition)


async def write(reporting: Wired, lags: dict[TopicPartition, Lag]) -> None:
    await Standing(reporting.store.database).write(cast(Consumer, SimpleNamespace(lags=lags)))


ATS, CRM, CRM_TOO = TopicPartition("ats.events", 0), TopicPartition("crm.events", 0), TopicPartition("crm.events", 1)


APART = TopicPartition("ats.self-identification", 0)


def lag(records: int, age_s: float = 0) -> Lag:
    return Lag(records, datetime.now(UTC) - timedelta(seconds=age_s))


async def test_every_report_says_how_many_events_of_each_topic_it_lacks(lead: Api, reporting: Wired) -> None:
    await stand(reporting, ATS, CRM, CRM_TOO)
    await write(reporting, {ATS: lag(0), CRM: lag(3), CRM_TOO: lag(4)})
    for path in ("/reports/hires", "/reports/hires/explain", "/reports/engagement"):
        behind = (await lead.get(path))["behind"]
        assert behind["events"] == {"ats.events": 0, "crm.events": 7}
        assert "7 events are on the log" in behind["note"]
    await write(reporting, {CRM: lag(0), CRM_TOO: lag(0)})
    behind = (await lead.get("/reports/hires"))["behind"]
    assert (behind["events"], behind["note"]) == ({"ats.events": 0, "crm.events": 0}, None)


async def test_what_people_told_of_themselves_is_missed_only_where_it_counts(lead: Api, reporting: Wired) -> None:
    await stand(reporting, ATS)
    await write(reporting, {ATS: lag(0)})
    assert (await lead.get("/reports/hires"))["behind"]["events"] == {"ats.events": 0}
    for path in ("/reports/adverse-impact", "/quality"):
        assert (await lead.get(path))["behind"]["events"] is None
    await stand(reporting, APART)
    await write(reporting, {APART: lag(2)})
    assert (await lead.get("/reports/hires"))["behind"]["note"] is None
    for path in ("/reports/adverse-impact", "/quality"):
        assert (await lead.get(path))["behind"]["events"] == {"ats.events": 0, "ats.self-identification": 2}


async def test_a_consumer_never_heard_of_is_unknown_and_not_zero(lead: Api, reporting: Wired) -> None:
    behind = (await lead.get("/reports/hires"))["behind"]
    assert (behind["events"], behind["looked"]) == (None, None)
    await stand(reporting, ATS, CRM)
    await write(reporting, {ATS: lag(0)})
    behind = (await lead.get("/reports/hires"))["behind"]
    assert behind["events"] is None
    assert "unknown" in behind["note"]


async def test_a_broker_that_stopped_answering_is_unknown(lead: Api, reporting: Wired) -> None:
    await stand(reporting, ATS)
    await write(reporting, {ATS: lag(0, age_s=61)})
    behind = (await lead.get("/reports/hires"))["behind"]
    assert behind["events"] is None
    assert "not heard of since" in behind["note"]


async def test_an_older_word_does_not_replace_a_newer_one(lead: Api, reporting: Wired) -> None:
    await stand(reporting, ATS)
    await write(reporting, {ATS: lag(5)})
    await write(reporting, {ATS: lag(0, age_s=10)})
    assert (await lead.get("/reports/hires"))["behind"]["events"] == {"ats.events": 5}


async def test_a_consumer_that_stops_is_told_of_and_once_it_runs_again_nothing_is_missing(
    lead: Api, reporting: Wired, topic: Topic, log: Log
) -> None:
    database = reporting.store.database
    projection = Projection(database, Codec(), facts.TABLES, facts.TYPES, facts.project)
    telling = Telling()
    for person in ("ann", "bob", "cleo", "dan"):
        telling(0, CandidateSourced, person_id=person, channel="event")
    first, second, *rest = await log.deliveries(telling.facts)
    await database.execute("DELETE FROM positions")  # Of topics that nobody reads here.

    def consumer() -> Consumer:
        return Consumer(CONSUMER, (topic.name,), topic.kafka, database, projection)

    await topic.publish([first, second])
    async with running(consumer(), reporting):
        assert await _eventually(lead, {topic.name: 0}) is None
    await topic.publish(rest)
    # As if a minute had passed.
    await database.execute("UPDATE standing SET looked = looked - interval '1 minute'")
    behind = (await lead.get("/reports/hires"))["behind"]
    assert behind["events"] is None
    assert "not heard of since" in behind["note"]
    async with running(consumer(), reporting):
        assert await _eventually(lead, {topic.name: 0}) is None
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT count(*) FROM facts WHERE type = 'crm.prospect.sourced'") == 4


@asynccontextmanager
async def running(consumer: Consumer, reporting: Wired) -> AsyncIterator[None]:
    loops = consumer.run(), Standing(reporting.store.database).keep([consumer])
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def _eventually(lead: Api, events: dict[str, int]) -> str | None:
    """The note, once that is what is missing."""
    async with asyncio.timeout(30):
        while (behind := (await lead.get("/reports/hires"))["behind"])["events"] != events:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return cast(str | None, behind["note"])
