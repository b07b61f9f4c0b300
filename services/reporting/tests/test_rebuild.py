"""On real Kafka: what is folded live, batch by batch, is what a rebuild from the beginning gives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.platform import Platform
from services.reporting.projections import facts
from services.reporting.tests.conftest import member
from services.reporting.tests.log import Log
from services.reporting.tests.tables import asked
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.effects import Delivery, Projection
from shared.kit.kafka import Kafka
from shared.kit.rebuild import digest, rebuild_projection
from shared.kit.wiring import Wired

SUPERUSER = "admin"


@pytest.fixture
def kafka(platform: Platform) -> Kafka:
    return Kafka(platform.kafka, "reporting-test", SUPERUSER, platform.kafka_users[SUPERUSER])


@pytest.fixture
async def topic(platform: Platform) -> AsyncIterator[str]:
    """A topic of this test's own, with three partitions."""
    admin = AIOKafkaAdminClient(
        bootstrap_servers=platform.kafka, security_protocol="SASL_PLAINTEXT", sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=SUPERUSER, sasl_plain_password=platform.kafka_users[SUPERUSER],
    )  # fmt: skip
    name = f"facts{uuid4().hex[:10]}.events"
    await admin.start()
    await admin.create_topics([NewTopic(name, 3, 1, topic_configs={"message.timestamp.type": "LogAppendTime"})])
    yield name
    await admin.delete_topics([name])
    await admin.close()


async def publish(kafka: Kafka, topic: str, deliveries: list[Delivery]) -> None:
    producer = kafka.transactional_producer(f"test.{uuid4()}")
    await producer.start()
    async with producer.transaction():
        for delivery in deliveries:
            record = delivery.record
            await producer.send(topic, record.value, key=record.key, headers=list(record.headers))
    await producer.stop()


async def test_a_rebuild_gives_the_tables_as_they_are(reporting: Wired, kafka: Kafka, topic: str, log: Log) -> None:
    database = reporting.store.database
    histories = {row.title: row.facts for row in asked()}
    told = [fact for history in histories.values() for fact in history]
    deliveries = await log.deliveries([*{fact.id: fact for fact in told}.values(), member("lead", "lead")])
    projection = Projection(database, Codec(), facts.TABLES, facts.TYPES, facts.project, most=5)
    consumer = Consumer("reporting.test", (topic,), kafka, database, projection)
    running = asyncio.create_task(consumer.run())
    try:
        half = len(deliveries) // 2
        for part in (deliveries[:half], deliveries[half:]):
            await publish(kafka, topic, part)
        await _until_there_are(len(deliveries), reporting)
        live = {table: await digest(database, table) for table in facts.TABLES}
        await rebuild_projection(consumer.name, (topic,), kafka, database, projection)
        assert {table: await digest(database, table) for table in facts.TABLES} == live
        await publish(kafka, topic, await log.deliveries([member("late", "hr")]))
        await _until_there_are(len(deliveries) + 1, reporting)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def _until_there_are(facts_wanted: int, reporting: Wired) -> None:
    async with asyncio.timeout(30), reporting.store.database.connection() as connection:
        while await connection.fetchval("SELECT count(*) FROM facts") < facts_wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
