"""What the projection keeps: no personal field, a clock that never goes back, and who may ask."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.reporting.metrics.fact import Fact
from services.reporting.projections.facts import TYPES, impersonal
from services.reporting.projections.history import as_event
from services.reporting.tests.conftest import Keep, Tell
from services.reporting.tests.log import Log
from services.reporting.tests.making import make
from shared.events.ats.team_member import TeamMemberAdded, TeamMemberDeactivated, TeamMemberUpdated
from shared.events.crm.prospect import CandidateSourced
from shared.events.event import Event, registry
from shared.events.goldens import schema_of
from shared.events.personal import Clear, Personal
from shared.events.samples import samples
from shared.kit.wiring import Wired

AT = datetime(2026, 3, 1, tzinfo=UTC)


async def rows(reporting: Wired, query: str) -> list[dict[str, Any]]:
    async with reporting.store.database.connection() as connection:
        return [dict(row) for row in await connection.fetch(query)]


def fact(event: Event, second: int, of: UUID | None = None) -> Fact:
    return Fact(of or uuid4(), event, second + 1, AT, AT + timedelta(seconds=second))


@pytest.mark.parametrize("wire_type", sorted(TYPES))
def test_a_kept_event_reads_as_it_was_but_for_what_is_personal(wire_type: str) -> None:
    model = registry.get(wire_type).model
    for sample in samples(schema_of(model)):
        event = model.model_validate(sample)
        kept = impersonal(event)
        again = as_event(model, json.dumps(kept))
        assert not [value for value in _leaves(again) if isinstance(value, Clear)]
        assert impersonal(again) == kept
        assert {name for name in sample if not _personal(getattr(event, name))} <= set(kept)


async def test_neither_a_name_nor_its_ciphertext_is_stored(reporting: Wired, tell: Tell) -> None:
    person = uuid4()
    await tell([fact(make(CandidateSourced, person_id=person, name="Ada", skills=("abacus",), newer="field"), 1)])
    [row] = await rows(reporting, "SELECT person_id, data::text AS data FROM facts WHERE type = 'crm.prospect.sourced'")
    assert row["person_id"] == person
    assert not {"name", "skills", "newer"} & set(json.loads(row["data"]))


async def test_what_is_known_stays_known_when_kafkas_clock_is_set_back(reporting: Wired, keep: Keep, log: Log) -> None:
    deliveries = await log.deliveries(fact(make(CandidateSourced, person_id=uuid4()), n) for n in range(12))
    for index, second in enumerate((1, 5, 3, 4, 9, 2, 2, 2, 8, 10, 0, 11)):
        deliveries[index].record.timestamp = int((AT + timedelta(seconds=second)).timestamp() * 1000)
    await keep(deliveries)
    assert await _known(reporting) == [1, 5, 5, 5, 9, 9, 9, 9, 9, 10, 10, 11]


async def test_an_event_redriven_late_gives_what_a_rebuild_would(reporting: Wired, keep: Keep, log: Log) -> None:
    deliveries = await log.deliveries(fact(make(CandidateSourced, person_id=uuid4()), n) for n in range(4))
    for index, second in enumerate((1, 7, 3, 8)):
        deliveries[index].record.timestamp = int((AT + timedelta(seconds=second)).timestamp() * 1000)
    parked = deliveries.pop(1)
    await keep(deliveries)
    assert await _known(reporting) == [1, 3, 8]
    await keep([parked])
    await keep([parked])
    assert await _known(reporting) == [1, 7, 7, 8]


async def test_partitions_have_clocks_of_their_own(reporting: Wired, keep: Keep, log: Log) -> None:
    await keep(await log.deliveries([fact(make(CandidateSourced, person_id=uuid4()), 9)]))
    await keep(await Log(partition=1).deliveries([fact(make(CandidateSourced, person_id=uuid4()), 2)]))
    assert await _known(reporting) == [9, 2]


async def test_principals_follow_the_team(reporting: Wired, tell: Tell) -> None:
    mina, theo = uuid4(), uuid4()
    await tell(
        [
            fact(make(TeamMemberAdded, member_id=mina, subject="mina", roles=("lead",)), 1),
            fact(make(TeamMemberAdded, member_id=theo, subject="theo", roles=("hr",)), 2),
            fact(make(TeamMemberUpdated, member_id=mina, roles=("lead", "hr")), 3),
            fact(make(TeamMemberUpdated, member_id=mina, zone="UTC"), 4),
            fact(make(TeamMemberDeactivated, member_id=theo), 5),
        ]
    )
    found = await rows(reporting, "SELECT subject, roles, active, version FROM principals ORDER BY subject")
    assert found == [
        {"subject": "mina", "roles": ["lead", "hr"], "active": True, "version": 3},
        {"subject": "theo", "roles": ["hr"], "active": False, "version": 2},
    ]
    await tell([fact(make(TeamMemberAdded, member_id=theo, subject="theo", roles=("ops",)), 6)])
    [back] = await rows(reporting, "SELECT roles, active FROM principals WHERE subject = 'theo'")
    assert back == {"roles": ["ops"], "active": True}


async def _known(reporting: Wired) -> list[int]:
    found = await rows(reporting, 'SELECT known FROM facts ORDER BY partition, "offset"')
    return [int((row["known"] - AT).total_seconds()) for row in found]


def _personal(value: Any) -> bool:
    return isinstance(value, Personal)


def _leaves(event: Event) -> list[Any]:
    return [value for _, value in event if value is not None]
