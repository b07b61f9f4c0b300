"""Row 10: fifty write one stream at once: one wins each version, the others learn of it. I3."""

import asyncio
from collections import Counter
from typing import Any

import httpx

from services.ats.tests.hiring import TERMS
from tests.resilience.soundness import sound
from tests.resilience.system import System

WRITERS = 50
ROUNDS = 3


async def test_of_fifty_who_expect_the_same_version_one_wins_and_the_others_are_stale(system: System) -> None:
    async with system.client(timeout_s=60) as client:
        of = await drafted(system)
        for version in range(1, ROUNDS + 1):
            answers = await all_revise(system, client, of, version, {"If-Match": f'"{version}"'})
            assert Counter(answer.status_code for answer in answers) == {200: 1, 412: WRITERS - 1}
            assert [a.json()["version"] for a in answers if a.status_code == 200] == [version + 1]
    await sound(system)


async def test_of_fifty_who_expect_nothing_each_who_is_told_so_has_a_version_of_its_own(system: System) -> None:
    async with system.client(timeout_s=60) as client:
        of = await drafted(system)
        answers = await all_revise(system, client, of, 1, {})
    assert {answer.status_code for answer in answers} <= {200, 409}
    won = sorted(answer.json()["version"] for answer in answers if answer.status_code == 200)
    assert won == list(range(2, len(won) + 2))
    stored = "SELECT max(version) FROM events WHERE stream = $1"
    assert await system.rows("ats", stored, f"requisition-{of}") == [(won[-1],)]
    await sound(system)


async def drafted(system: System) -> str:
    of: str = (await system.api("ats").post("/requisitions", TERMS))["id"]
    return of


async def all_revise(
    system: System, client: httpx.AsyncClient, of: str, number: int, headers: dict[str, str]
) -> list[httpx.Response]:
    """At once, each to terms of its own."""

    async def revise(writer: int) -> httpx.Response:
        body: dict[str, Any] = {**TERMS, "level": f"L{number}-{writer}"}
        return await client.post(f"{system.url('ats')}/v1/requisitions/{of}/revise", json=body, headers=headers)

    return await asyncio.gather(*(revise(writer) for writer in range(WRITERS)))
