"""Declared topics against the actual ones."""

import pytest
from aiokafka.admin import NewTopic

from ops import topics
from ops.tests.conftest import Hirelog, Log, until


async def test_an_installation_has_the_topics_that_are_declared(hirelog: Hirelog) -> None:
    told = await hirelog("topics", "--json")
    assert (told.code, told.json["drift"]) == (0, [])
    assert {
        "topic": "ats.events", "partitions": "12", "retention.ms": "-1", "cleanup.policy": "delete",
        "message.timestamp.type": "LogAppendTime",
    } in told.json["topics"]  # fmt: skip
    for_people = (await hirelog("topics")).out
    assert "as declared" in for_people
    assert max(map(len, for_people.splitlines())) <= 100


async def test_drift_is_named_and_nothing_is_altered(
    hirelog: Hirelog, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {"drifting.events": {"retention.ms": "1000", "cleanup.policy": "compact"}, "unknown.events": {}}
    async with log.topic.kafka.admin() as admin:
        await admin.create_topics([NewTopic(name, 3, 1, topic_configs=config) for name, config in made.items()])
        await until(lambda: _there(log, set(made)))
        wanted = topics.declared_topics()
        ours = {"drifting.events": wanted["ats.events"], "missing.events": wanted["ats.events"]}
        monkeypatch.setattr(topics, "declared_topics", lambda: wanted | ours)
        try:
            before = await topics.actual_topics(log.topic.kafka)
            told = await hirelog("topics", "--json")
            for_people = await hirelog("topics")
            assert await topics.actual_topics(log.topic.kafka) == before
        finally:
            await admin.delete_topics(list(made))
    assert told.code == for_people.code == 1
    assert {(d["topic"], d["setting"]): d["actual"] for d in told.json["drift"]} == {
        ("missing.events", "topic"): None, ("drifting.events", "partitions"): "3",
        ("drifting.events", "retention.ms"): "1000", ("drifting.events", "cleanup.policy"): "compact",
        ("drifting.events", "message.timestamp.type"): "CreateTime",
    }  # fmt: skip
    assert told.json["unknown"] == ["unknown.events"]
    assert "A topic is never altered" in for_people.out
    assert "Missing: missing.events." in for_people.out
    assert "Not declared: unknown.events." in for_people.out


async def _there(log: Log, made: set[str]) -> bool:
    return made <= (await topics.actual_topics(log.topic.kafka)).keys()
