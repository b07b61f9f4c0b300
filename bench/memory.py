"""memory: each service at rest, under the load of bench.latency and over a million events; the platform at rest."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg
from rich.table import Table

from bench import frame
from bench.history import fill
from bench.latency import PLANS, measured
from bench.usage import resident, seconds
from deploy.local.platform import SERVICES, Platform
from deploy.local.services import Services
from deploy.local.temporary import temporary_state
from shared.kit.database import Database
from shared.kit.telemetry import configure_logs

AT_REST_MB, UNDER_LOAD_MB = 150, 300
AT_REST_CORE = 5
# Between what was resident when a fifth had passed and at the end.
FLAT = 1.15
EVENTS = frame.scaled(1_000_000)
STEP = max(1, EVENTS // 10)
QUIET_S = 10.0
LOAD_S = frame.SCALE * 10.0
# Who reads the log of ATS, and where they keep how far they are.
READERS = {"crm": ("crm.ats", "crm.candidates"), "notifier": ("notifier.ats",), "reporting": ("reporting.facts",)}
DONE = "SELECT coalesce(sum(version), 0) FROM seen WHERE consumer = $1 AND stream LIKE 'application-%'"


@dataclass
class Watched:
    """Samples of resident memory by service, MB."""

    pids: dict[str, int]
    samples: dict[str, list[float]] = field(default_factory=dict)

    def take(self) -> None:
        for name, pid in self.pids.items():
            self.samples.setdefault(name, []).append(resident(pid))

    async def during(self, work: Awaitable[object]) -> None:
        task = asyncio.ensure_future(work)
        while not task.done():
            self.take()
            await asyncio.wait({task}, timeout=0.25)
        self.take()
        task.result()


async def at_rest(pids: dict[str, int]) -> dict[str, float]:
    """Percent of a core, by process."""
    before = {name: seconds(pid) for name, pid in pids.items()}
    await asyncio.sleep(QUIET_S)
    return {name: 100 * (seconds(pid) - before[name]) / QUIET_S for name, pid in pids.items()}


async def read_by_all(platform: Platform, events: int) -> None:
    for service, consumers in READERS.items():
        connection = await asyncpg.connect(platform.database_url(service))
        try:
            for consumer in consumers:
                while await connection.fetchval(DONE, consumer) < events:  # noqa: ASYNC110
                    await asyncio.sleep(1)
        finally:
            await connection.close()


async def over_many(platform: Platform, watched: Watched, step: Callable[[], None]) -> None:
    """Appends to the store of ATS and waits until everybody has read it, a tenth at a time."""
    database = Database(platform.database_url("ats"))
    for number in range(1, EVENTS // STEP + 1):

        async def tenth(until: int = number * STEP) -> None:
            await fill(database, STEP)
            await read_by_all(platform, until)

        await watched.during(tenth())
        step()
    await database.close()


async def bench(platform: Platform, services: Services) -> None:
    shown = frame.Bench("memory", "")
    pids = {name: services.running[name].pid for name in SERVICES}
    parts = pids | {name: child.pid for name, child in platform.children().items()}
    with shown.progress("at rest, under load, over many events", 2 + EVENTS // STEP) as step:
        await asyncio.sleep(QUIET_S)
        cores = await at_rest(parts)
        rest, load, many = Watched(pids), Watched(pids), Watched(pids)
        rest.take()
        step()
        for rate in PLANS.rates:
            await load.during(measured(platform, PLANS, rate, LOAD_S))
        step()
        await over_many(platform, many, step)
    table = Table("service", "at rest, MB", "under load, MB", f"after a fifth of {EVENTS:,} events", "at the end", "")
    worst = 100.0
    for name in SERVICES:
        quiet, busy, samples = rest.samples[name][0], max(load.samples[name]), many.samples[name]
        fifth, end = max(samples[: len(samples) // 5]), max(samples[-len(samples) // 5 :])
        ratio = min(AT_REST_MB / quiet, UNDER_LOAD_MB / busy, FLAT * fifth / end)
        worst = min(worst, ratio)
        table.add_row(name, *(f"{value:.0f}" for value in (quiet, busy, fifth, end)), "met" if ratio >= 1 else "MISSED")
    shown.console.print(table)
    whole = sum(cores.values())
    shown.console.print(
        f"at rest, percent of a core (at most {AT_REST_CORE}): {whole:.1f} = "
        + " + ".join(f"{name} {core:.1f}" for name, core in cores.items())
    )
    shown.machine()
    most = max(max(load.samples[name]) for name in SERVICES)
    print(
        f"memory: ratio {min(worst, AT_REST_CORE / whole):.2f} (ours {most:.0f} MB under load and {whole:.1f} % of a "
        f"core at rest, theirs the limits {UNDER_LOAD_MB} MB and {AT_REST_CORE} %)"
    )


def main() -> int:
    configure_logs("bench")
    with (
        temporary_state() as directory,
        Platform(directory, kafka_heap=frame.KAFKA_HEAP) as platform,
        Services(platform) as services,
    ):
        asyncio.run(bench(platform, services))
    return 0


if __name__ == "__main__":
    sys.exit(main())
