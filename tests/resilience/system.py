"""The whole system as real processes, for tests that break parts of it: what to break, what to wait for."""

import asyncio
import inspect
import json
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from prometheus_client.parser import text_string_to_metric_families

from deploy.local import ports
from deploy.local.children import Child
from deploy.local.outside.issuer import mint
from deploy.local.platform import SERVICES, Platform
from deploy.local.services import Services
from deploy.local.temporary import temporary_state
from services.ats.tests.hiring import open_job
from shared.kit.testing.api import Remote
from tests.resilience.disk import Disk, small_disk
from tests.resilience.proxy import Proxy

TEAM = {"recruiter": "recruiter", "manager": "hiring_manager", "head": "approver"}
PATIENCE_S = 90
POLL_S = 0.05
DRAIN_S = 15
# Short, for each death here is waited out.
SESSION_MS = 3_000

Condition = Callable[[], bool | Awaitable[bool]]


async def until(condition: Condition, what: str, seconds: float = PATIENCE_S) -> None:
    """Awaits a condition; when it does not come true in time, the test fails with `what` it waited for."""
    deadline = time.monotonic() + seconds
    while True:
        holds = condition()
        if await holds if inspect.isawaitable(holds) else holds:
            return
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        await asyncio.sleep(POLL_S)


class System:
    """Platform and services. What starts, stops or kills blocks, and belongs into the main thread.

    `to_kafka` and `to_postgres` stand between the services and these; `disk` is PostgreSQL's, or why it has none.
    """

    def __init__(
        self, platform: Platform, services: Services, to_kafka: Proxy, to_postgres: Proxy, disk: Disk | str
    ) -> None:
        self.platform, self.services = platform, services
        self.to_kafka, self.to_postgres, self.disk = to_kafka, to_postgres, disk
        self._job: str | None = None

    def url(self, name: str) -> str:
        return self.services.url(name)

    def token(self, subject: str = "admin", scope: str = "") -> str:
        return mint(self.platform.directory, self.platform.issuer, subject, scope)

    def api(self, name: str, subject: str = "admin") -> Remote:
        return Remote(self.url(name), self.token, subject)

    def client(self, subject: str = "admin", timeout_s: float = 30) -> httpx.AsyncClient:
        return httpx.AsyncClient(headers={"Authorization": f"Bearer {self.token(subject)}"}, timeout=timeout_s)

    def child(self, name: str) -> Child:
        return (self.platform.children() | self.services.running)[name]

    def pids(self) -> dict[str, int]:
        """Of the services, all of which must run."""
        assert all(self.child(name).running for name in SERVICES)
        return {name: self.child(name).pid for name in SERVICES}

    def start(self, name: str, failpoints: Mapping[str, str] | None = None, role: str = "all", **settings: str) -> None:
        """Starts a service that does not run, armed with failpoints; it is not awaited, for it may die at once."""
        fresh = self.services.running[name] = armed(self.services.service(name, role), failpoints, settings)
        fresh.start()

    def stop(self, name: str) -> None:
        self.child(name).stop(DRAIN_S)

    def restart(self, name: str, failpoints: Mapping[str, str] | None = None, **settings: str) -> None:
        """Stops a service if it runs, starts it and awaits it."""
        self.stop(name)
        self.start(name, failpoints, **settings)
        self.services.await_ready(name)

    async def dies(self, name: str) -> None:
        """Awaits the end of a service that was armed to kill itself."""
        await until(lambda: not self.child(name).running, f"the end of {name}")
        assert self.child(name).ended() == -signal.SIGKILL, self.services.tail(name)

    @contextmanager
    def beside(
        self, name: str, role: str, failpoints: Mapping[str, str] | None = None, **settings: str
    ) -> Iterator[Child]:
        """One more process of a service, on a port of its own; ended with the block."""
        port = str(ports.choose()[name])
        child = armed(self.services.service(name, role), failpoints, {"HIRELOG_HTTP_PORT": port, **settings})
        child.name = f"{name}-{role}-{port}"
        child.log = self.platform.state.log(child.name)
        child.start()
        try:
            yield child
        finally:
            child.kill(signal.SIGCONT)
            child.kill()

    async def is_ready(self, name: str) -> bool:
        """Whether its /readyz says so."""
        return (await self.wrong(name)) == {}

    async def wrong(self, name: str) -> dict[str, str]:
        """What /readyz says is wrong; the process itself, when it does not answer."""
        async with httpx.AsyncClient(timeout=10) as client:
            try:
                answer = (await client.get(f"{self.url(name)}/readyz")).json()
            except httpx.TransportError as error:
                return {"process": type(error).__name__}
        wrong: dict[str, str] = answer["wrong"]
        return wrong

    async def metric(self, name: str, sample: str, **labels: str) -> float:
        """The sum of a metric's samples that have these labels; 0 as long as the process does not answer."""
        return await self.metric_of(self.child(name), sample, **labels)

    async def metric_of(self, child: Child, sample: str, **labels: str) -> float:
        async with httpx.AsyncClient(timeout=10) as client:
            try:
                text = (await client.get(f"http://127.0.0.1:{child.environment['HIRELOG_HTTP_PORT']}/metrics")).text
            except httpx.TransportError:
                return 0
        samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
        return sum(one.value for one in samples if one.name == sample and labels.items() <= one.labels.items())

    @asynccontextmanager
    async def database(self, name: str) -> AsyncIterator[asyncpg.Connection]:
        """A service's database, as the superuser."""
        connection = await asyncpg.connect(self.platform.admin_database_url(name))
        try:
            yield connection
        finally:
            await connection.close()

    async def rows(self, name: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        async with self.database(name) as connection:
            return [tuple(row) for row in await connection.fetch(sql, *values)]

    async def job(self) -> str:
        """The id of an open job that the CRM has heard of; always the same one."""
        if self._job is None:
            members = {}
            for name, role in TEAM.items():
                body = {"subject": name, "roles": [role], "name": name.title(), "email": f"{name}@example.com"}
                members[name] = (await self.api("ats").post("/team-members", body))["id"]
            job = self._job = str((await open_job(self.api("ats", "recruiter"), members))["id"])

            async def heard_of() -> bool:
                return await self.rows("crm", "SELECT id FROM open_jobs WHERE id = $1", job) != []

            await until(heard_of, "the job in the CRM")
        return self._job

    def tails(self) -> dict[str, str]:
        """The end of each log, by process."""
        logs: dict[str, Path] = {path.stem: path for path in self.platform.state.logs.glob("*.log")}
        return {name: "\n".join(path.read_text(errors="replace").splitlines()[-40:]) for name, path in logs.items()}


@contextmanager
def running() -> Iterator[System]:
    """All four services on a state of their own, each of them with a proxy before Kafka and before PostgreSQL."""
    with (
        temporary_state() as directory,
        small_disk(directory / "postgres") as disk,
        Proxy() as to_kafka,
        Proxy() as to_postgres,
        Platform(directory, fsync=False, kafka_heap="256m", kafka_behind=to_kafka.port) as platform,
    ):
        to_kafka.target, to_postgres.target = platform.ports["kafka_behind"], platform.ports["postgres"]
        with _Services(platform, to_kafka, to_postgres) as services:
            yield System(platform, services, to_kafka, to_postgres, disk)


class _Services(Services):
    """Who reach Kafka and their databases through the proxies."""

    def __init__(self, platform: Platform, to_kafka: Proxy, to_postgres: Proxy) -> None:
        super().__init__(platform)
        self._to_kafka, self._to_postgres = to_kafka, to_postgres

    def service(self, name: str, *arguments: str) -> Child:
        child = super().service(name, *arguments)
        direct, proxied = (f"127.0.0.1:{port}/" for port in (self.platform.ports["postgres"], self._to_postgres.port))
        child.environment = {
            **{setting: value.replace(direct, proxied) for setting, value in child.environment.items()},
            "HIRELOG_KAFKA": f"127.0.0.1:{self._to_kafka.port}",
            "HIRELOG_KAFKA_SESSION_MS": str(SESSION_MS),
        }
        return child


def armed(child: Child, failpoints: Mapping[str, str] | None, settings: Mapping[str, str] | None = None) -> Child:
    points = {"HIRELOG_FAILPOINTS": json.dumps(dict(failpoints or {}))}
    child.environment = {**child.environment, **points, **(settings or {})}
    return child
