"""Row 3: a consumer dies after or before its commit; the effect is there once. I1 I2."""

from collections import Counter

from tests.resilience.commands import Commands
from tests.resilience.soundness import sound
from tests.resilience.system import System


async def test_a_projection_whose_process_dies_at_its_commit_has_every_event_once(system: System, kills: int) -> None:
    system.stop("reporting")
    with Commands(system, "crm") as load:
        for number in range(1, kills + 1):
            for point in ("consumer.applied", "consumer.committed"):
                system.start("reporting", {point: f"kill:{number}"})
                await system.dies("reporting")
        system.restart("reporting")
        await load.go_on(10)
    await sound(system, load)


async def test_a_reaction_whose_process_dies_at_its_commit_takes_effect_once(system: System) -> None:
    job = await system.job()
    system.stop("ats")
    people = [await handed_over(system, job) for _ in range(4)]
    for point in ("unit.writing", "unit.committed", "consumer.committed"):
        system.start("ats", {point: "kill"})
        await system.dies("ats")
    system.restart("ats")
    await sound(system)
    listed = (await system.api("ats").get("/applications", job_id=job, limit=200))["items"]
    applied = Counter(one["person_id"] for one in listed)
    assert {person: applied[person] for person in people} == dict.fromkeys(people, 1)


async def handed_over(system: System, job: str) -> str:
    """The id of a person whom the CRM has just handed over to a job."""
    crm = system.api("crm")
    person: str = (await crm.post("/prospects", {"name": "Kim Example", "channel": "linkedin"}))["id"]
    await crm.post(f"/prospects/{person}/hand-over", {"job_id": job})
    return person
