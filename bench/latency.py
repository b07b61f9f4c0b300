"""latency: from a POST to ATS until the fact stands in reporting's read model, by the clock at two rates."""

import asyncio
import statistics
import sys
import time
from typing import Any

import asyncpg
from rich.table import Table

from bench import frame
from bench.load import by_the_clock, connected
from deploy.local.platform import Platform
from deploy.local.services import Services
from deploy.local.temporary import temporary_state
from shared.kit.telemetry import configure_logs

RATES = (50, 200)
SECONDS = frame.SCALE * 5.0
LOOK_S = 0.002
PATIENCE_S = 30
# At 50 commands a second, ms.
TARGETS = {50: 30.0, 99: 120.0}
# Through the index on `known`, and not farther back than a straggler can be.
SEEN = """
SELECT stream, extract(epoch FROM recorded) AS recorded, extract(epoch FROM known) AS known
FROM facts WHERE known > now() - interval '30 s' AND type = 'ats.stage-plan.published' AND stream = ANY($1::text[])
"""


class Watch:
    """Looks every 2 ms for what was written and is not visible yet; `latencies` are in ms, from when it was due.

    `parts` are the same cut where the store recorded an event, and where Kafka took it, to the millisecond.
    """

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._due: dict[str, float] = {}
        self._clock = time.time() - time.perf_counter()
        self.latencies: list[float] = []
        self.parts: list[tuple[float, float, float]] = []

    def expect(self, answer: dict[str, Any], due: float) -> None:
        self._due[f"stage-plan-{answer['id']}"] = due

    async def run(self) -> None:
        while True:
            if self._due:
                rows = await self._connection.fetch(SEEN, list(self._due))
                seen = time.perf_counter()
                for row in rows:
                    due = self._due.pop(row["stream"])
                    self.latencies.append(1000 * (seen - due))
                    recorded, known = float(row["recorded"]) - self._clock, float(row["known"]) - self._clock
                    self.parts.append((1000 * (recorded - due), 1000 * (known - recorded), 1000 * (seen - known)))
            await asyncio.sleep(LOOK_S)

    async def all_seen(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self._due:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_S)


async def measured(platform: Platform, rate: float, seconds: float) -> tuple[Watch, int]:
    """What was seen in one round, and how many commands were refused."""
    connection = await asyncpg.connect(platform.database_url("reporting"))
    watch = Watch(connection)
    watching = asyncio.create_task(watch.run())
    try:
        async with connected(platform) as connections:
            refused = await by_the_clock(connections.send, rate, seconds, watch.expect)
            await watch.all_seen()
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        await connection.close()
    return watch, refused


def percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


async def bench(platform: Platform) -> None:
    shown = frame.Bench("latency", "")
    found: dict[int, list[list[float]]] = {rate: [] for rate in RATES}
    parts: dict[int, list[tuple[float, float, float]]] = {rate: [] for rate in RATES}
    refusals = dict.fromkeys(RATES, 0)
    with shown.progress("commands by the clock", len(RATES) * (frame.ROUNDS + 1)) as step:
        for number in range(frame.ROUNDS + 1):
            for rate in RATES:
                watch, refused = await measured(platform, rate, SECONDS)
                if number:
                    found[rate].append(watch.latencies)
                    parts[rate] += watch.parts
                    refusals[rate] += refused
                step()
    table = Table("commands/s", "p50", "p50 of rounds", "p99", "p99 of rounds", "refused", "at most (p50, p99)")
    for rate, rounds in found.items():
        together = [latency for latencies in rounds for latency in latencies]
        cells: list[str] = []
        for percent in TARGETS:
            each = sorted(percentile(latencies, percent) for latencies in rounds)
            cells += [f"{percentile(together, percent):.1f} ms", f"{each[0]:.1f}-{each[-1]:.1f}"]
        table.add_row(str(rate), *cells, str(refusals[rate]), "30, 120 ms" if rate == RATES[0] else "")
    shown.console.print(table)
    for rate, legs in parts.items():
        command, relay, consumer = (statistics.median(leg) for leg in zip(*legs, strict=True))
        shown.console.print(
            f"medians at {rate}/s: until the store has it {command:.1f} ms, until Kafka has taken it {relay:.1f} ms, "
            f"until the report shows it {consumer:.1f} ms"
        )
    shown.machine()
    first = [latency for latencies in found[RATES[0]] for latency in latencies]
    p50, p99 = (percentile(first, percent) for percent in TARGETS)
    ratio = min(TARGETS[50] / p50, TARGETS[99] / p99)
    print(
        f"latency: ratio {ratio:.2f} (ours p50 {p50:.1f} ms p99 {p99:.1f} ms at 50/s, theirs the targets 30 and 120 ms)"
    )


def main() -> int:
    configure_logs("bench")
    with (
        temporary_state() as directory,
        Platform(directory, kafka_heap=frame.KAFKA_HEAP) as platform,
        Services(platform, ["ats", "reporting"]),
    ):
        asyncio.run(bench(platform))
    return 0


if __name__ == "__main__":
    sys.exit(main())
