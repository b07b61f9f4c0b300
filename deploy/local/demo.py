"""`make demo`: the platform and the services, a year of hiring played through the public APIs, and what came of it.

SIZE=small|medium|large, SEED=1, ONCE=1 (ends after the tables).
"""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from datetime import UTC, datetime

import httpx
from rich.console import Console

from deploy.local.children import Child
from deploy.local.errors import PlatformError
from deploy.local.memory import resident_bytes
from deploy.local.outside.issuer import mint
from deploy.local.platform import SERVICES, Platform
from deploy.local.services import OUTSIDE, Services
from deploy.local.tables import engagement, funnel, time_to_hire
from player.history import history
from player.ledger import Ledger, OtherHistory
from player.play import play
from player.progress import shown
from player.reports import Reports
from player.requests import PlayError
from player.steps import Plan
from player.story.benchmarks import SIZES

USUAL = {"SEED": "1", "SIZE": "small", "ONCE": "0"}
LEDGER = "played.jsonl"
COMPARED = (("time-to-hire", "department"), ("funnel", None), ("engagement", "campaign"))
WATCH_S = 0.5
ANSWER_S = 60
TOLD_S = 30


class Demo:
    """One run, on a platform and services that are up."""

    def __init__(self, platform: Platform, services: Services, console: Console, began: float) -> None:
        self.platform, self.services, self.console, self.began = platform, services, console, began
        self.urls = {name: services.url(name) for name in (*SERVICES, OUTSIDE)}

    def token(self, subject: str, scope: str = "") -> str:
        return mint(self.platform.directory, self.platform.issuer, subject, scope)

    async def run(self, ledger: Ledger) -> None:
        heading = ledger.heading
        plan = history(heading.seed, heading.size, heading.end)
        async with httpx.AsyncClient(timeout=ANSWER_S) as client:
            (await client.post(f"{self.urls[OUTSIDE]}/slack/users", json=list(plan.on_slack))).raise_for_status()
            await self.play(plan, ledger)
            await self.well(client)
            await self.show(Reports(client, self.urls["reporting"], self.token("admin")), ledger)
            await self.told(client)

    async def play(self, plan: Plan, ledger: Ledger) -> None:
        if ledger.finished:
            self.say("This history was played before: nothing is played again.")
            return
        with shown(plan, ledger, self.console) as tell:
            await play(plan, self.urls, self.token, ledger, tell)

    async def show(self, reports: Reports, ledger: Ledger) -> None:
        with self.console.status("Waiting until the reports hold everything that was played"):
            left = await reports.agreeing(ledger.entries, ledger.heading.end, COMPARED)
        if left:
            raise PlatformError(
                f"The reports are not what was played, in {len(left)} rows, the first of which is {left[0]}. "
                "Read the log of reporting; if somebody has back-dated anything here since, `make clean` begins anew."
            )
        names = {entry.id: str(entry.said["name"]) for entry in ledger.entries if entry.what == "campaign.start"}
        self.say(f"The reports equal the player's own ledger of {len(ledger.entries):,} steps to the last digit.")
        self.console.print(time_to_hire(await reports.answer("time-to-hire", "department"),
                                        await reports.answer("time-to-hire")))  # fmt: skip
        self.console.print(funnel(await reports.answer("funnel")))
        self.console.print(engagement(await reports.answer("engagement", "campaign"), names))

    async def well(self, client: httpx.AsyncClient) -> None:
        """Raises PlatformError when a part of a service has stopped."""
        for name in SERVICES:
            response = await client.get(f"{self.urls[name]}/readyz")
            if not response.is_success:
                wrong = "; ".join(f"{part} {what}" for part, what in response.json()["wrong"].items())
                raise self.services.running[name].failure(f"is not well: {wrong}")

    async def told(self, client: httpx.AsyncClient) -> None:
        """Waits until those have been told whom today concerns, and says how many that were."""
        headers, deadline = {"Authorization": f"Bearer {self.token('admin')}"}, time.monotonic() + TOLD_S
        with self.console.status("Waiting until everybody concerned has been told"):
            while True:
                url = f"{self.urls['notifier']}/v1/notifications?limit=200"
                listed = (await client.get(url, headers=headers)).raise_for_status().json()["items"]
                on_the_way = sum(one["state"] in ("queued", "sending", "retrying") for one in listed)
                if (listed and not on_the_way) or time.monotonic() > deadline:
                    break
                await asyncio.sleep(WATCH_S)
        sent = Counter(one["channel"] for one in listed if one["state"] == "sent")
        self.say(
            f"Told of what happened today: {sent['slack']} by Slack, {sent['email']} by mail; {on_the_way} to come."
        )

    def addresses(self) -> None:
        out = self.console.out
        for name in SERVICES:
            out(f"{name:10} {self.urls[name]}/docs")
        out(f"{'Slack':10} {self.urls[OUTSIDE]}/slack/\n{'mailbox':10} {self.urls[OUTSIDE]}/mail/\n")
        bearer = '-H "Authorization: Bearer $TOKEN"'
        out(f"export TOKEN={self.token('admin')}\n")
        out(f'curl -s {bearer} "{self.urls["reporting"]}/v1/reports/time-to-hire?by=recruiter"')
        out(f'curl -s {bearer} "{self.urls["reporting"]}/v1/reports/time-to-hire/explain?department=Legal"')
        out(f'curl -sN {bearer} "{self.urls["reporting"]}/v1/live"')
        out(f'curl -s {bearer} "{self.urls["ats"]}/v1/approvals?state=open"\n')

    def measures(self) -> None:
        memory = resident_bytes(os.getpid())
        held = f"; {memory / 2**30:.1f} GB resident, this process included" if memory else ""
        self.say(f"From the start to here: {time.monotonic() - self.began:.0f} s{held}.")

    def watch(self) -> None:
        """Until Ctrl-C. Raises PlatformError when a part has ended."""
        self.say("Serving; Ctrl-C stops everything, the data stays.")
        children: dict[str, Child] = self.platform.children() | self.services.running
        try:
            while True:
                for child in children.values():
                    if not child.running:
                        raise child.failure("ended unexpectedly, so the rest was stopped")
                self.services.mend()
                time.sleep(WATCH_S)
        except KeyboardInterrupt:
            self.say("Stopping.")

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False)


def main() -> int:
    # Stopping a demo and killing it politely are the same thing.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console, began = Console(), time.monotonic()
    try:
        seed, size, once = settings()
        with Platform() as platform, Ledger(platform.directory / LEDGER, seed, size, datetime.now(UTC)) as ledger:
            console.print(f"Kafka and PostgreSQL are up after {time.monotonic() - began:.1f} s.", highlight=False)
            with Services(platform, live=True) as services:
                console.print(f"The services are up after {time.monotonic() - began:.1f} s.", highlight=False)
                demo = Demo(platform, services, console, began)
                asyncio.run(demo.run(ledger))
                demo.addresses()
                demo.measures()
                if not once:
                    demo.watch()
    except (PlatformError, PlayError, OtherHistory) as error:
        print(error, file=sys.stderr)
        return 1
    except httpx.HTTPError as error:
        print(f"A service did not answer as it should ({error}): read its log in .hirelog/logs.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; the next `make demo` goes on where this one stood.", file=sys.stderr)
        return 130
    return 0


def settings() -> tuple[int, str, bool]:
    """SEED, SIZE, ONCE. Raises PlatformError."""
    seed, size, once = (os.environ.get(name) or usual for name, usual in USUAL.items())
    if not seed.isdecimal():
        raise PlatformError(f"SEED is a whole number, not {seed!r}: leave it out, or say SEED=7.")
    if once not in ("0", "1"):
        raise PlatformError(f"ONCE is 1 or left out, not {once!r}.")
    if size not in SIZES:
        raise PlatformError(f"SIZE is one of {', '.join(SIZES)}, not {size!r}.")
    return int(seed), size, once == "1"


if __name__ == "__main__":
    sys.exit(main())
