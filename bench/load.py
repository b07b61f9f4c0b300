"""Load on a running service: a client that costs little itself; commands by the clock, or as fast as they are taken."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from deploy.local.outside.issuer import mint
from deploy.local.platform import Platform

PLAN = {
    "name": "Engineering",
    "stages": [
        {"id": "screen", "name": "Phone screen", "type": "screen", "milestone": "screened"},
        {"id": "onsite", "name": "Onsite", "type": "active", "milestone": "onsite"},
        {"id": "hired", "name": "Hired", "type": "hired", "milestone": "hired"},
    ],
}
PATH = "/v1/stage-plans"


class Refused(RuntimeError):
    """The service answered with no success."""


Send = Callable[[], Awaitable[dict[str, Any]]]


class Connections:
    """Sends the same POST again and again over connections that are kept; answers are JSON objects."""

    def __init__(self, url: str, path: str, token: str | None, body: Any = None) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port
        content = json.dumps(body or {}).encode()
        lines = [f"POST {path} HTTP/1.1", f"Host: {parts.netloc}", "Content-Type: application/json"]
        lines += [f"Content-Length: {len(content)}", *([f"Authorization: Bearer {token}"] if token else [])]
        self._request = "\r\n".join([*lines, "", ""]).encode() + content
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self) -> dict[str, Any]:
        """The body of the answer. Raises Refused."""
        reader, writer = await self._connection()
        writer.write(self._request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        answer = await reader.readexactly(length)
        self._free.append((reader, writer))
        if not head.startswith(("http/1.1 200", "http/1.1 201")):
            raise Refused(f"{head.splitlines()[0]} {answer.decode()}")
        found: dict[str, Any] = json.loads(answer)
        return found

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof():  # the server closes those that nobody uses for a while
                return reader, writer
        return await asyncio.open_connection(self._host, self._port)

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()


@asynccontextmanager
async def connected(
    platform: Platform, path: str = PATH, body: Any = PLAN, subject: str | None = "admin"
) -> AsyncIterator[Connections]:
    """To ATS, as somebody or nobody."""
    token = mint(platform.directory, platform.issuer, subject) if subject else None
    made = Connections(platform.service_url("ats"), path, token, body)
    try:
        yield made
    finally:
        made.close()


async def closed(send: Send, clients: int, seconds: float) -> float:
    """Requests a second, each client sending its next when the last one is answered."""
    done, began = 0, time.monotonic()

    async def work() -> None:
        nonlocal done
        while time.monotonic() < began + seconds:
            await send()
            done += 1

    await asyncio.gather(*(work() for _ in range(clients)))
    return done / (time.monotonic() - began)


async def by_the_clock(
    send: Send, per_second: float, seconds: float, told: Callable[[dict[str, Any], float], None]
) -> int:
    """Sends when it is time, whether others are answered or not; `told` gets each answer and when it was due.

    Returns how many were refused, as happens to commands that wait too long for a connection to the database.
    """
    began, refused = time.perf_counter() + 0.05, 0

    async def one(due: float) -> None:
        nonlocal refused
        try:
            told(await send(), due)
        except Refused:
            refused += 1

    async with asyncio.TaskGroup() as sending:
        for number in range(round(per_second * seconds)):
            due = began + number / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sending.create_task(one(due))
    return refused
