"""On real Kafka: what is folded live, batch by batch, is what a rebuild from the beginning gives."""

import asyncio
from contextlib import suppress

from services.reporting.projections import facts, self_identifications
from services.reporting.projections.kept import Keeper, derived
from services.reporting.tests.conftest import member
from services.reporting.tests.log import Log
from services.reporting.tests.tables import asked
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.effects import Projection
from shared.kit.rebuild import digest, rebuild_projection
from shared.kit.testing.api import Api
from shared.kit.testing.issuer import Issuer
from shared.kit.testing.topic import Topic
from shared.kit.wiring import Wired

EVERYBODY = "INSERT INTO marks (kind, id) SELECT DISTINCT 'person', person_id FROM facts WHERE person_id IS NOT NULL"
INDEXES = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
COUNT = "SELECT (SELECT count(*) FROM facts) + (SELECT count(*) FROM self_identifications)"


async def test_a_rebuild_gives_the_tables_as_they_are_and_ends_cursors(
    reporting: Wired, issuer: Issuer, topic: Topic, log: Log
) -> None:
    database, lead = reporting.store.database, Api(reporting.app, issuer, "lead")
    histories = {row.title: row.facts for row in asked()}
    told = [fact for history in histories.values() for fact in history]
    deliveries = await log.deliveries([*{fact.id: fact for fact in told}.values(), member("lead", "lead")])
    kept = [
        Projection(database, Codec(), of.TABLES, of.TYPES, of.project, most=5, derived=follows, by_key=True)
        for of, follows in ((facts, derived(database)), (self_identifications, None))
    ]
    consumers = [
        Consumer(f"reporting.test-{number}", (topic.name,), topic.kafka, database, projection)
        for number, projection in enumerate(kept)
    ]
    tables = [table for projection in kept for table in projection.tables]
    running = [asyncio.create_task(consumer.run()) for consumer in consumers]
    try:
        half = len(deliveries) // 2
        for part in (deliveries[:half], deliveries[half:]):
            await topic.publish(part)
        await _until_there_are(len(deliveries), reporting)
        live, indexes = {table: await digest(database, table) for table in tables}, await _indexes(reporting)
        before = (await lead.get("/facts"))["next"]
        await lead.get("/facts", after=before)
        for consumer, projection in zip(consumers, kept, strict=True):
            await rebuild_projection(consumer.name, (topic.name,), topic.kafka, database, projection)
        assert {table: await digest(database, table) for table in tables} == live
        assert await _indexes(reporting) == indexes
        # What is kept comes with the facts that it was folded from, and nobody is left to be folded.
        assert await _marked(reporting) == 0
        rebuilt = await digest(database, "kept")
        await database.execute(EVERYBODY)
        await Keeper(database).all()
        assert await digest(database, "kept") == rebuilt != "0-0"
        await lead.get("/facts", after=before, status=410)
        await topic.publish(await log.deliveries([member("late", "hr")]))
        await _until_there_are(len(deliveries) + 1, reporting)
    finally:
        for task in running:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _indexes(reporting: Wired) -> list[str]:
    async with reporting.store.database.connection() as connection:
        return [row["indexname"] for row in await connection.fetch(INDEXES)]


async def _marked(reporting: Wired) -> int:
    async with reporting.store.database.connection() as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM marks")
    return found


async def _until_there_are(facts_wanted: int, reporting: Wired) -> None:
    async with asyncio.timeout(30), reporting.store.database.connection() as connection:
        while await connection.fetchval(COUNT) < facts_wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
