"""reports: how long each report takes over HTTP's whole way, now and of a past, what each is explained by, and a 304.

And how long it takes to freeze it, to run that again, and to tell what led to it since yesterday.
"""

import os
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from statistics import quantiles
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from rich.table import Table

from bench import frame
from bench.hirings import AT_ONCE, WORLD, fill, fill_told
from bench.usage import resident
from deploy.local.platform import Platform
from services.reporting.main import wire
from services.reporting.metrics.adverse_impact import ADVERSE_IMPACT
from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.keeping import KEPT
from services.reporting.projections import facts as facts_projection
from services.reporting.projections import self_identifications
from services.reporting.projections.kept import ANEW, Keeper
from services.reporting.settings import ReportingSettings
from services.reporting.tests.conftest import STAND
from shared.kit.codec import Codec
from shared.kit.context import now
from shared.kit.database import Database
from shared.kit.http.access import write_principal
from shared.kit.keyring.postgres import PostgresKeyring
from shared.kit.testing.issuer import AUDIENCE, URL, Issuer

APPLICATIONS = frame.scaled(5_000)
ROUNDS, LONG_S = 5, 10
LEAD = uuid4(), 1, "lead", ("lead",), True
AT_REST = """
INSERT INTO standing SELECT DISTINCT topic, partition, 0, clock_timestamp() + interval '1 day' FROM positions
"""
# Beyond 400,000 facts nothing else is answered.
REPORTS = tuple(KEPT)
TWO = ("department", "quarter", "campaign", "channel")
# Milliseconds wanted at a million applications.
WANTED = {
    "now": 150, "two dimensions": 150, "explained": 150, "past": 1_500, "past explained": 150, "unchanged": 15,
}  # fmt: skip
ONCE = ("frozen", "verified", "compared")


async def bench(platform: Platform) -> None:
    issuer = Issuer()
    environment, wrapping = platform.service_environment("reporting"), platform.secrets["wrapping_keys"]
    settings = ReportingSettings.model_validate({
        **{name.removeprefix("HIRELOG_").lower(): value for name, value in environment.items()},
        "wrapping_keys": wrapping, "adverse_impact_in": ["US"],
        "issuer": URL, "audience": AUDIENCE, "jwks_url": f"{URL}/jwks",
    })  # fmt: skip
    wired = wire(settings, issuer.client())
    wired.store.open_for_writing()
    # What people tell, the ATS seals.
    sealing = Database(platform.database_url("keyring", "ats"), pool=1)
    codec = Codec(PostgresKeyring(sealing, settings.wrapping_keys))
    shown = frame.Bench("reports", "wanted at 1,000,000 applications")
    async with wired.store.database.connection() as connection:
        with shown.progress("filling", -(-APPLICATIONS // WORLD)) as step:
            facts = await fill(connection, APPLICATIONS, step)
        with shown.progress("telling", -(-APPLICATIONS // AT_ONCE)) as step:
            told = await fill_told(connection, codec, step)
        await write_principal(connection, *LEAD)
        for statement in ANEW:
            await connection.execute(statement, timeout=600)
        await lacks_nothing(connection)
    began = time.perf_counter()
    await Keeper(wired.store.database).all()
    took = time.perf_counter() - began
    shown.console.print(f"{APPLICATIONS:,} applications, {facts:,} facts, {told:,} told their race")
    shown.console.print(f"kept in {took:,.0f} s: {APPLICATIONS / took:,.0f} persons a second")
    transport = httpx.ASGITransport(wired.app)
    # At a million this takes longer than a token usually lasts.
    headers = {"Authorization": f"Bearer {issuer.token('lead', exp=int(time.time()) + 86_400)}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://reports", headers=headers, timeout=600
    ) as client:
        began = time.perf_counter()
        (await client.get("/v1/reports/hires")).raise_for_status()
        shown.console.print(f"first question {time.perf_counter() - began:.1f} s, {resident(os.getpid()):,.0f} MB")
        table, once = Table("report, ms (p95)", *WANTED), Table("report, s (once)", *ONCE)
        with shown.progress("asking", len(REPORTS)) as step:
            for name in REPORTS:
                figures = await _asked(client, name)
                table.add_row(name, *["" if figure is None else f"{1_000 * figure:,.0f}" for figure in figures])
                once.add_row(name, *[f"{seconds:.1f}" for seconds in await _frozen(client, name)])
                step()
        table.add_row("wanted", *[f"{wanted:,}" for wanted in WANTED.values()])
    shown.console.print(table)
    shown.console.print(once)
    shown.console.print(f"at the end {resident(os.getpid()):,.0f} MB")
    shown.machine()
    await wired.close()
    await sealing.close()


async def _asked(client: httpx.AsyncClient, name: str) -> list[float | None]:
    """None: of what people told of themselves there is no ETag."""
    annotation: Any = DEFINITIONS[name].question.model_fields["by"].annotation
    two = [name for name in TWO if name in annotation.__args__[0].__args__][:2]
    path, known = f"/v1/reports/{name}", now().isoformat()
    # No past is asked for twice, but for its explanation: what was folded of the last one is held.
    pasts = ({"as_of": (now() - timedelta(days=200, hours=n)).isoformat(), "known_at": known} for n in count())

    async def get(url: str, **params: Any) -> httpx.Response:
        answer = await client.get(url, params=params or None)
        assert answer.status_code == 200, answer.text
        return answer

    async def link(**params: Any) -> str:
        explain: str = (await get(path, **params)).json()["rows"][0]["explain"]
        return explain

    fixed = next(pasts)
    etag = (await get(path, **fixed)).headers.get("etag")

    async def unchanged(_: object) -> None:
        answer = await client.get(path, params=fixed, headers={"If-None-Match": etag})
        assert answer.status_code == 304, answer.text

    return [
        await _p95(lambda _: get(path)),
        await _p95(lambda _: get(path, by=two)),
        await _p95(get, link),
        await _p95(lambda _: get(path, **next(pasts))),
        await _p95(get, lambda: link(**next(pasts))),
        await _p95(unchanged) if etag else None,
    ]


async def lacks_nothing(connection: asyncpg.Connection) -> None:
    """As consumers say that have read all: here none runs, and of what nobody knows nothing is frozen."""
    for of in (facts_projection, self_identifications):
        for topic in of.TOPICS:
            await connection.execute(STAND, of.CONSUMER, topic, 0)
    await connection.execute(AT_REST)


async def _frozen(client: httpx.AsyncClient, name: str) -> list[float]:
    began = time.perf_counter()
    apart = name == ADVERSE_IMPACT.id
    path, body = ("/v1/adverse-impact-snapshots", {}) if apart else ("/v1/snapshots", {"report": name})
    sealed = await client.post(path, json=body)
    assert sealed.status_code == 201, sealed.text
    frozen = time.perf_counter()
    again = await client.get(f"{path}/{sealed.json()['id']}/verify")
    assert again.json()["verdict"] == "same", again.text
    verified = time.perf_counter()
    yesterday = (now() - timedelta(days=1)).isoformat()
    between = {"known_at": yesterday, "to_as_of": now().isoformat()}
    changed = await client.get(f"/v1/reports/{name}/diff", params=between)
    assert changed.status_code == 200, changed.text
    return [frozen - began, verified - frozen, time.perf_counter() - verified]


async def _nothing() -> str:
    return ""


async def _p95(ask: Callable[[str], Awaitable[object]], given: Callable[[], Awaitable[str]] = _nothing) -> float:
    """Of asking alone, not of what it is given; of what takes long less often."""
    times: list[float] = []
    while len(times) < 2 or (len(times) < ROUNDS and sum(times) < LONG_S):
        of = await given()
        began = time.perf_counter()
        await ask(of)
        times.append(time.perf_counter() - began)
    return quantiles(times, n=20, method="inclusive")[-1]


def main() -> int:
    return frame.run(bench, services=("reporting",))


if __name__ == "__main__":
    sys.exit(main())
