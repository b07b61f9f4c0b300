"""Row 16: offsets lost, records deleted before they were read, partitions added: read again, or refused. I1 I2 I4."""

from shared.kit.topics import standing
from tests.resilience.raw import add_partitions, delete_groups, delete_records
from tests.resilience.soundness import installed
from tests.resilience.system import System, until

FACTS = "SELECT * FROM facts ORDER BY event_id"
PARKED = 'SELECT * FROM parked ORDER BY consumer, topic, partition, "offset"'
STORED = "SELECT count(*) FROM events"
LAG = "hirelog_consumer_lag_records"
READERS = {"ats": "ats.prospects", "reporting": "reporting.facts"}
PARTITIONS = 12


async def test_a_consumer_whose_positions_are_lost_reads_everything_again_without_effect(spoilt: System) -> None:
    await handed_over(spoilt)
    await until(lambda: without_lag(spoilt), "everything to be read")
    for name in READERS:
        spoilt.stop(name)
    before = await everything(spoilt)
    delete_groups(spoilt, list(READERS.values()))
    for name, consumer in READERS.items():
        await spoilt.rows(name, "DELETE FROM positions WHERE consumer = $1", consumer)
        spoilt.restart(name)
        assert await spoilt.metric(name, LAG) == 0
        assert await spoilt.metric(name, "hirelog_consumed_total", consumer=consumer, outcome="duplicate") > 0
    assert await everything(spoilt) == before


async def test_a_consumer_refuses_to_go_on_where_records_were_deleted_before_it_had_read_them(spoilt: System) -> None:
    await handed_over(spoilt)
    spoilt.stop("reporting")
    person = await handed_over(spoilt)
    log = [one async for one in standing(installed(spoilt).kafka, ["crm.events"]) if one.key == person.encode()]
    partition, end = log[-1].partition, log[-1].offset + 1
    delete_records(spoilt, "crm.events", partition, end)
    before = await spoilt.rows("reporting", FACTS)
    spoilt.start("reporting")
    sentence = f"in crm.events[{partition}], but the topic begins at {end}: restore the topic or rebuild"
    await refuses(spoilt, "reporting", "reporting.facts", sentence)
    await spoilt.api("reporting").get("/metrics-definitions")
    assert await spoilt.rows("reporting", FACTS) == before


async def test_partitions_that_were_added_are_refused_by_those_who_read_and_by_who_writes(spoilt: System) -> None:
    await handed_over(spoilt)
    add_partitions(spoilt, "ats.events", PARTITIONS + 1)
    spoilt.restart("ats")
    spoilt.stop("crm")
    spoilt.start("crm")
    for consumer in ("crm.ats", "crm.candidates"):
        await refuses(spoilt, "crm", consumer, f"ats.events[{PARTITIONS}], though it has read this topic before")
    # Commands are taken: what they say is safe in the store until somebody has decided what to do.
    await spoilt.api("ats").post("/requisitions", {"headcount": 1, "department": "Legal", "location": "Berlin"})
    await refuses(spoilt, "ats", "parts", f"ats.events has {PARTITIONS + 1} partitions and had {PARTITIONS}")


async def everything(system: System) -> dict[str, list[tuple[object, ...]]]:
    """What the readers have made of the topics, and what they could not take."""
    parked = [row for name in READERS for row in await system.rows(name, PARKED)]
    stored = [row for name in READERS for row in await system.rows(name, STORED)]
    return {"facts": await system.rows("reporting", FACTS), "parked": parked, "stored": stored}


async def refuses(system: System, name: str, part: str, sentence: str) -> None:
    """Until /readyz says this of a part."""
    said: dict[str, str] = {}

    async def stopped() -> bool:
        said.clear()
        said.update(await system.wrong(name))
        return sentence in said.get(part, "")

    await until(stopped, f"{name} to say: {sentence}")


async def without_lag(system: System) -> bool:
    return sum([await system.metric(name, LAG) for name in READERS]) == 0


async def handed_over(system: System) -> str:
    """The id of a person of whom CRM, ATS and reporting have heard."""
    crm, job = system.api("crm"), await system.job()
    person: str = (await crm.post("/prospects", {"name": "Kim Example", "channel": "linkedin"}))["id"]
    await crm.post(f"/prospects/{person}/hand-over", {"job_id": job})

    async def applied() -> bool:
        return await system.rows("ats", "SELECT 1 FROM applications WHERE person_id::text = $1", person) != []

    await until(applied, "the application")
    return person
