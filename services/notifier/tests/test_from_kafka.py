"""On real Kafka: what is on the topic becomes messages, and a rebuild tells nobody anything again."""

import asyncio
from contextlib import suppress

import pytest

from services.notifier.dispatch import Dispatch
from services.notifier.main import senders
from services.notifier.reactions.from_ats import TABLES, from_ats
from services.notifier.reactions.from_reporting import from_reporting
from services.notifier.settings import NotifierSettings
from services.notifier.tests import facts
from services.notifier.tests.desk import Desk
from services.notifier.tests.log import CONSUMER
from shared.kit.comparison import compare_projection
from shared.kit.consumer import Consumer
from shared.kit.rebuild import digest, rebuild_projection
from shared.kit.testing.topic import Topic


@pytest.mark.parametrize("order", ["as it happened", "the other way round"])
async def test_the_log_in_any_order_of_its_keys_becomes_one_message_each(
    desk: Desk, settings: NotifierSettings, topic: Topic, order: str
) -> None:
    desk.log.held = []
    (recruiter, _), (manager, _) = await desk.person(), await desk.person()
    job = await desk.log.job(recruiter=recruiter, hiring_manager=manager)
    card, hire = facts.scorecard_requested(manager, job), facts.hired(job)
    await desk.log.happened(card.scorecard_id, card)
    await desk.log.happened(hire.application_id, hire)
    keys = list(dict.fromkeys(delivery.envelope.key for delivery in desk.log.held))
    for key in keys if order == "as it happened" else reversed(keys):
        await topic.publish([delivery for delivery in desk.log.held if delivery.envelope.key == key])

    consumer = Consumer(CONSUMER, (topic.name,), topic.kafka, desk.store.database, from_ats(desk.store.database))
    dispatch = Dispatch(desk.store, senders(settings), consumer.caught_up)
    running = [asyncio.create_task(consumer.run()), asyncio.create_task(dispatch.run())]
    try:
        await desk.until_sent(recruiter, 1)
        await desk.until_sent(manager, 2)
        await rebuilt_tells_nothing(desk, topic)
    finally:
        for task in running:
            task.cancel()
        for task in running:
            with suppress(asyncio.CancelledError):
                await task


async def test_a_frozen_report_is_told_once_though_its_consumer_has_no_table_to_rebuild(
    desk: Desk, topic: Topic
) -> None:
    member, email = await desk.person()
    desk.log.held, database, name = [], desk.store.database, "notifier.reporting"
    event = facts.snapshot_sealed(member)
    await topic.publish(await desk.log.happened(event.snapshot_id, event))
    effect = from_reporting(database)
    consumer = Consumer(name, (topic.name,), topic.kafka, database, effect)
    running = asyncio.create_task(consumer.run())
    try:
        await asyncio.wait_for(consumer.caught_up.wait(), 30)
        await desk.work()
        await rebuild_projection(name, (topic.name,), topic.kafka, database, effect)
        await desk.work()
        compared = await compare_projection(name, (topic.name,), topic.kafka, database, effect)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert len(await desk.in_mailbox(email)) == 1
    assert (compared.tables, compared.parked, compared.parked_in_replay) == ([], 0, 0)


async def rebuilt_tells_nothing(desk: Desk, topic: Topic) -> None:
    async with desk.store.database.connection() as connection:
        told = await connection.fetch("SELECT * FROM notices ORDER BY event_id")
        sent = await connection.fetch("SELECT * FROM deliveries ORDER BY id")
    live = [await digest(desk.store.database, table) for table in TABLES]
    await rebuild_projection(CONSUMER, (topic.name,), topic.kafka, desk.store.database, from_ats(desk.store.database))
    assert [await digest(desk.store.database, table) for table in TABLES] == live
    async with desk.store.database.connection() as connection:
        assert await connection.fetch("SELECT * FROM notices ORDER BY event_id") == told
        assert await connection.fetch("SELECT * FROM deliveries ORDER BY id") == sent
