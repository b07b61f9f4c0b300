"""latency: from a POST to ATS until the fact stands in reporting, where every figure counts it; by the clock."""

import asyncio
import statistics
import sys
import time
from dataclasses import dataclass
from typing import Any

import asyncpg
from rich.table import Table

from bench import frame
from bench.load import PATH, PLAN, by_the_clock, connected
from deploy.local.outside.issuer import mint
from deploy.local.platform import Platform
from deploy.local.services import Services
from deploy.local.temporary import temporary_state
from services.ats.tests.hiring import open_job
from shared.kit.telemetry import configure_logs
from shared.kit.testing.api import Remote

SECONDS = frame.SCALE * 5.0
LOOK_S = 0.002
PATIENCE_S = 30
TEAM = {"recruiter": "recruiter", "manager": "hiring_manager", "head": "approver"}
PERCENTS = (50, 99)
# Through the index on `known`, and not farther back than a straggler can be.
SEEN = """
SELECT stream, extract(epoch FROM recorded) AS recorded, extract(epoch FROM known) AS known
FROM facts WHERE known > now() - interval '30 s' AND type = 'ats.' || $2 AND stream = ANY($1::text[])
"""


@dataclass(frozen=True)
class Command:
    """What is sent again and again, what it writes, and how long that may take at 50 a second: p50 and p99, in ms.

    `accepted`: from when the store has it, not from when it was due.
    """

    title: str
    path: str
    body: dict[str, Any]
    subject: str
    category: str
    event: str
    rates: tuple[float, ...]
    at_most: tuple[float, float]
    accepted: bool = False


PLANS = Command("a plan", PATH, PLAN, "admin", "stage-plan", "stage-plan.published", (50, 200), (30.0, 120.0))


def applications(job: str) -> Command:
    """One is some five events of three streams, and somebody's name and what they are encrypted with."""
    body = {"job_id": job, "name": "Sam Example", "source": "job_board"}
    told = "application", "application.submitted"
    return Command("an application", "/v1/applications", body, "recruiter", *told, (50,), (100.0, 500.0), accepted=True)


class Watch:
    """Looks every 2 ms for what was written and is not visible yet; `latencies` are in ms, from when it was due.

    `parts` are the same cut where the store recorded an event, and where Kafka took it, to the millisecond.
    """

    def __init__(self, connection: asyncpg.Connection, command: Command) -> None:
        self._connection, self._command = connection, command
        self._due: dict[str, float] = {}
        self._clock = time.time() - time.perf_counter()
        self.latencies: list[float] = []
        self.parts: list[tuple[float, float, float]] = []

    def expect(self, answer: dict[str, Any], due: float) -> None:
        self._due[f"{self._command.category}-{answer['id']}"] = due

    async def run(self) -> None:
        while True:
            if self._due:
                rows = await self._connection.fetch(SEEN, list(self._due), self._command.event)
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


async def opened(platform: Platform) -> str:
    """The id of a job to apply for."""

    def api(subject: str) -> Remote:
        return Remote(platform.service_url("ats"), lambda of: mint(platform.directory, platform.issuer, of), subject)

    members = {}
    for name, role in TEAM.items():
        body = {"subject": name, "roles": [role], "name": name.title(), "email": f"{name}@example.com"}
        members[name] = (await api("admin").post("/team-members", body))["id"]
    return str((await open_job(api("recruiter"), members))["id"])


async def measured(platform: Platform, command: Command, rate: float, seconds: float) -> tuple[Watch, int]:
    """What was seen in one round, and how many commands were refused."""
    connection = await asyncpg.connect(platform.database_url("reporting"))
    watch = Watch(connection, command)
    watching = asyncio.create_task(watch.run())
    try:
        async with connected(platform, command.path, command.body, command.subject) as connections:
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
    loads = [(command, rate) for command in (PLANS, applications(await opened(platform))) for rate in command.rates]
    found: list[list[list[float]]] = [[] for _ in loads]
    parts: list[list[tuple[float, float, float]]] = [[] for _ in loads]
    refusals = [0 for _ in loads]
    with shown.progress("commands by the clock", len(loads) * (frame.ROUNDS + 1)) as step:
        for number in range(frame.ROUNDS + 1):
            for load, (command, rate) in enumerate(loads):
                watch, refused = await measured(platform, command, rate, SECONDS)
                if number:
                    since = [relay + seen for _, relay, seen in watch.parts] if command.accepted else watch.latencies
                    found[load].append(since)
                    parts[load] += watch.parts
                    refusals[load] += refused
                step()
    table = Table("what", "a second", "since it was", "p50", "of rounds", "p99", "of rounds", "refused", "at most")
    ratio, said = float("inf"), []
    for (command, rate), rounds, refused in zip(loads, found, refusals, strict=True):
        together = [latency for latencies in rounds for latency in latencies]
        cells: list[str] = []
        for percent in PERCENTS:
            each = sorted(percentile(latencies, percent) for latencies in rounds)
            cells += [f"{percentile(together, percent):.1f} ms", f"{each[0]:.1f}-{each[-1]:.1f}"]
        counts = rate == command.rates[0]
        if counts:
            ours = [percentile(together, percent) for percent in PERCENTS]
            ratio = min(ratio, *(most / one for most, one in zip(command.at_most, ours, strict=True)))
            said.append(f"{command.title} p50 {ours[0]:.1f} p99 {ours[1]:.1f} of {command.at_most} ms")
        most = "{:.0f}, {:.0f} ms".format(*command.at_most) if counts else ""
        table.add_row(command.title, f"{rate}", "accepted" if command.accepted else "due", *cells, str(refused), most)
    shown.console.print(table)
    for (command, rate), legs in zip(loads, parts, strict=True):
        first, relay, consumer = (statistics.median(leg) for leg in zip(*legs, strict=True))
        shown.console.print(
            f"medians of {command.title} at {rate}/s: until the store has it {first:.1f} ms, until Kafka has taken it "
            f"{relay:.1f} ms, until the report shows it {consumer:.1f} ms"
        )
    shown.machine()
    print(f"latency: ratio {ratio:.2f} ({'; '.join(said)}, at 50/s)")


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
