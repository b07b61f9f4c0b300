"""Clients that send a load through the public APIs, and write down in the ledger what they know."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from typing import Literal
from uuid import UUID, uuid5

import httpx

from ops.checks import Finding
from player.requests import Again, PlayError, Requests, Token
from player.steps import Command as Step
from player.steps import Look
from tests.resilience.ledger import Command, Ledger
from tests.resilience.load import Sending, rival_of

IN_FLIGHT = 24
TIMEOUT_S = 6.0
# So long a command is sent again, or a look repeated: longer than any fault lasts.
PATIENCE_S = 90.0
PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0
GATE_S = 0.02
RUN = UUID("5f0e8c1a-6f4e-4b62-9d5a-0d1f2f3a4b5c")
STALE = '"99999"'
# Refusals that pass by themselves: somebody was faster, the same is under way, an event or a role is still on its way.
PASSING = {"conflict", "in-flight", "job-not-open", "unknown-member"}
READS = (
    ("reporting", "/v1/reports/time-to-hire", "lead"),
    ("reporting", "/v1/reports/funnel?by=job", "lead"),
    ("reporting", "/v1/reports/engagement", "lead"),
    ("notifier", "/v1/notifications?limit=20", "lead"),
    ("crm", "/v1/campaigns?limit=20", "lead"),
    ("ats", "/v1/applications?limit=20", "lead"),
)

Answer = Literal["acknowledged", "refused", "passing", "unsent", "unknown"]


@dataclass
class Figures:
    """`commands` that were begun, of `wanted`, and no more than `allowed` yet; `held_s`: how long that held them.

    Refusals by what they say, silences by what came instead of an answer, and what must never be answered.
    """

    wanted: int
    commands: int = 0
    allowed: float = inf
    held_s: float = 0.0
    reads: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    silences: Counter[str] = field(default_factory=Counter)
    surprises: list[Finding] = field(default_factory=list)
    streams: set[str] = field(default_factory=set)

    @property
    def share(self) -> float:
        return self.commands / self.wanted


class Clients:
    """`urls` of all four services; `ids` are those that the set-up learned, by step."""

    def __init__(
        self, urls: Mapping[str, str], token: Token, ledger: Ledger, ids: Mapping[str, str], figures: Figures, seed: int
    ) -> None:
        self._urls, self._token, self._ledger, self._seed = urls, token, ledger, seed
        self._ids = dict(ids)
        self.figures = figures
        self._held_since: float | None = None

    async def send(self, lanes: Sequence[Sequence[Sending]], in_flight: int = IN_FLIGHT) -> None:
        """Lane by lane, so many at a time, until all commands that are wanted were begun."""
        waiting = iter(lanes)

        async def work() -> None:
            for lane in waiting:
                if self.figures.commands >= self.figures.wanted:
                    return
                await self._lane(lane)

        limits = httpx.Limits(max_connections=4 * in_flight)
        async with httpx.AsyncClient(timeout=TIMEOUT_S, limits=limits) as self._client:
            self._requests = Requests(self._urls, self._token, str(self._seed), self._client)
            self._reader = {"Authorization": f"Bearer {self._token('lead', '')}"}
            await asyncio.gather(*(work() for _ in range(in_flight)))

    async def _lane(self, lane: Sequence[Sending]) -> None:
        """Up to its end, or to the step whose answer the rest would need and that has none."""
        for sending in lane:
            if self.figures.commands >= self.figures.wanted:
                return
            await self._allowed()
            step = sending.step
            found = await self._look(step) if isinstance(step, Look) else await self._command(sending)
            if found is None:
                return
            self._ids[step.key] = found

    async def _allowed(self) -> None:
        figures = self.figures
        if figures.commands < figures.allowed:
            return
        self._held_since = self._held_since or time.monotonic()
        while figures.commands >= figures.allowed:  # noqa: ASYNC110
            await asyncio.sleep(GATE_S)
        if self._held_since is not None:
            figures.held_s += time.monotonic() - self._held_since
            self._held_since = None

    async def _look(self, look: Look) -> str | None:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                return await self._requests.send(look, self._ids)
            except Again:
                await asyncio.sleep(PAUSE_S)
            except PlayError as error:
                if " 500 " in str(error):
                    self.figures.surprises.append(Finding("read.fault", look.call.service, str(error)))
                return None
        return None

    async def _command(self, sending: Sending) -> str | None:
        """The id that was answered."""
        step = sending.step
        assert isinstance(step, Step)
        if sending.manner == "stale":
            await self._stale(step)
        if sending.manner != "rival":
            told = await self._until_answered(step, sending)
        else:
            told, other = await asyncio.gather(
                self._until_answered(step, sending), self._until_answered(rival_of(step), sending)
            )
            told = told or other
        if self.figures.commands % 5 == 0:
            await self._read()
        return told

    async def _until_answered(self, step: Step, sending: Sending) -> str | None:
        command = self._begun(step, idle=sending.manner == "rival")
        deadline, pause = time.monotonic() + PATIENCE_S, PAUSE_S
        while True:
            times = 2 if sending.manner == "twins" else 1
            answers = await asyncio.gather(*(self._attempt(step, command) for _ in range(times)))
            if "acknowledged" in answers:
                if sending.manner == "again":
                    await self._attempt(step, command)
                break
            left_alone = "unknown" in answers and not sending.insistent
            if left_alone or "refused" in answers or time.monotonic() > deadline:
                break
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
        return command.acknowledged[0][0] if command.acknowledged else None

    async def _stale(self, step: Step) -> None:
        """A command whose If-Match names a version that never was."""
        step = replace(step, key=f"{step.key}~stale")
        command = self._begun(step, idle=False)
        answer = await self._attempt(step, command, {"If-Match": STALE})
        if answer == "acknowledged":
            what = f"{step.what} was carried out though its If-Match was {STALE}"
            self.figures.surprises.append(Finding("command.stale", step.call.service, what, (command.id,)))

    def _begun(self, step: Step, idle: bool) -> Command:
        self.figures.commands += 1
        of = self._ids[step.of.key] if step.of else None
        command = str(uuid5(RUN, f"{self._seed}:{step.key}"))
        return Command(command, step.call.service, step.what, step.key, of, idle)

    async def _attempt(self, step: Step, command: Command, headers: Mapping[str, str] | None = None) -> Answer:
        request = self._requests.request(step, self._ids)
        request.headers.update({"X-Correlation-Id": command.id, **(headers or {})})
        await self._ledger.sent(command)
        try:
            response = await self._client.send(request)
        except httpx.TransportError as error:
            name = type(error).__name__
            self.figures.silences[name] += 1
            await self._ledger.unknown(command.id, name)
            return "unsent" if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) else "unknown"
        if response.is_success:
            told = response.json()
            await self._ledger.acknowledged(command.id, told["id"], told["version"])
            command.acknowledged.append((told["id"], told["version"]))
            self.figures.streams.add(told["id"])
            return "acknowledged"
        slug = _slug(response)
        if response.is_server_error:
            self.figures.silences[f"{response.status_code} {slug}"] += 1
            await self._ledger.unknown(command.id, f"{response.status_code} {slug}")
            return "unknown"
        self.figures.refusals[f"{response.status_code} {slug}"] += 1
        await self._ledger.refused(command.id, response.status_code, slug)
        return "passing" if slug in PASSING or response.status_code == httpx.codes.TOO_MANY_REQUESTS else "refused"

    async def _read(self) -> None:
        service, path, _ = READS[self.figures.reads % len(READS)]
        self.figures.reads += 1
        try:
            response = await self._client.get(f"{self._urls[service]}{path}", headers=self._reader)
        except httpx.TransportError:
            return
        if response.status_code not in (200, 503):
            what = f"{path} was answered with {response.status_code} {_slug(response)}"
            self.figures.surprises.append(Finding("read.fault", service, what))


def _slug(response: httpx.Response) -> str:
    try:
        return str(response.json().get("type", "")).rpartition(":")[2] or "no-problem"
    except ValueError:
        return "no-problem"
