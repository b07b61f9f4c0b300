"""The frame of every bench: sides in turn, medians of the rounds, one table, one last line."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.local.platform import Platform
from deploy.local.state import ROOT
from deploy.local.temporary import temporary_state
from shared.kit.migrate import upgrade
from shared.kit.process import collect_seldom
from shared.kit.telemetry import configure_logs

SCALE = float(os.environ.get("SCALE", "1"))
ROUNDS = 5
KAFKA_HEAP = "1g"

Measure = Callable[[], Awaitable[float]]


def scaled(size: int) -> int:
    """A size of a bench, as SCALE in the environment would have it."""
    return max(1, int(size * SCALE))


@dataclass
class Compared:
    """One row of a bench: a figure of ours and one of theirs for each round, higher is better, unless `at_most`."""

    what: str
    target: float | None
    unit: str = "events/s"
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    @property
    def mine(self) -> float:
        return median(self.ours)

    @property
    def peer(self) -> float:
        return median(self.theirs)

    @property
    def ratios(self) -> Sequence[float]:
        """Pair by pair: what disturbs a round disturbs both of its sides."""
        return [a / b for a, b in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        return median(self.ratios)


class Bench:
    """One run: its rows are measured, then shown. `name` as on the command line, `peer` as a column's title."""

    def __init__(self, name: str, peer: str) -> None:
        self.name, self.peer = name, peer
        self.rows: list[Compared] = []
        self.console = Console(width=None if sys.stdout.isatty() else 120)
        self._load = load()

    async def compare(
        self, what: str, ours: Measure, theirs: Measure, target: float | None, unit: str = "events/s",
        rounds: int = ROUNDS,
    ) -> Compared:  # fmt: skip
        """Both sides once for warmth, then in turn, the order changing from round to round."""
        row = Compared(what, target, unit)
        with self.progress(what, 2 * (rounds + 1)) as step:
            for number in range(rounds + 1):
                sides = [(row.ours, ours), (row.theirs, theirs)]
                for figures, side in sides if number % 2 else reversed(sides):
                    figures.append(await side())
                    step()
        del row.ours[0], row.theirs[0]
        self.rows.append(row)
        return row

    def row(self, what: str) -> Compared:
        [found] = [row for row in self.rows if row.what == what]
        return found

    @contextmanager
    def progress(self, what: str, steps: int) -> Iterator[Callable[[], None]]:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
            task = shown.add_task(f"{self.name}: {what}", total=steps)
            yield lambda: shown.advance(task)

    def show(self) -> None:
        """The table, with the machine's state."""
        table = Table("", "ours", self.peer, "ratio", "rounds", "at least")
        for row in self.rows:
            low, high = min(row.ratios), max(row.ratios)
            target = "" if row.target is None else f"{row.target:.2f} {'met' if row.ratio >= row.target else 'MISSED'}"
            table.add_row(row.what, f"{figure(row.mine)} {row.unit}", f"{figure(row.peer)} {row.unit}",
                          f"{row.ratio:.2f}", f"{low:.2f}-{high:.2f}", target)  # fmt: skip
        self.console.print(table)
        self.machine()

    def machine(self) -> None:
        self.console.print(f"{os.cpu_count()} cores, load average {self._load} before and {load()} after")

    def last(self, row: Compared) -> None:
        """The line that others read; `row` is the one that the bench is known by."""
        print(f"{self.name}: ratio {row.ratio:.2f} (ours {figure(row.mine)}, theirs {figure(row.peer)})")


def figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def run(bench: Callable[[Platform], Coroutine[Any, Any, None]], services: Sequence[str] = ()) -> int:
    """Runs a bench on a platform of its own, with databases migrated, also the keyring's; tuned as a service is."""
    configure_logs("bench")
    collect_seldom()
    with temporary_state() as directory, Platform(directory, kafka_heap=KAFKA_HEAP) as platform:
        upgrade(Path(ROOT) / "shared" / "kit" / "keyring" / "migrations", platform.database_url("keyring"))
        for name in services:
            migrate(name, platform.database_url(name))
        asyncio.run(bench(platform))
    return 0


def migrate(service: str, url: str) -> None:
    upgrade(Path(ROOT) / "services" / service / "migrations", url)
