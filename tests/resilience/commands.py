"""Commands under faults: each is repeated with its Idempotency-Key until it is answered, and its answer is kept."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from tests.resilience.system import System, until

ANSWER_S = 240
AGAIN_S = 0.1
BREATH_S = 0.01
# Answers that leave a command open: the same request under the same key is to be sent again.
OPEN = {"unavailable", "read-only", "in-flight", "issuer-unreachable"}

Body = Callable[[int], dict[str, Any]]
TERMS = {"headcount": 1, "department": "Engineering", "location": "Berlin", "title": "Engineer"}
# By service: the path of a stream, what begins one, the verb that changes it, and a change that always is one.
STREAMS: dict[str, tuple[str, str, Body, str, Body]] = {
    "crm": ("prospect", "/v1/prospects", lambda n: {"name": "Kim Example", "channel": "linkedin"},
            "update", lambda n: {"tags": [f"tag {n}"]}),
    "ats": ("requisition", "/v1/requisitions", lambda n: TERMS,
            "revise", lambda n: {**TERMS, "level": f"L{n}"}),
}  # fmt: skip


class Commands:
    """Writers in a thread of their own, each on one stream after the other; on leaving, every command is answered.

    `acknowledged` counts the answered commands of each stream, `odd` lists answers that must never be given.
    """

    def __init__(self, system: System, service: str = "crm", writers: int = 4, length: int = 10) -> None:
        self.service, self.acknowledged, self.odd = service, Counter[str](), list[str]()
        self.open: Counter[str] = Counter()
        self._system, self._writers, self._length = system, writers, length
        self._stopping = False

    def __enter__(self) -> Self:
        self._thread = ThreadPoolExecutor(1)
        self._end: Future[None] = self._thread.submit(asyncio.run, self._write())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        try:
            if error is None:
                self._end.result()
        finally:
            self._thread.shutdown()

    @property
    def answered(self) -> int:
        return sum(self.acknowledged.values())

    async def go_on(self, commands: int) -> None:
        """Until so many more are answered."""
        wanted = self.answered + commands
        await until(lambda: self._end.done() or self.answered >= wanted, f"{wanted} answers; open: {self.open}")
        if self._end.done():
            self._end.result()

    async def _write(self) -> None:
        async with self._system.client() as client:
            await asyncio.gather(*(self._writer(client) for _ in range(self._writers)))

    async def _writer(self, client: httpx.AsyncClient) -> None:
        category, path, new, verb, change = STREAMS[self.service]
        while not self._stopping:
            of, version = await self._until_answered(client, path, new(0))
            self._keep(f"{category}-{of}", version)
            for number in range(2, self._length + 1):
                if self._stopping:
                    return
                _, version = await self._until_answered(client, f"{path}/{of}/{verb}", change(number))
                self._keep(f"{category}-{of}", version)
                await asyncio.sleep(BREATH_S)

    def _keep(self, stream: str, version: int) -> None:
        """Nobody else writes this stream, and each command changes it: an answer says the next version, or is wrong."""
        self.acknowledged[stream] += 1
        if version != self.acknowledged[stream]:
            self.odd.append(f"{stream}: command {self.acknowledged[stream]} was answered with version {version}")

    async def _until_answered(self, client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> tuple[str, int]:
        key, deadline = str(uuid4()), time.monotonic() + ANSWER_S
        while True:
            try:
                answer = await client.post(
                    f"{self._system.url(self.service)}{path}", json=body, headers={"Idempotency-Key": key}
                )
                if answer.status_code in (200, 201):
                    receipt = answer.json()
                    return receipt["id"], receipt["version"]
                why = _problem(answer)
            except httpx.TransportError as error:
                why = type(error).__name__
            else:
                if why not in OPEN:
                    self.odd.append(f"{path}: {answer.status_code} {answer.text[:200]}")
                elif answer.status_code == 503 and "Retry-After" not in answer.headers:
                    self.odd.append(f"{path}: 503 without Retry-After")
            self.open[why] += 1
            assert time.monotonic() < deadline, f"{path} was not answered within {ANSWER_S} s: {dict(self.open)}"
            await asyncio.sleep(AGAIN_S)


def _problem(answer: httpx.Response) -> str:
    if answer.headers.get("content-type") != "application/problem+json":
        return f"{answer.status_code} that is no problem"
    return str(answer.json()["type"]).rpartition(":")[2]
