"""Row 14: records three times, keys shuffled, and garbage on every topic: one effect, parked or passed. I2 I3 I4."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import ConsumerRecord

from shared.events.envelope import Envelope, from_headers, to_headers
from shared.kit.context import new_id
from shared.kit.topics import standing
from tests.resilience.raw import Raw, put
from tests.resilience.soundness import installed
from tests.resilience.system import System, until

READERS = {
    "ats.events": ("crm.ats", "crm.candidates", "notifier.ats", "reporting.facts"),
    "crm.events": ("ats.prospects", "reporting.facts"),
    "notifier.events": ("reporting.facts",),
}
MODELS = {
    "ats.events": {b"ats.requisition.drafted"},
    "crm.events": {b"crm.prospect.sourced"},
    "notifier.events": {b"notifier.notification.sent", b"notifier.notification.suppressed"},
}
STORED = "SELECT count(*) FROM events"
FACTS = "SELECT * FROM facts ORDER BY event_id"
TAKEN = "SELECT event_id FROM facts WHERE event_id = ANY($1::uuid[])"
PARKED = 'SELECT reason, key, body, headers::text FROM parked WHERE consumer = $1 AND topic = $2 ORDER BY "offset"'
NEXT = "SELECT next_offset FROM positions WHERE consumer = $1 AND topic = $2 AND partition = 0"
WAITING = """
SELECT count(DISTINCT (topic, key)) FILTER (WHERE s.since IS NOT NULL), count(*) FILTER (WHERE s.since IS NULL)
FROM parked LEFT JOIN parked_sequences s USING (consumer, topic, key) WHERE consumer = 'reporting.facts'
"""
# All garbage lies before something good in one partition.
PARTITION = 0
SEED = 20


async def test_records_that_come_three_more_times_with_their_keys_shuffled_change_nothing(spoilt: System) -> None:
    await some_history(spoilt)
    log = await whole(spoilt)
    stored = {name: await spoilt.rows(name, STORED) for name in ("ats", "crm", "notifier")}
    facts = await spoilt.rows("reporting", FACTS)
    copies = [Raw(r.topic, r.key, r.value, list(r.headers)) for r in log for _ in range(3)]
    put(spoilt, in_order_of_keys(copies))
    await until(lambda: all_dropped(spoilt, len(copies)), "all copies to be dropped")
    await caught_up(spoilt)
    assert await spoilt.rows("reporting", FACTS) == facts
    assert {name: await spoilt.rows(name, STORED) for name in ("ats", "crm", "notifier")} == stored
    for name in ("ats", "crm", "notifier", "reporting"):
        assert await spoilt.rows(name, "SELECT consumer, reason, first_error FROM parked") == []


@pytest.mark.parametrize("topic", READERS)
async def test_garbage_is_parked_with_its_reason_or_passed_and_its_partition_moves_on(
    spoilt: System, topic: str
) -> None:
    await some_history(spoilt)
    [real, *_] = [one for one in await whole(spoilt) if dict(one.headers).get("ce_type") in MODELS[topic]]
    alarms = {name: await parked_records(spoilt, name) for name in READERS[topic]}
    made = Garbage(real)
    facts = dict(await spoilt.rows("reporting", "SELECT event_id, data FROM facts"))
    put(spoilt, made.records)
    put(spoilt, made.after)
    await until(lambda: taken(spoilt, made.good), "what is good behind the garbage")
    await caught_up(spoilt)

    found = await spoilt.rows("reporting", PARKED, "reporting.facts", topic)
    assert Counter(reason for reason, *_ in found) == Counter(reason for _, reason in made.parked)
    # As they came, byte for byte.
    assert [(key, body, json.loads(headers)) for _, key, body, headers in found] == [
        (record.key, record.body, [[name, None if value is None else value.hex()] for name, value in record.headers])
        for record, _ in made.parked
    ]
    now = dict(await spoilt.rows("reporting", "SELECT event_id, data FROM facts"))
    assert {of: now[of] for of in facts} == facts
    assert now.keys() - facts.keys() == set(made.good)
    for consumer in READERS[topic]:
        assert await parked_records(spoilt, consumer) > alarms[consumer], consumer
        assert await spoilt.wrong(consumer.partition(".")[0]) == {}
    [(keys, alone)] = await spoilt.rows("reporting", WAITING)

    async def alarmed() -> bool:
        shown = await spoilt.metric("reporting", "hirelog_parked_sequences", consumer="reporting.facts")
        return bool(shown == keys + alone)

    assert alone > 0
    await until(alarmed, f"the alarm to show {keys} keys and {alone} records that are parked alone")


class Garbage:
    """Records made of a real one: `parked` with the reasons for which the reports park them, `good` what they take."""

    def __init__(self, real: ConsumerRecord) -> None:
        self._topic, self._body = real.topic, real.value
        self._envelope = from_headers(list(real.headers), real.key)
        self.records: list[Raw] = []
        self.after: list[Raw] = []
        self.parked: list[tuple[Raw, str]] = []
        self.good = [self._good(), self._good(key=None)]
        self._bad()
        self._odd(real)
        # In a transaction of its own: what one batch remembers of a key, the next one must know as well.
        self.after.append(self.records.pop(0))

    def _bad(self) -> None:
        for body in (None, b"", b"not json", b"[]", b"{}", b"\xff" * 10):
            self._park("failed", self._envelope_of(), body)
        self._park("failed", self._envelope_of(schema_version=99))
        self._park("gap", self._envelope_of(version=3))
        self._park("gap", self._envelope_of(stream=self._envelope.stream, version=2_000_000_000))
        for headers in ([], [("ce_id", None)], [("ce_id", b"\xff")]):
            raw = self._raw(self._envelope_of(), self._body, headers=headers)
            self.records.append(raw)
            self.parked.append((raw, "not-an-event"))
        # Without a key nobody is blocked by it: what has none either is taken.
        raw = self._raw(self._envelope_of(), None, key=None)
        self.records.append(raw)
        self.parked.append((raw, "failed"))
        self.good.append(self._good(key=None))

    def _odd(self, real: ConsumerRecord) -> None:
        """What is no harm: passed by, dropped, or taken as it is."""
        unknown = self._envelope_of(type=f"{self._envelope.service}.{self._envelope.category}.exploded")
        self.records.append(self._raw(unknown, self._body))
        self.good.append(self._good(stream=unknown.stream, version=2))
        other = json.dumps({**json.loads(self._body), "note": "another body"}).encode()
        self.records.append(Raw(self._topic, real.key, other, list(real.headers), PARTITION))
        self.good.append(self._good(body=json.dumps({**json.loads(self._body), "more": "x" * 900_000}).encode()))
        strange = self._envelope_of()
        self.good += [
            self._good(stream=strange.stream),
            self._good(stream=strange.stream, version=2, key=str(uuid4()).encode()),
        ]

    def _park(self, reason: str, envelope: Envelope, body: bytes | None = b"real") -> None:
        raw = self._raw(envelope, self._body if body == b"real" else body)
        self.records.append(raw)
        self.parked.append((raw, reason))

    def _good(self, body: bytes | None = None, key: Any = "own", **changes: Any) -> Any:
        envelope = self._envelope_of(**changes)
        self.records.append(self._raw(envelope, body or self._body, key=key))
        return envelope.id

    def _envelope_of(self, **changes: Any) -> Envelope:
        """Of the first event of a stream that nobody has heard of, unless said otherwise."""
        stream = f"{self._envelope.category}-{uuid4()}"
        fresh = {"id": new_id(), "stream": stream, "version": 1, "key": str(uuid4())}
        return self._envelope._replace(**{**fresh, **changes})

    def _raw(self, envelope: Envelope, body: bytes | None, key: Any = "own", headers: Any = None) -> Raw:
        of = envelope.key.encode() if key == "own" else key
        return Raw(self._topic, of, body, to_headers(envelope) if headers is None else headers, PARTITION)


async def some_history(system: System) -> None:
    """Something on each topic: a hand-over and its application, an approval that somebody is told of."""
    crm = system.api("crm")
    job = await system.job()
    person = (await crm.post("/prospects", {"name": "Kim Example", "channel": "linkedin"}))["id"]
    await crm.post(f"/prospects/{person}/hand-over", {"job_id": job})
    reported = "SELECT DISTINCT topic FROM facts WHERE type LIKE 'notifier%' OR type = 'ats.application.submitted'"
    reported += " AND person_id::text = $1"

    async def everywhere() -> bool:
        return len(await system.rows("reporting", reported, person)) == 2

    await until(everywhere, "an application and a notification in the reports")


async def whole(system: System) -> list[ConsumerRecord]:
    """What is well-formed on the topics."""
    return [record async for record in standing(installed(system).kafka, list(READERS)) if record.headers]


def in_order_of_keys(records: Sequence[Raw]) -> list[Raw]:
    """Shuffled, but each key's in their order."""
    dice = random.Random(SEED)
    of_key: dict[bytes | None, list[Raw]] = {}
    for record in records:
        of_key.setdefault(record.key, []).append(record)
    keys = [record.key for record in records]
    dice.shuffle(keys)
    following = {key: iter(theirs) for key, theirs in of_key.items()}
    return [next(following[key]) for key in keys]


async def all_dropped(system: System, copies: int) -> bool:
    dropped = await system.metric(
        "reporting", "hirelog_consumed_total", consumer="reporting.facts", outcome="duplicate"
    )
    return dropped >= copies


async def caught_up(system: System) -> None:
    for name in ("ats", "crm", "notifier", "reporting"):

        async def without_lag(of: str = name) -> bool:
            return await system.metric(of, "hirelog_consumer_lag_records") == 0

        await until(without_lag, f"{name} to catch up")


async def taken(system: System, ids: Sequence[Any]) -> bool:
    return len(await system.rows("reporting", TAKEN, ids)) == len(ids)


async def parked_records(system: System, consumer: str) -> float:
    name = consumer.partition(".")[0]
    return await system.metric(name, "hirelog_consumed_total", consumer=consumer, outcome="parked")
