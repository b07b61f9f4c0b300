"""Row 17: the live view's process dies: its stream says so, nothing else notices, and what it missed is there again."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from shared.kit.process import DRAIN_S
from tests.resilience.system import PATIENCE_S, System, until


async def test_a_live_view_that_dies_is_stale_and_then_corrected_while_reporting_stays_ready(system: System) -> None:
    seen, missed = f"seen_{uuid4().hex}", f"missed_{uuid4().hex}"
    async with watching(system) as stream:
        with system.beside("reporting", "live") as live:
            await stream.until("windows")
            await apply(system, seen)
            await stream.until("windows", lambda shown: arrivals(shown).get(seen) == 1)
            live.kill()
            stale = await stream.until("stale")
            assert datetime.fromisoformat(stale["since"]) < datetime.now(UTC)
            assert await system.wrong("reporting") == {}
            await apply(system, missed)
            await until(lambda: in_the_facts(system, missed), "what was missed in the facts")
        with system.beside("reporting", "live") as live:
            shown = await stream.until("windows", lambda shown: missed in arrivals(shown))
            assert (arrivals(shown)[missed], arrivals(shown)[seen]) == (1, 1)
            live.kill(signal.SIGTERM)
            assert live.ended(DRAIN_S) == 0
            assert await system.wrong("reporting") == {}


class Stream:
    """The events of one connection."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def until(self, event: str, holds: Callable[[Any], bool] = lambda _: True) -> Any:
        """The data of the first such event for which it holds."""
        name = ""
        async with asyncio.timeout(PATIENCE_S):
            async for line in self._lines:
                field, _, value = line.partition(": ")
                name = value if field == "event" else name
                if field == "data" and name == event and holds(data := json.loads(value)):
                    return data
        raise AssertionError(f"the stream ended before {event}")


@asynccontextmanager
async def watching(system: System) -> AsyncIterator[Stream]:
    async with (
        system.client(timeout_s=PATIENCE_S) as client,
        client.stream("GET", f"{system.url('reporting')}/v1/live") as response,
    ):
        assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        yield Stream(response.aiter_lines())


async def apply(system: System, source: str) -> None:
    """Three minutes ago, so that the facts may correct it at once."""
    headers = {"Authorization": f"Bearer {system.token('admin', 'backdate')}"}
    occurred = (datetime.now(UTC) - timedelta(minutes=3)).isoformat()
    body = {"job_id": await system.job(), "name": "Kim Example", "source": source}
    async with httpx.AsyncClient(headers=headers, timeout=PATIENCE_S) as client:
        url = f"{system.url('ats')}/v1/applications"
        answer = await client.post(url, json=body, params={"occurred_at": occurred})
    assert answer.status_code == 201, answer.text


def arrivals(shown: dict[str, Any]) -> dict[str, int]:
    return {source: n for window in shown["windows"] for source, n in window["arrivals"].items()}


async def in_the_facts(system: System, source: str) -> bool:
    return await system.rows("reporting", "SELECT 1 FROM facts WHERE data->>'source' = $1", source) != []
