"""Reporting on a fresh PostgreSQL database, with somebody who may read reports."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from conftest import KeyringOf
from services.reporting.main import wire
from services.reporting.metrics.fact import Fact
from services.reporting.projections import facts, self_identifications
from services.reporting.settings import ReportingSettings
from services.reporting.tests.log import Log
from services.reporting.tests.making import make
from shared.events.ats.team_member import TeamMemberAdded
from shared.kit.codec import Codec
from shared.kit.effects import Delivery
from shared.kit.keyring.postgres import PostgresKeyring
from shared.kit.settings import Settings
from shared.kit.testing.api import Api
from shared.kit.testing.issuer import Issuer
from shared.kit.wiring import Wired

BATCH = 7
COUNTRIES = ("US",)
STAND = """
INSERT INTO positions (consumer, topic, partition, next_offset) VALUES ($1, $2, 0, $3)
ON CONFLICT (consumer, topic, partition) DO UPDATE SET next_offset = greatest(positions.next_offset, $3)
"""
AT_REST = "INSERT INTO standing VALUES ($1, 0, 0, clock_timestamp() + interval '1 day')"
FOUNDED = datetime(2019, 1, 1, tzinfo=UTC)

Keep = Callable[[Iterable[Delivery]], Awaitable[None]]
Tell = Callable[[Iterable[Fact]], Awaitable[None]]


@pytest.fixture
async def settings(make_settings: Callable[[str], Awaitable[Settings]]) -> ReportingSettings:
    told = {"adverse_impact_in": COUNTRIES}
    return ReportingSettings.model_validate((await make_settings("reporting")).model_dump() | told)


@pytest.fixture
async def reporting(settings: ReportingSettings, issuer: Issuer) -> AsyncIterator[Wired]:
    wired = wire(settings, issuer.client())
    wired.store.open_for_writing()
    yield wired
    await wired.close()


@pytest.fixture
def keep(reporting: Wired) -> Keep:
    """Projects deliveries in batches, as the consumers do."""

    async def keep(deliveries: Iterable[Delivery]) -> None:
        of_log = list(deliveries)
        for start in range(0, len(of_log), BATCH):
            batch: Sequence[Delivery] = of_log[start : start + BATCH]
            events = await Codec().open([(d.envelope, d.record.value) for d in batch])
            async with reporting.store.database.transaction() as connection:
                for kept in (facts, self_identifications):
                    own = [one for one in zip(batch, events, strict=True) if one[0].envelope.type in kept.TYPES]
                    if own:
                        await kept.project(connection, own)
                for record in (delivery.record for delivery in batch):
                    of = self_identifications if record.topic in self_identifications.TOPICS else facts
                    await connection.execute(STAND, of.CONSUMER, record.topic, record.offset + 1)

    return keep


@pytest.fixture
def keyring(keyring_of: KeyringOf) -> PostgresKeyring:
    """The real one, as the ATS uses it."""
    return keyring_of("ats")


@pytest.fixture
def log(keyring: PostgresKeyring) -> Log:
    return Log(keyring=keyring)


@pytest.fixture
def tell(keep: Keep, log: Log) -> Tell:
    """Puts facts on the log and projects them."""

    async def tell(of: Iterable[Fact]) -> None:
        await keep(await log.deliveries(of))

    return tell


def member(subject: str, *roles: str) -> Fact:
    event = make(TeamMemberAdded, member_id=uuid4(), subject=subject, roles=roles, name=subject.title())
    return Fact(uuid4(), event, 1, FOUNDED, FOUNDED)


@pytest.fixture
async def anybody(reporting: Wired, issuer: Issuer, tell: Tell) -> Api:
    """Without a token."""
    await tell([member("lead", "lead"), member("interviewer", "interviewer")])
    return Api(reporting.app, issuer, subject="")


@pytest.fixture
def lead(anybody: Api) -> Api:
    return anybody.as_("lead")


@pytest.fixture
async def caught_up(reporting: Wired) -> None:
    """As consumers say that lack nothing: here none of them runs."""
    database = reporting.store.database
    for topic in (*facts.TOPICS, *self_identifications.TOPICS):
        await database.execute(AT_REST, topic)
    await database.execute(STAND, self_identifications.CONSUMER, *self_identifications.TOPICS, 0)


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key's fate may be a minute old in a cache; this test is not about that."""
    monkeypatch.setattr("shared.kit.keyring.postgres.CACHE_SECONDS", -1.0)
