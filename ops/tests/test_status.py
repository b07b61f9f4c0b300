"""`status` on a running platform: ready, behind, parked, braked, not answering."""

import signal
from collections.abc import Callable
from typing import Any
from uuid import UUID

from aiokafka import TopicPartition

from deploy.local.platform import Platform
from deploy.local.services import Services
from ops.lag import behind
from ops.tests.conftest import OF_THE_FUTURE, Hirelog, Log, rows, until

Member = Callable[[str], UUID]


def consumers(status: Any) -> dict[tuple[str, str], Any]:
    return {(one["consumer"], one["topic"]): one for one in status["consumers"]}


async def test_a_platform_at_rest_is_ready_and_owes_nothing(hirelog: Hirelog, member: Member) -> None:
    member("at-rest")

    async def at_rest() -> bool:
        status = (await hirelog("status", "--json")).json
        return not any(one["lag"] for one in status["consumers"])

    await until(at_rest)
    told = await hirelog("status", "--json")
    assert told.code == 0
    assert told.json.keys() == {"services", "consumers", "problems"}
    assert [(s["name"], s["ready"], s["wrong"]) for s in told.json["services"]] == [
        (name, True, {}) for name in ("ats", "crm", "notifier", "reporting")
    ]
    assert all(s["outbox"] == {"events": 0, "age_s": 0.0} for s in told.json["services"])
    facts = consumers(told.json)["reporting.facts", "ats.events"]
    assert facts == {
        "consumer": "reporting.facts", "service": "reporting", "topic": "ats.events", "stopped": None, "lag": 0,
        "lag_exact": True, "watermark_age_s": 0.0, "parked_sequences": 0, "parked_records": 0,
    }  # fmt: skip
    for_people = (await hirelog("status")).out
    assert "reporting.facts" in for_people
    assert max(map(len, for_people.splitlines())) <= 100


async def test_a_service_that_stands_still_shows_lag_outbox_and_no_answer(
    hirelog: Hirelog, services: Services, log: Log
) -> None:
    services.kill("reporting", signal.SIGSTOP)
    try:
        _, versions = await log.campaign(3)
        await log.topic.publish(versions)
        told = await hirelog("status", "--json", "--strict")
    finally:
        services.kill("reporting", signal.SIGCONT)
    facts = consumers(told.json)["reporting.facts", "crm.events"]
    assert (told.code, facts["lag"], facts["lag_exact"]) == (1, 3, True)
    assert facts["watermark_age_s"] > 0
    assert "does not answer" in facts["stopped"]


async def test_events_that_are_not_on_kafka_yet_are_counted_with_their_age(
    hirelog: Hirelog, platform: Platform, services: Services
) -> None:
    services.kill("ats")
    await rows(platform, "ats", OF_THE_FUTURE)
    told = await hirelog("status", "--json")
    ats = told.json["services"][0]
    assert ats["outbox"]["events"] == 1
    assert ats["outbox"]["age_s"] > 3_600
    assert "does not answer" in ats["wrong"]["process"]
    services.restart("ats")

    async def carried() -> bool:
        return bool((await hirelog("status", "--json")).json["services"][0]["outbox"]["events"] == 0)

    await until(carried)


async def test_lag_is_counted_in_records_whatever_stands_between_them(log: Log) -> None:
    before = await _ends(log)
    for _ in range(3):  # each transaction leaves a mark that is no record
        _, versions = await log.campaign(2)
        await log.topic.publish(versions)
    found = await behind(log.topic.kafka, before)
    assert sum(one.records for one in found.values()) == 6
    assert all(one.exact for one in found.values())


async def _ends(log: Log) -> dict[TopicPartition, int]:
    client = log.topic.kafka.consumer()
    await client.start()
    try:
        ends: dict[TopicPartition, int] = await client.end_offsets(await log.topic.kafka.partitions([log.topic.name]))
    finally:
        await client.stop()
    return ends


async def test_a_braked_consumer_is_seen_and_everything_is_redriven_at_once(
    hirelog: Hirelog, services: Services, log: Log
) -> None:
    late = [(await log.campaign(2))[1] for _ in range(60)]
    await log.topic.publish([versions[1] for versions in late])

    async def braked() -> bool:
        return "were parked within ten minutes" in str(
            consumers((await hirelog("status", "--json")).json)["ats.prospects", "crm.events"]["stopped"]
        )

    await until(braked)
    told = await hirelog("status", "--strict")
    assert told.code == 1
    assert "NOT WELL" in told.out
    assert "mend the handler, redrive" in told.out
    await log.topic.publish([versions[0] for versions in late])
    for name in ("ats", "reporting"):
        services.restart(name)

    async def all_there() -> bool:
        status = consumers((await hirelog("status", "--json")).json)
        return all(status[c, "crm.events"]["parked_records"] >= 120 for c in ("ats.prospects", "reporting.facts"))

    await until(all_there)
    keys = {versions[0].envelope.key for versions in late}
    for consumer in ("ats.prospects", "reporting.facts"):
        done = await hirelog("parked", "redrive", consumer, "--all", "--json")
        settled = {one["key"]: (one["settled"], one["left"]) for one in done.json["redriven"]}
        assert {key: settled[key] for key in keys} == dict.fromkeys(keys, (2, 0))
    now = consumers((await hirelog("status", "--json")).json)
    assert now["ats.prospects", "crm.events"]["stopped"] is None
