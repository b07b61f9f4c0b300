"""What a frozen report is known by: anybody can compute it from the facts, and it stays what it was."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.fact import MICROSECOND, Fact
from services.reporting.metrics.report import Definition
from services.reporting.metrics.sealing import DIGEST, ID, NAMED, Differing, Part, Root
from services.reporting.projections.digests import by_default, digests
from services.reporting.projections.offsets import Seen
from services.reporting.tests.conftest import Tell
from services.reporting.tests.telling import Telling, at
from shared.events.ats.application import ApplicationAdvanced, ApplicationSubmitted
from shared.events.event import registry
from shared.kit.wiring import Wired

MODELS = [contract.model for contract in registry.all().values()]
FUNNEL = DEFINITIONS["funnel"]
ONE: dict[str, Any] = {"person_id": "P1", "application_id": "A1"}
FROM_THE_BEGINNING = {
    "Condition.above_band", "Condition.departments", "Condition.levels", "Pay.per", "Question.required",
}  # fmt: skip
FAR = Clocks(datetime(2028, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))


async def root_of(reporting: Wired, definition: Definition[Any, Any, Any], clocks: Clocks = FAR) -> Root:
    """Over all that there is."""
    rows = "SELECT DISTINCT topic FROM facts UNION SELECT DISTINCT topic FROM self_identifications"
    async with reporting.store.database.connection() as connection:
        everything = {row["topic"]: {0: 2**40} for row in await connection.fetch(rows)}
    root = Root()
    async for some in digests(reporting.store.database, definition.reads, Seen(clocks, everything)):
        root.add(some)
    return root


def told() -> list[Fact]:
    tell = Telling()
    tell.job("J1")
    tell(1, ApplicationSubmitted, **ONE, job_id="J1", stage="applied", source="référence \U0001f600")
    moved = tell(2.000001, ApplicationAdvanced, **ONE, from_stage="applied", to_stage="onsite")
    return [*tell.facts[:-1], replace(moved, by_person=False)]


def by_hand(facts: Sequence[Fact]) -> str:
    """As the documentation of digests says it, without the database."""
    found = b""
    for fact in sorted(facts, key=lambda fact: fact.id):
        said = fact.event.model_dump(mode="json", exclude_defaults=True)
        micros = (fact.occurred - datetime(2000, 1, 1, tzinfo=UTC)) // MICROSECOND
        content = f"{fact.event.wire_type}\n".encode() + micros.to_bytes(8, "big", signed=True)
        content += fact.position.to_bytes(8, "big") + bytes([fact.by_person])
        found += fact.id.bytes + sha256(content + as_jsonb(said).encode()).digest()
    return sha256(found).hexdigest()


def as_jsonb(of: Any) -> str:
    """Shorter keys first, then by bytes; no nulls in objects."""
    if isinstance(of, dict):
        named = sorted(of, key=lambda name: (len(name.encode()), name.encode()))
        members = (f"{json.dumps(name, ensure_ascii=False)}: {as_jsonb(of[name])}" for name in named)
        return "{" + ", ".join(member for member in members if not member.endswith(": null")) + "}"
    if isinstance(of, list):
        return "[" + ", ".join(map(as_jsonb, of)) + "]"
    return json.dumps(of, ensure_ascii=False)


async def test_anybody_can_compute_it_from_the_facts(reporting: Wired, tell: Tell) -> None:
    facts = told()
    await tell(facts)
    root = await root_of(reporting, FUNNEL)
    needed = [fact for fact in facts if type(fact.event) in FUNNEL.reads]
    assert (root.hex, root.facts) == (by_hand(needed), len(needed))
    assert root.hex != by_hand(needed[:-1])
    # Of a past, what had happened by then.
    earlier = await root_of(reporting, FUNNEL, Clocks(at(2), at(30)))
    assert earlier.hex == by_hand([fact for fact in needed if fact.occurred < at(2)])


async def test_what_a_contract_gains_later_says_nothing_of_what_was_said_before(reporting: Wired, tell: Tell) -> None:
    await tell(told())
    before = (await root_of(reporting, FUNNEL)).hex
    gained = "UPDATE facts SET data = data || '{\"gained\": null}'"
    lost = "UPDATE facts SET data = data - 'internal' - 'history' WHERE type = 'ats.application.submitted'"
    for statement in (gained, lost):
        await reporting.store.database.execute(statement)
        assert (await root_of(reporting, FUNNEL)).hex == before
    other = "UPDATE facts SET data = data || '{\"internal\": true}' WHERE type = 'ats.application.submitted'"
    await reporting.store.database.execute(other)
    assert (await root_of(reporting, FUNNEL)).hex != before


def test_a_value_gains_no_field_that_is_not_null_by_default() -> None:
    """Inside of a value nothing takes it off, and digests would change: give it null, or raise sealing.RULE."""
    found = {
        f"{name}.{field}"
        for model in MODELS for name, value in model.model_json_schema().get("$defs", {}).items()
        for field, of in value.get("properties", {}).items() if of.get("default") is not None
    }  # fmt: skip
    assert found == FROM_THE_BEGINNING


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.wire_type)
def test_defaults_are_those_of_the_contract(model: Any) -> None:
    properties = model.model_json_schema(mode="serialization")["properties"]
    assert by_default(model) == {
        name: of["default"] for name, of in properties.items() if of.get("default") is not None
    }


def facts_of(numbers: Iterable[int], said: str = "") -> bytes:
    return b"".join(UUID(int=n).bytes + sha256(f"{n}{said}".encode()).digest() for n in numbers)


def parts_of(facts: bytes, at_once: int = 1_000) -> list[Part]:
    root, size = Root(), (ID + DIGEST) * at_once
    found = [part for at in range(0, len(facts), size) for part in root.add(facts[at : at + size])] + root.end()
    assert (root.hex, root.facts) == (sha256(facts).hexdigest(), len(facts) // (ID + DIGEST))
    assert root.names == [name for name, _ in found]
    return found


def test_two_roots_have_in_common_the_parts_that_are_the_same() -> None:
    facts = facts_of(range(1, 20_000))
    first = parts_of(facts)
    assert len(first) == 5
    assert first == parts_of(facts, at_once=7)
    # One fact is gone, and others came in the end.
    second = parts_of(facts_of([n for n in range(1, 25_000) if n != 5_000]))
    assert len({*first} & {*second}) == 3
    assert parts_of(b"") == []


def test_what_differs_is_told_of_parts_that_differ() -> None:
    was, now = facts_of(range(0, 9_000, 2)), facts_of([*range(2, 9_000, 2), 9_256], said="")
    now = now.replace(facts_of([512]), facts_of([512], said="other"))
    kept = [b"".join(kept for _, kept in parts_of(facts)) for facts in (was, now)]
    found = Differing.of(*kept)
    assert found.counts == {"missing": 1, "added": 1, "changed": 1}
    assert found.named == {"missing": [UUID(int=0)], "added": [UUID(int=9_256)], "changed": [UUID(int=512)]}
    many = Differing.of(kept[0], b"")
    assert (many.counts["missing"], len(many.named["missing"])) == (4_500, NAMED)
