"""The platform that tests run on: one real Kafka and one real PostgreSQL a session, fresh databases for each test."""

import base64
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from deploy.local.platform import Platform
from deploy.local.temporary import temporary_state
from shared.kit import migrate
from shared.kit.database import Database
from shared.kit.kafka import Kafka
from shared.kit.keyring.postgres import PostgresKeyring
from shared.kit.settings import Settings
from shared.kit.telemetry import configure_logs
from shared.kit.testing import issuer as issuing
from shared.kit.testing.issuer import Issuer
from shared.kit.testing.topic import Topic, new_topic
from tests.attached import AttachedPlatform
from tests.groups import Groups
from tests.parts import Parts
from tests.skips import Skips

ROOT = Path(__file__).parent
WRAPPING_KEYS = {1: base64.b64encode(bytes(range(32))).decode()}
DIGEST_KEY = base64.b64encode(bytes(range(1, 33))).decode()

MakeSettings = Callable[[str], Awaitable[Settings]]
KeyringOf = Callable[[str], PostgresKeyring]


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    with (
        temporary_state() as directory,
        AttachedPlatform.named() or Platform(directory, fsync=False, kafka_heap="256m") as running,
    ):
        _migrated(ROOT / "shared/kit/keyring/migrations", running.database_url("keyring"))
        yield running


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
async def make_database(platform: Platform) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """Makes the url of a fresh, migrated database of a service; it is a copy of one that was migrated once."""
    made: list[str] = []

    async def make(service: str) -> str:
        template, fresh = f"template_{service}", f"{service}_{uuid4().hex[:12]}"
        admin = await asyncpg.connect(platform.admin_database_url())
        try:
            if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", template):
                await admin.execute(f'CREATE DATABASE "{template}" OWNER "{service}"')
                _migrated(ROOT / "services" / service / "migrations", platform.database_url(template, service))
            await admin.execute(f'CREATE DATABASE "{fresh}" TEMPLATE "{template}" OWNER "{service}"')
        finally:
            await admin.close()
        made.append(fresh)
        return platform.database_url(fresh, service)

    yield make
    admin = await asyncpg.connect(platform.admin_database_url())
    for name in made:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await admin.close()


def _migrated(scripts: Path, url: str) -> None:
    # Alembic runs a loop of its own, so it gets a thread of its own.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(migrate.upgrade, scripts, url).result()


@pytest.fixture
def make_settings(platform: Platform, make_database: Callable[[str], Awaitable[str]]) -> MakeSettings:
    """Settings of a service on a fresh database, the session's keyring and Kafka."""

    async def make(service: str) -> Settings:
        return Settings.model_validate(
            {
                "database_url": await make_database(service),
                "keyring_url": platform.database_url("keyring", service),
                "wrapping_keys": WRAPPING_KEYS,
                "digest_key": DIGEST_KEY,
                "kafka": platform.kafka,
                "kafka_user": service,
                "kafka_password": platform.kafka_users[service],
                "issuer": issuing.URL,
                "audience": issuing.AUDIENCE,
                "jwks_url": f"{issuing.URL}/jwks.json",
                "first_admin": "admin",
            }
        )

    return make


@pytest.fixture
async def keyring_of(platform: Platform) -> AsyncIterator[KeyringOf]:
    """The session's keyring as a service sees it, each time without anything in its cache."""
    opened: list[Database] = []

    def keyring_of(service: str) -> PostgresKeyring:
        opened.append(Database(platform.database_url("keyring", service), pool=1))
        return PostgresKeyring(opened[-1], {int(n): base64.b64decode(key) for n, key in WRAPPING_KEYS.items()})

    yield keyring_of
    for one in opened:
        await one.close()


@pytest.fixture
async def database(make_database: Callable[[str], Awaitable[str]]) -> AsyncIterator[Database]:
    """A fresh database with the machinery's tables."""
    opened = Database(await make_database("ats"))
    yield opened
    await opened.close()


@pytest.fixture
def kafka(platform: Platform) -> Kafka:
    """As the superuser."""
    return Kafka(platform.kafka, "test", "admin", platform.kafka_users["admin"])


@pytest.fixture
async def topic(kafka: Kafka) -> AsyncIterator[Topic]:
    async with new_topic(kafka) as made:
        yield made


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Groups())
    config.pluginmanager.register(Skips())
    config.pluginmanager.register(Parts())


os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
configure_logs("tests")
