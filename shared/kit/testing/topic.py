"""A topic of a test's own on the real Kafka, so that tests on one cluster never meet."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import RecordMetadata

from shared.events.envelope import Headers
from shared.kit.effects import Delivery
from shared.kit.kafka import Kafka

PARTITIONS = 3
PATIENCE_S = 30
# As every log of the platform has it.
CONFIG = {"message.timestamp.type": "LogAppendTime"}


@dataclass(frozen=True)
class Topic:
    """`kafka` is the superuser's."""

    kafka: Kafka
    name: str

    async def put(self, *records: tuple[bytes | None, bytes | None, Headers]) -> None:
        """Key, body and headers of each, all in one transaction; when this returns, every reader sees them."""
        producer = self.kafka.transactional_producer(f"test.{uuid4()}")
        await producer.start()
        async with producer.transaction():
            sent = [await producer.send(self.name, body, key=key, headers=headers) for key, body, headers in records]
        await producer.stop()
        await self._stand([await one for one in sent])

    async def _stand(self, sent: Sequence[RecordMetadata]) -> None:
        """Kafka answers a commit before its markers are written, and until then it is to readers as if nothing were."""
        last = {one.topic_partition: one.offset for one in sent}
        reader = self.kafka.consumer()
        await reader.start()
        try:
            async with asyncio.timeout(PATIENCE_S):
                while any(end <= last[at] for at, end in (await reader.end_offsets([*last])).items()):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        finally:
            await reader.stop()

    async def publish(self, deliveries: Sequence[Delivery]) -> None:
        await self.put(*((d.record.key, d.record.value, list(d.record.headers)) for d in deliveries))


@asynccontextmanager
async def new_topic(kafka: Kafka, name: str | None = None) -> AsyncIterator[Topic]:
    """Made and deleted again; `kafka` is the superuser's."""
    made = Topic(kafka, name or f"test{uuid4().hex[:10]}.events")
    admin = AIOKafkaAdminClient(
        bootstrap_servers=kafka.servers, security_protocol="SASL_PLAINTEXT", sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=kafka.user, sasl_plain_password=kafka.password,
    )  # fmt: skip
    await admin.start()
    try:
        await admin.create_topics([NewTopic(made.name, PARTITIONS, 1, topic_configs=CONFIG)])
        yield made
        await admin.delete_topics([made.name])
    finally:
        await admin.close()
