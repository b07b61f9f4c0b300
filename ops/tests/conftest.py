"""The whole platform with its services, for the command line of ops to look after."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from typer.testing import CliRunner

from deploy.local.outside.issuer import mint
from deploy.local.platform import Platform
from deploy.local.services import Services
from deploy.local.temporary import temporary_state
from ops.app import app
from ops.installation import SETTING
from shared.events.crm.campaign import CampaignStarted
from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.database import Database
from shared.kit.effects import Delivery
from shared.kit.kafka import Kafka
from shared.kit.keyring.postgres import PostgresKeyring
from shared.kit.testing.relayed import Relayed
from shared.kit.testing.topic import Topic

PATIENCE_S = 60
# Two hours old, of a type that nobody knows yet.
OF_THE_FUTURE = """
INSERT INTO events (id, category, stream, version, type, schema_version, key, occurred, recorded, data, metadata,
    previous, hash)
SELECT gen_random_uuid(), 'job', 'job-' || gen_random_uuid(), 1, 'ats.job.of-the-future', 1, 'k', now(),
    now() - interval '2 hours', '{}', '{"actor": "t", "correlation": "00000000-0000-0000-0000-000000000001"}', '', ''
"""
Member = Callable[[str], UUID]


@pytest.fixture(scope="package")
def platform() -> Iterator[Platform]:
    """Apart from that of the other tests: its services write to the real topics."""
    with temporary_state() as directory, Platform(directory, fsync=False, kafka_heap="256m") as running:
        yield running


@pytest.fixture(scope="package")
def services(platform: Platform) -> Iterator[Services]:
    with Services(platform) as running:
        yield running


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document of --json."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Hirelog:
    """The command line, in a thread of its own: it runs a loop of its own."""

    installation: Path

    async def __call__(self, *arguments: str) -> Answer:
        environment = {SETTING: str(self.installation)}
        done = await asyncio.to_thread(CliRunner().invoke, app, list(arguments), env=environment)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)


def differing(told: Answer) -> list[Any]:
    """Tables that are not what their replay gives. What else is found comes of a neighbour that has no store here."""
    assert "error" not in told.json, told.json
    replayed: list[Any] = told.json["replayed"]
    return [one for one in replayed if not one["equal"]]


@pytest.fixture
def hirelog(platform: Platform, services: Services) -> Hirelog:
    return Hirelog(platform.directory / "installation.json")


@pytest.fixture
def altered(platform: Platform, tmp_path: Path) -> Callable[[Callable[[dict[str, Any]], object]], Hirelog]:
    """The command line for an installation that is described wrongly."""

    def made(alter: Callable[[dict[str, Any]], object]) -> Hirelog:
        content = platform.installation()
        alter(content)
        (tmp_path / "installation.json").write_text(json.dumps(content))
        return Hirelog(tmp_path / "installation.json")

    return made


@dataclass(frozen=True)
class Log:
    """Writes to the CRM's topic what its relay might, and worse."""

    topic: Topic
    relayed: Relayed

    async def told(self, of: UUID, events: Sequence[Event]) -> list[Delivery]:
        """Events as they would be on the topic; not yet there."""
        return await self.relayed.deliveries(of, events)

    async def campaign(self, versions: int) -> tuple[UUID, list[Delivery]]:
        """The versions of one stream, not yet on the topic."""
        of = uuid4()
        return of, await self.told(of, [CampaignStarted(campaign_id=of, name="a", sender=of)] * versions)


@pytest.fixture
async def log(platform: Platform, services: Services) -> AsyncIterator[Log]:
    keys = Database(platform.database_url("keyring", "crm"), pool=2)
    wrapping = {int(number): base64.b64decode(key) for number, key in platform.secrets["wrapping_keys"].items()}
    kafka = Kafka(platform.kafka, "test", "admin", platform.kafka_users["admin"])
    yield Log(Topic(kafka, "crm.events"), Relayed(Codec(PostgresKeyring(keys, wrapping))))
    await keys.close()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not await condition():
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(0.05)


async def parked(platform: Platform, consumer: str, key: UUID | str) -> list[asyncpg.Record]:
    """The parked records of a key, in order."""
    return await rows(
        platform, consumer, 'SELECT * FROM parked WHERE consumer = $1 AND key = $2 ORDER BY "offset"',
        consumer, str(key).encode(),
    )  # fmt: skip


async def rows(platform: Platform, of: str, statement: str, *values: object) -> list[asyncpg.Record]:
    """`of` is a service or one of its consumers."""
    connection = await asyncpg.connect(platform.database_url(of.partition(".")[0]))
    try:
        return list(await connection.fetch(statement, *values))
    finally:
        await connection.close()


async def everything(platform: Platform, service: str) -> dict[str, list[str]]:
    """All rows of all tables of a service's database, but for what tells how far behind it is: that goes on."""
    tables = await rows(platform, service, "SELECT schemaname || '.' || tablename AS name FROM pg_tables "
                        "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1")  # fmt: skip
    return {
        t["name"]: sorted(r["row"] for r in await rows(platform, service, f"SELECT x::text AS row FROM {t['name']} x"))
        for t in tables
        if t["name"] != "public.standing"
    }


@pytest.fixture
def member(platform: Platform, services: Services) -> Callable[[str], UUID]:
    """Adds a member of the team through the ATS's API."""

    def add(subject: str) -> UUID:
        token = mint(platform.directory, platform.issuer, "admin")
        body = {
            "subject": subject,
            "roles": ["recruiter"],
            "name": "Somebody Secret",
            "email": f"{subject}@example.com",
        }
        url = f"{services.url('ats')}/v1/team-members"
        answer = httpx.post(url, json=body, headers={"Authorization": f"Bearer {token}"}).raise_for_status()
        return UUID(answer.json()["id"])

    return add
