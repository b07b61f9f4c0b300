"""The CRM's API on a fresh PostgreSQL database with a member in each role; a topic of the ATS's on the real Kafka."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from services.crm.main import wire
from services.crm.projections import open_jobs
from shared.events.ats.job import JobOpened
from shared.kit.context import new_id
from shared.kit.http.access import write_principal
from shared.kit.settings import Settings
from shared.kit.testing.api import Api
from shared.kit.testing.issuer import Issuer
from shared.kit.testing.neighbour import Neighbour
from shared.kit.testing.topic import Topic
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


@pytest.fixture
def ats(topic: Topic, crm: Wired) -> Neighbour:
    return Neighbour(topic, crm.store.codec)
