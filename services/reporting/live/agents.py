"""The faust app: one agent over both logs, from their ends, that nothing it reads can stop."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import faust
import structlog
from faust.transport.drivers import aiokafka as driver

from services.reporting.live.counted import COUNTED, FIELDS, RUNS_AFTER, TOPICS
from services.reporting.live.view import View
from shared.events.envelope import NotAnEvent, from_headers
from shared.kit.codec import Codec, Damaged
from shared.kit.context import now
from shared.kit.faults import describe
from shared.kit.kafka import Kafka

log = structlog.get_logger()


def make_app(kafka: Kafka, view: View, assigned: Callable[[], None], topics: Sequence[str] = TOPICS) -> faust.App:
    """Inside a running loop. It makes no topic and no table, for a table of faust has a topic of its own on Kafka."""
    app = _App(
        # A group of its own at each start: nobody's offsets are gone on from, and no dead member is waited for.
        f"reporting.live.{uuid4()}",
        broker=f"kafka://{kafka.servers}",
        broker_client_id=kafka.client,
        broker_credentials=faust.SASLCredentials(
            username=kafka.user, password=kafka.password, mechanism="SCRAM-SHA-512"
        )
        if kafka.user
        else None,
        consumer_auto_offset_reset="latest",
        key_serializer="raw",
        value_serializer="raw",
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        web_enabled=False,
    )
    app.transport = _Transport(app.conf.broker_consumer, app)
    codec = Codec()

    async def follow(stream: Any) -> None:
        async for event in stream.events():
            message = event.message
            view.seen[message.topic, message.partition] = message.offset + 1
            try:
                await _take(view, codec, message)
            except (NotAnEvent, Damaged):
                continue  # the facts' consumer parks and reports it
            except Exception as error:
                # An agent that raises is started again without what it was at; here there is nothing to mend either.
                log.warning("an event was not counted", fault=describe(error))

    async def started(*_: Any, **__: Any) -> None:
        assigned()

    app.agent(app.topic(*topics, key_type=bytes, value_type=bytes), name="live")(follow)
    app.on_partitions_assigned.connect(started, weak=False)
    return app


async def _take(view: View, codec: Codec, message: Any) -> None:
    envelope = from_headers(list(message.headers or ()), message.key)
    if envelope.type in RUNS_AFTER:
        view.campaign(envelope)
    if envelope.type in COUNTED:
        [event] = await codec.open([(envelope, message.value)])
        view.take(envelope, {name: getattr(event, name, None) for name in FIELDS}, now())


class _App(faust.App):
    def _create_directories(self) -> None:
        """Of tables on disk there are none."""


class _Thread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        client = super()._create_worker_consumer(transport)
        # faust reads what was committed only where it writes transactions itself, and has no setting for it.
        client._isolation_level = "read_committed"
        return client


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Transport(driver.Transport):
    Consumer = _Consumer
