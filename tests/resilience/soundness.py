"""Whether the log kept its word: answers, stores, topics and projections agree, once and in order."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from services.reporting.projections.facts import TABLES
from shared.kit.database import Database
from shared.kit.rebuild import digest
from tests.journeys.log import WRITERS, unfinished, whole_log
from tests.resilience.commands import Commands
from tests.resilience.system import PATIENCE_S, System

Version = tuple[str, int]


async def settled(system: System, seconds: float = PATIENCE_S) -> None:
    """Until every store is on its topic and every consumer has taken it, with nothing parked."""
    deadline = time.monotonic() + seconds
    while left := await unfinished(system.platform):
        assert time.monotonic() < deadline, left


async def sound(system: System, *loads: Commands) -> None:
    """Settled, and then: nothing lost, nothing doubled, every version in its order, from the answers to the facts."""
    await settled(system)
    assert [odd for load in loads for odd in load.odd] == []
    log = whole_log(system.platform)
    for service in WRITERS:
        stored = await system.rows(service, "SELECT id, stream, version FROM events ORDER BY position")
        assert out_of_order((stream, version) for _, stream, version in stored) == []
        published = [record.envelope for record in log if record.topic == f"{service}.events"]
        assert differences([of for of, *_ in stored], [envelope.id for envelope in published]) == {}
        assert out_of_order((envelope.stream, envelope.version) for envelope in published) == []
        length = Counter(stream for _, stream, _ in stored)
        for load in loads:
            if load.service == service:
                assert {stream: length[stream] for stream in load.acknowledged} == dict(load.acknowledged)
    facts = [row[0] for row in await system.rows("reporting", "SELECT event_id FROM facts")]
    assert differences([record.envelope.id for record in log], facts) == {}


async def rebuilt_is_live(system: System) -> None:
    """A rebuild of the reports' tables gives what stood there."""
    database = Database(system.platform.database_url("reporting"))
    try:
        live = {table: await digest(database, table) for table in TABLES}
        system.services.service("reporting", "rebuild").run()
        assert {table: await digest(database, table) for table in TABLES} == live
    finally:
        await database.close()


def out_of_order(versions: Iterable[Version]) -> list[str]:
    """Where a stream's versions are not 1, 2, 3, …"""
    reached: Counter[str] = Counter()
    found = []
    for stream, version in versions:
        if version != reached[stream] + 1:
            found.append(f"{stream}: {version} after {reached[stream]}")
        reached[stream] = version
    return found


def differences(wanted: Sequence[UUID], found: Sequence[UUID]) -> dict[UUID, int]:
    """By id, how many there are too many (or, below zero, too few)."""
    counted = Counter(found)
    counted.subtract(wanted)
    return {of: times for of, times in counted.items() if times}
