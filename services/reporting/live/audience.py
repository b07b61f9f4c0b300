"""Who watches the live view in this process of the API: one look at the board for all, the newest frame for each."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from services.reporting.live.board import Posted, posted
from shared.kit.database import Database
from shared.kit.faults import describe
from shared.kit.refusals import ReadOnly

SEATS = 100
LOOK_S = 0.5
KEEP_ALIVE_S = 15.0
RETRY_MS = 3_000
KEEP_ALIVE = ": still here\n\n"
# A token and its roles are looked at when a stream begins: it ends in time, and whoever may still watch comes back.
LIFE_S = 900.0

log = structlog.get_logger()


class TooManyWatch(ReadOnly):
    slug, title = "too-many-watch", "As many watch the live view as this process serves"
    next_step = "connect again in a while; the reports hold the same figures"


@dataclass(frozen=True)
class Frame:
    """One server-sent event. All that is shown is in it, so whoever missed some needs the newest only."""

    id: str
    event: str
    data: str

    @property
    def text(self) -> str:
        return f"id: {self.id}\nevent: {self.event}\ndata: {self.data}\n\n"


def frame(found: Posted | None) -> Frame:
    """`windows`, or `stale` with the moment of the last heartbeat: null where there never was one."""
    if found is not None and not found.stale:
        return Frame(found.changed.isoformat(), "windows", found.snapshot)
    since = found.beat.isoformat() if found else None
    return Frame(f"stale-{since}", "stale", json.dumps({"since": since}))


class Audience:
    """It looks at the board only while somebody watches. A slow watcher is late for its own frames, nobody else's."""

    def __init__(self, database: Database, seats: int = SEATS) -> None:
        self._database, self._seats = database, seats
        self._taken = 0
        self._newest: Frame | None = None
        self._news = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    @contextmanager
    def seat(self) -> Iterator[None]:
        """Raises TooManyWatch."""
        if self._taken >= self._seats:
            raise TooManyWatch(f"{self._taken} watch already")
        self._taken += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            self._taken -= 1
            if self._taken == 0:
                self._looking.cancel()
                self._looking, self._newest = None, None

    async def frames(self, last_id: str | None) -> AsyncIterator[str]:
        """Each new frame as it goes over the wire, from the newest on, unless the watcher has that one already."""
        loop, sent = asyncio.get_running_loop(), last_id
        end = loop.time() + LIFE_S
        yield f"retry: {RETRY_MS}\n\n"
        while not self._closed and loop.time() < end:
            news = self._news
            if self._newest is not None and self._newest.id != sent:
                sent = self._newest.id
                yield self._newest.text
                continue
            try:
                async with asyncio.timeout(KEEP_ALIVE_S):
                    await news.wait()
            except TimeoutError:
                yield KEEP_ALIVE

    def close(self) -> None:
        """Ends all streams: a process that is to end does not wait for who watches."""
        self._closed = True
        self._news.set()

    async def _look(self) -> None:
        last: Posted | None = None
        while True:
            try:
                last = await posted(self._database)
                self._show(frame(last))
            except Exception as error:
                # Whatever it is, nothing is known any more, and numbers that stand still would say otherwise.
                if self._show(frame(last._replace(stale=True) if last else None)):
                    log.warning("the live view can't be looked up", fault=describe(error))
            await asyncio.sleep(LOOK_S)

    def _show(self, found: Frame) -> bool:
        if found == self._newest:
            return False
        self._newest = found
        self._news.set()
        self._news = asyncio.Event()
        return True
