"""Row 15: an event that its handler can't take: its sequence is parked, others go on; a redrive mends it. I4."""

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.reporting.settings import ReportingSettings
from shared.kit.parking import redrive
from shared.kit.settings import Settings
from shared.kit.wiring import Wired
from tests.resilience.soundness import rebuilt_is_live, sound
from tests.resilience.system import System, until

PROSPECT = {"name": "Kim Example", "channel": "linkedin"}
PARKED = """
SELECT convert_from(key, 'UTF8'), reason, handler, first_error FROM parked WHERE consumer = $1 ORDER BY "offset"
"""


async def test_facts_that_can_not_be_taken_wait_with_all_that_follows_them_and_are_complete_once_redriven(
    system: System,
) -> None:
    crm = system.api("crm")
    poisoned, other = [(await crm.post("/prospects", PROSPECT))["id"] for _ in range(2)]
    await sound(system)
    async with refusing(system, "reporting", "facts", f"NEW.stream = 'prospect-{poisoned}' AND NEW.version = 2"):
        for number in range(3):
            await crm.post(f"/prospects/{poisoned}/update", {"tags": [f"tag {number}"]})
        await crm.post(f"/prospects/{other}/update", {"tags": ["tag"]})
        await until(lambda: takes(system, other, 2), "the facts of others")
        await until(lambda: has_parked(system, "reporting", "reporting.facts", 3), "the sequence in the parking")
        parked = await system.rows("reporting", PARKED, "reporting.facts")
        assert [(key, reason, handler) for key, reason, handler, _ in parked] == [
            (poisoned, "failed", "crm.prospect.updated"), (poisoned, "behind", None), (poisoned, "behind", None)
        ]  # fmt: skip
        assert parked[0][3] == "RaiseError"
        await until(lambda: alarm_shows(system, 1), "the alarm")
        assert not await takes(system, poisoned, 2)
    assert await redriven(system, "reporting", "reporting.facts", "crm.events", poisoned) == 3
    await until(lambda: alarm_shows(system, 0), "the end of the alarm")
    await sound(system)
    await rebuilt_is_live(system)


async def test_a_reaction_that_fails_for_one_person_goes_on_for_others_and_is_made_good_once(system: System) -> None:
    job, crm = await system.job(), system.api("crm")
    poisoned, other = [(await crm.post("/prospects", PROSPECT))["id"] for _ in range(2)]
    await sound(system)
    async with refusing(system, "ats", "events", f"NEW.stream = 'candidate-{poisoned}'"):
        for person in (poisoned, other):
            await crm.post(f"/prospects/{person}/hand-over", {"job_id": job})
        await crm.post(f"/prospects/{poisoned}/update", {"tags": ["later"]})
        await until(lambda: has_applied(system, other), "the other's application")
        await until(lambda: has_parked(system, "ats", "ats.prospects", 2), "the sequence in the parking")
        parked = await system.rows("ats", PARKED, "ats.prospects")
        assert [(key, reason) for key, reason, *_ in parked] == [(poisoned, "failed"), (poisoned, "behind")]
        assert not await has_applied(system, poisoned)
    assert await redriven(system, "ats", "ats.prospects", "crm.events", poisoned) == 2
    await until(lambda: has_applied(system, poisoned), "the application")
    await sound(system)


@asynccontextmanager
async def refusing(system: System, service: str, table: str, condition: str) -> AsyncIterator[None]:
    """The database raises what no code foresees where a row would be inserted."""
    async with system.database(service) as connection:
        await connection.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'poison'; END $$"
        )
        await connection.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse()"
        )
        try:
            yield
        finally:
            await connection.execute("DROP FUNCTION refuse CASCADE")


async def redriven(system: System, service: str, consumer: str, topic: str, key: str) -> int:
    """How many records of a key were settled, by the service's own handlers."""
    main = importlib.import_module(f"services.{service}.main")
    environment = system.platform.service_environment(service).items()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment:
            patch.setenv(name, value)
        wired: Wired = main.wire(ReportingSettings() if service == "reporting" else Settings())
    try:
        [effect] = [one.effect for one in wired.consumers if one.name == consumer]
        wired.store.open_for_writing()
        return await redrive(wired.store.database, consumer, effect, topic, key.encode())
    finally:
        await wired.close()


async def alarm_shows(system: System, sequences: int) -> bool:
    return await system.metric("reporting", "hirelog_parked_sequences", consumer="reporting.facts") == sequences


async def takes(system: System, prospect: str, version: int) -> bool:
    taken = "SELECT 1 FROM facts WHERE stream = $1 AND version = $2"
    return await system.rows("reporting", taken, f"prospect-{prospect}", version) != []


async def has_parked(system: System, service: str, consumer: str, records: int) -> bool:
    return len(await system.rows(service, PARKED, consumer)) == records


async def has_applied(system: System, person: str) -> bool:
    return await system.rows("ats", "SELECT id FROM applications WHERE person_id::text = $1", person) != []
