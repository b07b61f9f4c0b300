"""One run of the whole platform: set up, loaded, struck by faults, healed, waited for, judged."""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from deploy.local.platform import SERVICES
from ops.checks import unfinished
from ops.installation import Installation
from player.ledger import Ledger as Played
from player.play import play
from tests.journeys.log import whole_log
from tests.resilience.background import Background
from tests.resilience.clients import Clients, Figures
from tests.resilience.drawing import drawn
from tests.resilience.faults import Fault, GoOn
from tests.resilience.judge import Verdict, judge
from tests.resilience.ledger import Command, Ledger, read
from tests.resilience.load import Load, load
from tests.resilience.messages import must_be_told, undelivered
from tests.resilience.soundness import installed
from tests.resilience.system import System, running

# What has not moved for so long is stuck, and the judge says why; as long as it moves it is waited for.
STUCK_S, POLL_S = 90.0, 0.5


@dataclass
class Struck:
    """A fault as it went: when it came, in seconds after the load began, and how long it lasted."""

    fault: str
    at_s: float
    lasted_s: float


@dataclass
class Outcome:
    """One run. `loaded_s`: how long load and faults took; `quiet_s`: from then on until nothing was on its way."""

    seed: int
    commands: int
    figures: Figures
    faults: list[Struck] = field(default_factory=list)
    loaded_s: float = 0.0
    quiet_s: float = 0.0
    verdict: Verdict = field(default_factory=lambda: Verdict([]))

    @property
    def rate(self) -> float:
        """Commands per second of the time in which clients were free to send."""
        return self.figures.commands / max(self.loaded_s - self.figures.held_s, 0.001)

    def to_json(self) -> str:
        findings = [asdict(finding) for finding in self.verdict.findings]
        return json.dumps({
            "seed": self.seed, "commands": self.figures.commands, "streams": len(self.figures.streams),
            "reads": self.figures.reads, "loaded_s": round(self.loaded_s, 1), "commands_per_s": round(self.rate, 1),
            "acknowledged": self.verdict.acknowledged, "refused": self.verdict.refused,
            "unknown": self.verdict.unknown, "lost": self.verdict.lost, "doubled": self.verdict.doubled,
            "misordered": self.verdict.misordered, "seconds_to_lag_0": round(self.quiet_s, 1),
            "faults": [asdict(struck) for struck in self.faults], "findings": findings,
            "refusals": self.figures.refusals, "silences": self.figures.silences,
        }, indent=2)  # fmt: skip


@dataclass(frozen=True)
class Ran:
    """A system at rest, and what its clients know."""

    system: System
    installation: Installation
    ledger: list[Command]


class Run:
    """One seed on a platform of its own, which ends with it."""

    def __init__(self, seed: int, commands: int, faults: int, tell: Console) -> None:
        self.outcome = Outcome(seed, commands, Figures(commands))
        self.faults = drawn(seed, faults)
        self.console = tell

    def judged(self) -> Outcome:
        with self.at_rest() as ran:
            with self._progress("judge", 0) as advance:
                verdict = asyncio.run(judge(
                    ran.installation, ran.ledger, ran.system.platform.outside_url,
                    lambda what, done, total: advance(done, total=total, absolute=True),
                ))  # fmt: skip
            findings = [*self.outcome.figures.surprises, *verdict.findings]
            self.outcome.verdict = replace(verdict, findings=findings)
        return self.outcome

    @contextmanager
    def at_rest(self) -> Iterator[Ran]:
        """After the load and the faults, with nothing on its way any more."""
        with (
            tempfile.TemporaryDirectory(prefix="hirelog-ledger-") as ledger,
            running() as system,
            self._logs_on_failure(system),
        ):
            sent = load(self.outcome.seed, self.outcome.commands, datetime.now(UTC))
            known = asyncio.run(self._set_up(system, sent, Path(ledger) / "set-up"))
            self._under_load(system, sent, known, Path(ledger) / "commands")
            installation = installed(system)
            asyncio.run(self._come_to_rest(system, installation))
            yield Ran(system, installation, list(read(Path(ledger) / "commands").values()))

    async def _set_up(self, system: System, sent: Load, path: Path) -> dict[str, str]:
        async with httpx.AsyncClient() as client:
            users = await client.post(f"{system.url('outside')}/slack/users", json=list(sent.set_up.on_slack))
            users.raise_for_status()
        total = sum(1 for _ in sent.set_up.steps())
        with (
            self._progress("set up", total) as advance,
            Played(path, self.outcome.seed, "small", sent.set_up.end) as on,
        ):
            await play(sent.set_up, _urls(system), system.token, on, lambda step: advance(1))
            return {entry.key: entry.id for entry in on.entries}

    def _under_load(self, system: System, sent: Load, known: dict[str, str], path: Path) -> None:
        figures, begun = self.outcome.figures, time.monotonic()

        async def send() -> None:
            with Ledger(path) as ledger:
                clients = Clients(_urls(system), system.token, ledger, known, figures, self.outcome.seed)
                await clients.send(sent.lanes)

        with self._progress("load", figures.wanted) as advance, Background(send) as sending:

            def go_on(commands: int, seconds: float) -> None:
                before, deadline = figures.commands, time.monotonic() + seconds
                sending.await_(
                    lambda: sending.over or figures.commands >= before + commands or time.monotonic() >= deadline, "it"
                )

            shares = [*(share for share, _ in self.faults), 1.0]
            for (share, fault), following in zip(self.faults, shares[1:], strict=True):
                sending.await_(lambda share=share: sending.over or figures.share >= share, fault.name)  # type: ignore[misc]
                advance(figures.commands, absolute=True)
                with self._half_way_only((share + following) / 2):
                    self._strike(fault, system, go_on, time.monotonic() - begun)
            sending.await_(lambda: sending.over, "the last command")
        self.outcome.loaded_s = time.monotonic() - begun

    @contextmanager
    def _half_way_only(self, share: float) -> Iterator[None]:
        """Healing may take longer than a fault's part of the load: the rest of it is for the faults that follow."""
        figures = self.outcome.figures
        figures.allowed = share * figures.wanted
        try:
            yield
        finally:
            figures.allowed = inf

    def _strike(self, fault: Fault, system: System, go_on: GoOn, at: float) -> None:
        figures, begun = self.outcome.figures, time.monotonic()
        before = figures.commands
        self.console.print(f"  {at:6.1f} s  {before:6,} commands  {fault.name}", highlight=False, soft_wrap=True)
        fault.strike(system, go_on)
        self.outcome.faults.append(Struck(fault.name, round(at, 1), round(time.monotonic() - begun, 1)))

    async def _come_to_rest(self, system: System, installation: Installation) -> None:
        token = system.token("admin")
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            self.outcome.quiet_s = await self._quiet("events on their way", lambda: unfinished(installation))
            events = must_be_told(await whole_log(installation))
            await self._quiet("messages", lambda: undelivered(client, system.url("notifier"), events))
        await self._quiet("their events", lambda: unfinished(installation))

    async def _quiet(self, what: str, left: Callable[[], Awaitable[list[str]]]) -> float:
        """Seconds until nothing was left."""
        begun = moved = time.monotonic()
        before: list[str] = []
        with self._progress(f"wait for {what}", 0) as advance:
            while sentences := await left():
                advance(len(sentences), absolute=True)
                if sentences != before:
                    before, moved = sentences, time.monotonic()
                elif time.monotonic() - moved > STUCK_S:
                    said = "; ".join(sentences[:5])
                    self.console.print(f"  stuck for {STUCK_S:.0f} s: {said}", markup=False, soft_wrap=True)
                    break
                await asyncio.sleep(POLL_S)
        return time.monotonic() - begun

    @contextmanager
    def _progress(self, what: str, total: int) -> Iterator["Advance"]:
        columns = TextColumn("{task.description:28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns, console=self.console, transient=True) as progress:
            yield Advance(progress, progress.add_task(what, total=total or None))

    @contextmanager
    def _logs_on_failure(self, system: System) -> Iterator[None]:
        try:
            yield
        except BaseException:
            for name, tail in system.tails().items():
                self.console.print(f"---- {name}", tail, sep="\n", markup=False)
            raise


@dataclass(frozen=True)
class Advance:
    """Moves a bar: by steps, or to so many."""

    progress: Progress
    task: TaskID

    def __call__(self, steps: int, total: int | None = None, absolute: bool = False) -> None:
        if absolute:
            self.progress.update(self.task, completed=steps, total=total)
        else:
            self.progress.advance(self.task, steps)


def _urls(system: System) -> dict[str, str]:
    return {name: system.url(name) for name in SERVICES}
