"""The CRM's API on a fresh PostgreSQL database with a member in each role; a topic of the ATS's on the real Kafka."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from uuid import UUID, uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.platform import Platform
from services.crm.main import wire
from services.crm.projections import open_jobs
from shared.events.ats.job import JobOpened
from shared.events.envelope import Envelope, to_headers
from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.context import new_id, now
from shared.kit.http.access import write_principal
from shared.kit.kafka import Kafka
from shared.kit.settings import Settings
from shared.kit.testing.api import Api
from shared.kit.testing.issuer import Issuer
from shared.kit.wiring import Wired

ROLES = ("recruiter", "sourcer", "hiring_manager", "lead", "ops", "interviewer")
JOB = {"department": "Engineering", "location": "Berlin", "zone": "Europe/Berlin", "plan_version": 1}


@pytest.fixture
async def crm(make_settings: Callable[[str], Awaitable[Settings]], issuer: Issuer) -> AsyncIterator[Wired]:
    wired = wire(await make_settings("crm"), issuer.client())
    wired.store.open_for_writing()
    async with wired.store.database.connection() as connection:
        for role in ROLES:
            await write_principal(connection, uuid4(), 1, role, [role], True)
    yield wired
    await wired.close()


@pytest.fixture
def admin(crm: Wired, issuer: Issuer) -> Api:
    return Api(crm.app, issuer)


@pytest.fixture
def sourcer(admin: Api) -> Api:
    return admin.as_("sourcer", scope="backdate")


@pytest.fixture
async def job(crm: Wired) -> str:
    """The id of an open job."""
    event = job_opened()
    async with crm.store.database.connection() as connection:
        await open_jobs.fold(connection, event)
    return str(event.job_id)


def job_opened(job_id: UUID | None = None) -> JobOpened:
    return JobOpened.model_validate(
        {**JOB, "job_id": job_id or new_id(), "requisition_id": uuid4(), "plan_id": uuid4()}
    )


class Ats:
    """Writes events to a topic as the ATS's relay would."""

    def __init__(self, kafka: Kafka, topic: str, codec: Codec) -> None:
        self.kafka, self.topic = kafka, topic
        self._codec = codec
        self._versions: dict[str, int] = {}

    async def tells(self, of: UUID, events: Sequence[Event]) -> None:
        """Facts about one thing, in order."""
        pairs = [(new_id(), event) for event in events]
        producer = self.kafka.transactional_producer(f"test.{uuid4()}")
        await producer.start()
        async with producer.transaction():
            for (event_id, event), body in zip(pairs, await self._codec.seal(pairs), strict=True):
                headers = to_headers(self._envelope(of, event_id, event))
                await producer.send(self.topic, body.encode(), key=str(of).encode(), headers=headers)
        await producer.stop()

    def _envelope(self, of: UUID, event_id: UUID, event: Event) -> Envelope:
        stream = event.stream.name(of)
        self._versions[stream] = self._versions.get(stream, 0) + 1
        return Envelope(
            id=event_id, type=event.wire_type, source="urn:hirelog:ats", stream=stream,
            version=self._versions[stream], position=1, schema_version=event.schema_version, key=str(of),
            occurred=now(), recorded=now(), actor="test", correlation=new_id(),
        )  # fmt: skip


@pytest.fixture
async def ats(platform: Platform, crm: Wired) -> AsyncIterator[Ats]:
    """On a topic of its own, read and written as the superuser."""
    kafka = Kafka(platform.kafka, "test", "admin", platform.kafka_users["admin"])
    topic = f"ats{uuid4().hex[:10]}.events"
    admin = AIOKafkaAdminClient(
        bootstrap_servers=kafka.servers, security_protocol="SASL_PLAINTEXT", sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=kafka.user, sasl_plain_password=kafka.password,
    )  # fmt: skip
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    yield Ats(kafka, topic, crm.store.codec)
    await admin.delete_topics([topic])
    await admin.close()
