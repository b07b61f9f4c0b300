"""GET /v1/live on real PostgreSQL: what a watcher is sent, and that no watcher is in the way of another."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.reporting.api import live as route
from services.reporting.api.live import Watched
from services.reporting.live import audience as watching
from services.reporting.live.audience import Audience, TooManyWatch
from services.reporting.live.board import post
from services.reporting.tests.conftest import Tell, member
from shared.kit.database import Database
from shared.kit.testing.api import Api
from shared.kit.testing.issuer import Issuer
from shared.kit.wiring import Wired

PATIENCE_S = 30
FIRST, SECOND = '{"windows": [1]}', '{"windows": [2]}'
SILENT = "UPDATE live SET beat = clock_timestamp() - interval '10 seconds' RETURNING beat"

App = Callable[[Any, Any, Any], Awaitable[None]]


class Watcher:
    """One connection to an ASGI app: what it was sent, event by event. `takes` is cleared to take nothing."""

    def __init__(self) -> None:
        self.status = 0
        self.takes = asyncio.Event()
        self.takes.set()
        self.gone = asyncio.Event()
        self.events: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def send(self, message: Any) -> None:
        await self.takes.wait()
        self.status = message.get("status", self.status)
        for block in message.get("body", b"").decode().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if fields and self.status == 200:
                self.events.put_nowait(fields)

    async def receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def next(self) -> dict[str, str]:
        async with asyncio.timeout(PATIENCE_S):
            return await self.events.get()


@asynccontextmanager
async def watch(app: App, **headers: str) -> AsyncIterator[tuple[Watcher, "asyncio.Task[None]"]]:
    watcher = Watcher()
    scope = {
        "type": "http", "method": "GET", "path": "/v1/live", "raw_path": b"/v1/live", "query_string": b"",
        "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "root_path": "",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    task = asyncio.ensure_future(app(scope, watcher.receive, watcher.send))
    try:
        yield watcher, task
    finally:
        watcher.gone.set()
        watcher.takes.set()
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait([task])


@pytest.fixture
def database(reporting: Wired) -> Database:
    return reporting.store.database


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_S", 0.01)


async def silence(database: Database) -> str:
    async with database.connection() as connection:
        beat = await connection.fetchval(SILENT)
    return str(beat.isoformat())


async def test_a_member_is_sent_what_is_posted_as_it_changes(reporting: Wired, issuer: Issuer, tell: Tell) -> None:
    await tell([member("lead", "lead")])
    await post(reporting.store.database, FIRST)
    async with watch(reporting.app, authorization=f"Bearer {issuer.token('lead')}") as (watcher, _):
        assert await watcher.next() == {"retry": "3000"}
        first = await watcher.next()
        assert (watcher.status, first["event"], first["data"]) == (200, "windows", FIRST)
        await post(reporting.store.database, SECOND)
        second = await watcher.next()
        assert (second["event"], second["data"]) == ("windows", SECOND)
        assert second["id"] > first["id"]


async def test_who_may_not_read_reports_may_not_watch(anybody: Api) -> None:
    await anybody.as_("interviewer").get("/live", 403)


async def test_a_heartbeat_alone_sends_nothing(database: Database) -> None:
    audience = Audience(database)
    await post(database, FIRST)
    async with watch(Watched(audience, None)) as (watcher, _):
        await watcher.next()
        await watcher.next()
        await post(database, FIRST)
        await post(database, SECOND)
        assert (await watcher.next())["data"] == SECOND


async def test_where_the_live_process_falls_silent_the_stream_says_since_when(database: Database) -> None:
    await post(database, FIRST)
    async with watch(Watched(Audience(database), None)) as (watcher, _):
        await watcher.next()
        first = await watcher.next()
        beat = await silence(database)
        stale = await watcher.next()
        assert (stale["event"], json.loads(stale["data"])) == ("stale", {"since": beat})
        await post(database, FIRST)
        # The same numbers, and they are alive again.
        assert await watcher.next() == first


async def test_where_it_never_ran_since_is_null(database: Database) -> None:
    async with watch(Watched(Audience(database), None)) as (watcher, _):
        await watcher.next()
        assert (await watcher.next())["data"] == '{"since": null}'


async def test_without_the_database_the_stream_says_that_it_is_stale() -> None:
    nowhere = Database("postgresql://reporting@127.0.0.1:1/reporting")
    async with watch(Watched(Audience(nowhere), None)) as (watcher, _):
        await watcher.next()
        assert (await watcher.next())["event"] == "stale"
    await nowhere.close()


async def test_who_comes_back_is_not_sent_again_what_it_has(database: Database) -> None:
    await post(database, FIRST)
    async with watch(Watched(Audience(database), None)) as (watcher, _):
        await watcher.next()
        had = (await watcher.next())["id"]
    # Another process of the API knows it by the same id.
    async with watch(Watched(Audience(database), had)) as (watcher, _):
        await watcher.next()
        await post(database, SECOND)
        assert (await watcher.next())["data"] == SECOND
    async with watch(Watched(Audience(database), "of-another-time")) as (watcher, _):
        await watcher.next()
        assert (await watcher.next())["data"] == SECOND


async def test_one_that_takes_nothing_is_in_nobodys_way_and_loses_its_seat(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "SEND_S", 0.3)
    audience = Audience(database, seats=2)
    await post(database, FIRST)
    async with watch(Watched(audience, None)) as (slow, stuck), watch(Watched(audience, None)) as (watcher, _):
        slow.takes.clear()
        await watcher.next()
        await watcher.next()
        await post(database, SECOND)
        assert (await watcher.next())["data"] == SECOND
        async with asyncio.timeout(PATIENCE_S):
            await stuck
        async with watch(Watched(audience, None)) as (third, _):
            await third.next()
            assert (await third.next())["data"] == SECOND


async def test_one_that_was_slow_gets_the_newest_and_not_what_it_missed(database: Database) -> None:
    await post(database, FIRST)
    audience = Audience(database)
    async with watch(Watched(audience, None)) as (slow, _):
        await slow.next()
        await slow.next()
        async with watch(Watched(audience, None)) as (watcher, _):
            slow.takes.clear()
            await watcher.next()
            await watcher.next()
            for number in range(5):
                await post(database, str(number))
                assert (await watcher.next())["data"] == str(number)
        slow.takes.set()
        # One frame may have been on its way when it stopped taking.
        found = [(await slow.next())["data"]]
        while found[-1] != "4":
            found.append((await slow.next())["data"])
        assert len(found) <= 2


async def test_seats_are_bounded_and_free_again_when_a_watcher_goes(database: Database) -> None:
    audience = Audience(database, seats=1)
    async with watch(Watched(audience, None)) as (first, _):
        await first.next()
        with pytest.raises(TooManyWatch):
            await Watched(audience, None)({"type": "http"}, first.receive, first.send)
    async with watch(Watched(audience, None)) as (second, _):
        assert await second.next() == {"retry": "3000"}
    assert audience._looking is None


async def test_too_many_are_told_so_as_a_problem(reporting: Wired, lead: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: Any) -> None:
        raise TooManyWatch("100 watch already")

    monkeypatch.setattr(Watched, "__call__", full)
    refused = await lead.get("/live", 503)
    assert (refused["type"], lead.last.headers["retry-after"]) == ("urn:hirelog:problem:too-many-watch", "5")


async def test_a_process_that_is_to_end_ends_its_streams(reporting: Wired, issuer: Issuer, tell: Tell) -> None:
    await tell([member("lead", "lead")])
    async with watch(reporting.app, authorization=f"Bearer {issuer.token('lead')}") as (watcher, task):
        await watcher.next()
        await watcher.next()
        for end in reporting.endless:
            end()
        async with asyncio.timeout(PATIENCE_S):
            await task
