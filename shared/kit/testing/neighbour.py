"""Another service, as tests see it: it writes events to a topic of the real Kafka as its relay would."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID, uuid4

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.events.envelope import Envelope, to_headers
from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.context import new_id, now
from shared.kit.kafka import Kafka


class Neighbour:
    """`kafka` is the superuser's, `topic` the neighbour's own for this test."""

    def __init__(self, kafka: Kafka, topic: str, codec: Codec) -> None:
        self.kafka, self.topic = kafka, topic
        self._codec = codec
        self._versions: dict[str, int] = {}

    async def tells(self, of: UUID, events: Sequence[Event], occurred: datetime | None = None) -> None:
        """Facts about one thing, in order; `occurred` is None for "now"."""
        pairs = [(new_id(), event) for event in events]
        producer = self.kafka.transactional_producer(f"test.{uuid4()}")
        await producer.start()
        async with producer.transaction():
            for (event_id, event), body in zip(pairs, await self._codec.seal(pairs), strict=True):
                headers = to_headers(self._envelope(of, event_id, event, occurred))
                await producer.send(self.topic, body.encode(), key=str(of).encode(), headers=headers)
        await producer.stop()

    def _envelope(self, of: UUID, event_id: UUID, event: Event, occurred: datetime | None) -> Envelope:
        stream = event.stream.name(of)
        self._versions[stream] = self._versions.get(stream, 0) + 1
        return Envelope(
            id=event_id, type=event.wire_type, source=f"urn:hirelog:{event.stream.service}", stream=stream,
            version=self._versions[stream], position=1, schema_version=event.schema_version, key=str(of),
            occurred=occurred or now(), recorded=now(), actor="test", correlation=new_id(),
        )  # fmt: skip


@asynccontextmanager
async def neighbour(servers: str, password: str, codec: Codec) -> AsyncIterator[Neighbour]:
    """`password` is the superuser's."""
    kafka = Kafka(servers, "test", "admin", password)
    topic = f"neighbour-{uuid4()}"
    admin = AIOKafkaAdminClient(
        bootstrap_servers=servers, security_protocol="SASL_PLAINTEXT", sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username="admin", sasl_plain_password=password,
    )  # fmt: skip
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1)])
        yield Neighbour(kafka, topic, codec)
        await admin.delete_topics([topic])
    finally:
        await admin.close()
