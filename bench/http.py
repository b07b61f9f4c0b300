"""http: a POST with token, validation and one event, against the same route without token and store; share by share."""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from statistics import median

from rich.table import Table

from bench import frame
from bench.load import PATH, closed, connected
from deploy.local.platform import Platform
from deploy.local.services import Services
from deploy.local.temporary import temporary_state
from shared.kit.telemetry import configure_logs

CLIENTS = 8
SECONDS = frame.SCALE * 2.0
# Each does what the one before it does, and one thing more.
PARTS = {"routing": "/parts/routed", "validation": "/parts/validated", "token and rights": "/parts/authorized"}
WHOLE = "store"


async def bench(platform: Platform) -> None:
    shown = frame.Bench("http", "no token, no store")
    async with AsyncExitStack() as open_:
        sends = {
            part: (await open_.enter_async_context(connected(platform, path))).send
            for part, path in {**PARTS, WHOLE: PATH}.items()
        }
        bare = sends["validation"]
        row = await shown.compare(
            "POST /v1/stage-plans",
            partial(closed, sends[WHOLE], CLIENTS, SECONDS),
            partial(closed, bare, CLIENTS, SECONDS),
            None,
            "requests/s",
        )
        rates: dict[str, list[float]] = {part: [] for part in sends}
        with shown.progress("part by part", frame.ROUNDS * len(sends)) as step:
            for _ in range(frame.ROUNDS):
                for part, send in sends.items():
                    rates[part].append(await closed(send, CLIENTS, SECONDS))
                    step()
    shown.show()
    shown.console.print(shares({part: median(figures) for part, figures in rates.items()}))
    shown.last(row)


def shares(rates: Mapping[str, float]) -> Table:
    """What each part adds to a request, of the whole."""
    table = Table("part", "requests/s with it", "adds, us", "share")
    whole, before = 1 / rates[WHOLE], 0.0
    for part, rate in rates.items():
        added, before = 1 / rate - before, 1 / rate
        table.add_row(part, frame.figure(rate), f"{1e6 * added:,.0f}", f"{100 * added / whole:.0f} %")
    return table


def main() -> int:
    configure_logs("bench")
    with (
        temporary_state() as directory,
        Platform(directory, kafka_heap=frame.KAFKA_HEAP) as platform,
        Services(platform, ["ats"]) as services,
    ):
        services.running["ats"].stop()
        server = services.child("ats", ["bench.http_server", "all"], platform.service_environment("ats"))
        services.running["ats"] = server
        server.start()
        services.await_ready("ats")
        asyncio.run(bench(platform))
    return 0


if __name__ == "__main__":
    sys.exit(main())
