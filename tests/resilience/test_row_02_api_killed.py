"""Row 2: the API dies in the middle of a request; the same request again takes effect once. I1 I2."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.resilience.commands import Commands
from tests.resilience.soundness import sound
from tests.resilience.system import System


async def test_requests_that_an_api_died_in_take_effect_once_when_they_are_repeated(system: System, kills: int) -> None:
    with Commands(system, "ats") as load:
        system.stop("ats")
        for number in range(1, kills + 1):
            for point in ("unit.writing", "unit.committed"):
                system.start("ats", {point: f"kill:{3 * number}"})
                await system.dies("ats")
        system.start("ats")
        await load.go_on(20)
    await sound(system, load)


async def test_the_answer_that_a_death_withheld_is_given_to_the_repetition(system: System) -> None:
    system.restart("crm", {"unit.writing": "kill"})
    stood = await stored(system)
    undone, done = command(), command()
    async with system.client() as client:
        await dies_in(system, client, undone)
        assert await stored(system) == stood

        system.restart("crm", {"unit.committed": "kill:2"})
        first = await client.post(**undone)
        assert (first.status_code, await stored(system)) == (201, stood + 1)
        await dies_in(system, client, done)
        assert await stored(system) == stood + 2

        system.restart("crm")
        again = [await client.post(**one) for one in (undone, done, done)]
    assert [answer.status_code for answer in again] == [201, 201, 201]
    assert again[0].json() == first.json()
    assert again[1].json() == again[2].json()
    last = "SELECT stream, version FROM events ORDER BY position DESC LIMIT 1"
    assert await system.rows("crm", last) == [(f"prospect-{again[1].json()['id']}", 1)]
    assert await stored(system) == stood + 2
    await sound(system)


def command() -> dict[str, Any]:
    return {
        "url": "/v1/prospects", "json": {"name": "Kim Example", "channel": "linkedin"},
        "headers": {"Idempotency-Key": str(uuid4())},
    }  # fmt: skip


async def dies_in(system: System, client: httpx.AsyncClient, request: dict[str, Any]) -> None:
    client.base_url = httpx.URL(system.url("crm"))
    with pytest.raises(httpx.TransportError):
        await client.post(**request)
    await system.dies("crm")


async def stored(system: System) -> int:
    [(count,)] = await system.rows("crm", "SELECT count(*) FROM events")
    return int(count)
