"""The notifier on a fresh PostgreSQL database, with the local Slack and mailbox as the processes they are."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from deploy.local.outside.tests.conftest import TOKEN, Outside, start_outside
from services.notifier.dispatch import Dispatch
from services.notifier.main import senders, wire
from services.notifier.settings import NotifierSettings
from services.notifier.tests.desk import Desk
from services.notifier.tests.log import Log
from shared.kit.settings import Settings
from shared.kit.testing.issuer import Issuer
from shared.kit.wiring import Wired


@pytest.fixture(autouse=True)
def a_proxy_that_nobody_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is sent to our own Slack must not go through a proxy of the environment.
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.fixture(scope="session")
async def outside(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Outside]:
    async with start_outside(tmp_path_factory.mktemp("outside"), "--messages-per-second", "1", "--burst", "1") as it:
        yield it


@pytest.fixture(autouse=True)
async def nothing_fails_unless_told(outside: Outside) -> None:
    await outside.http.delete("/faults")


@pytest.fixture
async def settings(make_settings: Callable[[str], Awaitable[Settings]], outside: Outside) -> NotifierSettings:
    told = {
        "slack_url": f"{outside.url}/slack/api",
        "slack_token": TOKEN,
        "smtp_host": "127.0.0.1",
        "smtp_port": outside.smtp_port,
    }
    return NotifierSettings.model_validate((await make_settings("notifier")).model_dump() | told)


@pytest.fixture
async def notifier(settings: NotifierSettings, issuer: Issuer) -> AsyncIterator[Wired]:
    wired = wire(settings, issuer.client())
    wired.store.open_for_writing()
    yield wired
    await wired.close()


@pytest.fixture
def dispatch(notifier: Wired, settings: NotifierSettings) -> Dispatch:
    return Dispatch(notifier.store, senders(settings), asyncio.Event())


@pytest.fixture
def log(notifier: Wired) -> Log:
    """The ATS's events as its relay puts them on Kafka, taken by this notifier."""
    return Log(notifier.store)


@pytest.fixture
def desk(notifier: Wired, outside: Outside, dispatch: Dispatch, log: Log) -> Desk:
    return Desk(notifier.store, outside, dispatch, log)
