"""`python -m services.reporting live`: faust, and beside it what corrects its view and posts it."""

import asyncio
import signal
from datetime import datetime, timedelta

import structlog
from aiokafka.errors import KafkaError

from services.reporting.live.agents import make_app
from services.reporting.live.board import post
from services.reporting.live.counted import TOPICS
from services.reporting.live.recount import recount
from services.reporting.live.view import View
from services.reporting.live.windows import start_of
from shared.kit.context import now
from shared.kit.database import Database
from shared.kit.faults import DATABASE_DOWN, Backoff
from shared.kit.kafka import Kafka
from shared.kit.settings import Settings

POST_S = 0.5
CORRECT_S = 10.0
STOP_S = 5.0
# What occurs at the end of a minute is on the log a moment later.
GRACE = timedelta(seconds=5)
log = structlog.get_logger()


class Ended(RuntimeError):
    """faust has given up; it can't be started twice in one process."""


async def run(settings: Settings) -> int:
    """Until SIGTERM, then 0; 1 where faust has ended by itself: whoever started this process starts it again."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = Database(settings.database_url.get_secret_value(), pool=2)
    following = asyncio.create_task(_follow(Kafka.of(settings, "reporting.live"), database))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([following, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    following.cancel()
    await asyncio.wait([following], timeout=STOP_S)
    await database.close()
    if stop.is_set():
        log.info("stopping")
        return 0
    log.error("the live view has ended", exc_info=following.exception())
    return 1


async def _follow(kafka: Kafka, database: Database) -> None:
    await _await_topics(kafka)
    view, assigned = View(), asyncio.Event()
    app = make_app(kafka, view, assigned.set)
    tasks: list[asyncio.Task[None]] = []
    try:
        await app.start()
        tasks += [
            asyncio.create_task(app.wait_until_stopped()),
            asyncio.create_task(_show(kafka, view, database, assigned)),
        ]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        raise Ended("faust has stopped")
    finally:
        for task in tasks:
            task.cancel()
        await app.stop()


async def _show(kafka: Kafka, view: View, database: Database, assigned: asyncio.Event) -> None:
    """No heartbeat before there is something to listen to, nor where Kafka does not answer."""
    await assigned.wait()
    loop, backoff, due = asyncio.get_running_loop(), Backoff(), 0.0
    while True:
        try:
            if loop.time() >= due:
                await kafka.partitions(TOPICS)
                await correct(view, database, now())
                due = loop.time() + CORRECT_S
            await post(database, view.snapshot(now()))
            backoff.reset()
            await asyncio.sleep(POST_S)
        except (*DATABASE_DOWN, KafkaError) as error:
            await backoff.wait("live", error)


async def correct(view: View, database: Database, moment: datetime) -> None:
    """Replaces every window that has ended by what the facts hold; later, where they are behind."""
    end = start_of(moment - GRACE)
    found = await recount(database, dict(view.seen), view.oldest(moment), end)
    if found is not None:
        view.correct(found.counts, found.running, end, moment)


async def _await_topics(kafka: Kafka) -> None:
    """An agent whose topics are not there subscribes to nothing, and never looks again. Raises NoRight."""
    backoff = Backoff()
    while True:
        try:
            await kafka.partitions(TOPICS)
            return
        except (*DATABASE_DOWN, KafkaError) as error:
            await backoff.wait("live", error)
