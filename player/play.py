"""Plays a plan through the public APIs: whatever is ready, oldest first, some at a time, each step until it is done."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import httpx

from player.ledger import Entry, Ledger
from player.requests import TIMEOUT_S, Again, PlayError, Requests, Token, filled
from player.steps import Plan, Step

IN_FLIGHT = 12
PATIENCE_S = 60.0
FIRST_WAIT_S, LONGEST_WAIT_S = 0.05, 1.0
TODAY = datetime.max.replace(tzinfo=UTC)
Tell = Callable[[Step], None]


async def play(
    plan: Plan, urls: Mapping[str, str], token: Token, ledger: Ledger, tell: Tell = lambda step: None,
    in_flight: int = IN_FLIGHT, patience_s: float = PATIENCE_S, transport: httpx.AsyncBaseTransport | None = None,
) -> None:  # fmt: skip
    """Plays what the ledger does not hold yet; a plan that was played through is left alone.

    A step that does not succeed is repeated for `patience_s`; then PlayError says which it is and why.
    """
    if ledger.finished:
        return
    limits = httpx.Limits(max_connections=in_flight)
    async with httpx.AsyncClient(timeout=TIMEOUT_S, limits=limits, transport=transport) as client:
        requests = Requests(urls, token, ledger.heading.run, client)
        await Stage(plan, ledger, requests, tell, patience_s).play(in_flight)
    ledger.finish()


class Stage:
    """Which steps wait for what, which are ready, and the ids that are known."""

    def __init__(self, plan: Plan, ledger: Ledger, requests: Requests, tell: Tell, patience_s: float) -> None:
        self._ledger, self._requests, self._tell, self._patience_s = ledger, requests, tell, patience_s
        self._ids = {entry.key: entry.id for entry in ledger.entries}
        self._needs: dict[str, int] = {}
        self._dependents: dict[str, list[Step]] = defaultdict(list)
        self._ready: asyncio.PriorityQueue[tuple[datetime, str, Step]] = asyncio.PriorityQueue()
        self._failing: dict[str, tuple[float, float]] = {}
        for step, needs in plan.ordered():
            if step.key not in self._ids:
                self._add(step, [key for key in needs if key not in self._ids])
        self._all_done = asyncio.Event()
        self._look_whether_all_is_done()

    async def play(self, in_flight: int) -> None:
        workers = [asyncio.create_task(self._work()) for _ in range(in_flight)]
        over = asyncio.create_task(self._all_done.wait())
        try:
            ended, _ = await asyncio.wait({over, *workers}, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()  # a worker ends by an error only
        finally:
            for task in (over, *workers):
                task.cancel()
            await asyncio.gather(over, *workers, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            _, _, step = await self._ready.get()
            await self._play(step)

    def _add(self, step: Step, needs: list[str]) -> None:
        self._needs[step.key] = len(needs)
        for key in needs:
            self._dependents[key].append(step)
        if not needs:
            self._push(step)

    def _push(self, step: Step) -> None:
        self._ready.put_nowait((step.at or TODAY, step.key, step))

    async def _play(self, step: Step) -> None:
        try:
            found = await self._requests.send(step, self._ids)
        except Again as again:
            self._push_later(step, again)
            return
        of = self._ids[step.of.key] if step.of else None
        said = filled(step.said, self._ids)
        await self._ledger.write(Entry(step.key, step.what, found, step.at, step.by, of, said))
        self._tell(step)
        self._ids[step.key] = found
        self._failing.pop(step.key, None)
        del self._needs[step.key]
        for dependent in self._dependents.pop(step.key, ()):
            self._needs[dependent.key] -= 1
            if self._needs[dependent.key] == 0:
                self._push(dependent)
        self._look_whether_all_is_done()

    def _push_later(self, step: Step, again: Again) -> None:
        now = time.monotonic()
        since, wait = self._failing.get(step.key, (now, FIRST_WAIT_S))
        if now - since > self._patience_s:
            raise PlayError(f"{step.key} ({step.what}) did not succeed within {self._patience_s:.0f} s: {again.why}")
        self._failing[step.key] = (since, min(wait * 2, LONGEST_WAIT_S))
        asyncio.get_running_loop().call_later(wait, self._push, step)

    def _look_whether_all_is_done(self) -> None:
        if not self._needs:
            self._all_done.set()
