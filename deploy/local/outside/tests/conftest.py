"""The outside world as the process it is."""

import asyncio
import ctypes
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient

TOKEN = "xoxb-test"
ROOT = Path(__file__).parents[4]


@dataclass(frozen=True)
class Outside:
    url: str
    smtp_port: int
    state: Path
    process: asyncio.subprocess.Process
    http: httpx.AsyncClient

    def slack(self, token: str = TOKEN) -> AsyncWebClient:
        """Without slack-sdk's own retries, so that a test sees each answer."""
        return AsyncWebClient(token=token, base_url=f"{self.url}/slack/api/", timeout=5, retry_handlers=[])

    async def person(self, email: str, name: str = "Ada Example") -> str:
        answer = await self.http.post("/slack/users", json=[{"email": email, "name": name, "tz": "Europe/Berlin"}])
        return str(answer.json()[0]["id"])

    async def fails(self, where: str, fail: str, **more: int) -> None:
        answer = await self.http.post("/faults", json={"where": where, "fail": fail, **more})
        assert answer.status_code == 201, answer.text


Start = Callable[..., AbstractAsyncContextManager[Outside]]


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


@asynccontextmanager
async def start_outside(state: Path, *flags: str, stop: signal.Signals = signal.SIGTERM) -> AsyncIterator[Outside]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.local.outside", "--port", "0", "--smtp-port", "0", "--state", str(state)),
        *flags,
        cwd=ROOT,
        env={**os.environ, "HIRELOG_SLACK_TOKEN": TOKEN},
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )
    try:
        assert process.stdout is not None
        ready = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        found = re.match(r"Outside: (http://\S+)/ .*SMTP port (\d+)\)", ready)
        assert found, f"it said {ready!r}"
        async with httpx.AsyncClient(base_url=found[1], trust_env=False) as http:
            yield Outside(found[1], int(found[2]), state, process, http)
    finally:
        if process.returncode is None:
            process.send_signal(stop)
        await asyncio.wait_for(process.wait(), 10)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    # slack-sdk sends even loopback requests through a proxy of the environment.
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
async def outside(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Outside]:
    async with start_outside(tmp_path_factory.mktemp("outside")) as started:
        yield started


@pytest.fixture(scope="session")
def start() -> Start:
    return start_outside
