"""Timers fire once, in the transaction of their effect; a moved or cancelled one does not."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.kit.context import Context, now
from shared.kit.refusals import Missing
from shared.kit.store import EventStore
from shared.kit.tests.conftest import SOMEBODY
from shared.kit.tests.notes import Notes
from shared.kit.timers import Fire, fire_due
from shared.kit.unit import Unit


@pytest.fixture
def handlers(notes: Notes) -> dict[str, Fire]:
    async def remind(unit: Unit, stream: str, payload: dict[str, Any]) -> None:
        note = UUID(payload["note"])
        await unit.update(notes.aggregate, note, lambda _: [notes.changed(note, note, "reminded")])

    return {"remind": remind}


async def write(store: EventStore, notes: Notes, due_s: float, context: Context = SOMEBODY) -> UUID:
    note = uuid4()
    async with store.unit(context) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, note)])
        unit.set_timer(notes.stream.name(note), "remind", now() + timedelta(seconds=due_s), {"note": str(note)})
    return note


async def changes(store: EventStore, notes: Notes, note: UUID) -> int:
    state = (await store.load(notes.aggregate, note)).state
    assert state is not None
    return state.changes


async def test_what_is_due_fires_once_though_two_look_at_the_same_time(
    store: EventStore, notes: Notes, handlers: dict[str, Fire]
) -> None:
    note = await write(store, notes, -1)
    await asyncio.gather(*(fire_due(store, handlers) for _ in range(4)))
    assert await changes(store, notes, note) == 1
    assert await fire_due(store, handlers) == 0


async def test_what_is_not_due_waits(store: EventStore, notes: Notes, handlers: dict[str, Fire]) -> None:
    note = await write(store, notes, 3600)
    assert await fire_due(store, handlers) == 0
    assert await changes(store, notes, note) == 0


async def test_a_cancelled_timer_does_not_fire(store: EventStore, notes: Notes, handlers: dict[str, Fire]) -> None:
    note = await write(store, notes, -1)
    async with store.unit(SOMEBODY) as unit:
        unit.cancel_timer(notes.stream.name(note), "remind")
    assert await fire_due(store, handlers) == 0


async def test_history_sets_no_timer(store: EventStore, notes: Notes, handlers: dict[str, Fire]) -> None:
    note = await write(store, notes, -1, Context(actor="import", occurred=now() - timedelta(hours=2)))
    assert await fire_due(store, handlers) == 0
    assert await changes(store, notes, note) == 0


async def test_a_timer_whose_command_is_refused_is_dropped_and_others_fire(store: EventStore, notes: Notes) -> None:
    async def refuse(unit: Unit, stream: str, payload: dict[str, Any]) -> None:
        raise Missing("it is gone")

    await write(store, notes, -1)
    await write(store, notes, -1)
    assert await fire_due(store, {"remind": refuse}) == 2
    assert await fire_due(store, {"remind": refuse}) == 0


async def test_one_that_fails_comes_again_and_holds_up_no_other(
    store: EventStore, notes: Notes, handlers: dict[str, Fire]
) -> None:
    note = await write(store, notes, -1)
    async with store.unit(SOMEBODY) as unit:
        unit.set_timer("note-x", "nobody knows it", now() - timedelta(hours=1))
    assert await fire_due(store, handlers) == 2
    assert await changes(store, notes, note) == 1
    async with store.database.connection() as connection:
        assert await connection.fetchval("SELECT due > clock_timestamp() FROM timers WHERE stream = 'note-x'")


async def test_for_the_command_it_is_never_before_the_due_time_though_clocks_differ(
    store: EventStore, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = now() - timedelta(minutes=1)
    monkeypatch.setattr("shared.kit.timers.now", lambda: ours)
    seen: list[datetime] = []

    async def look(unit: Unit, stream: str, payload: dict[str, Any]) -> None:
        seen.append(unit.occurred)

    due = now() - timedelta(seconds=1)
    async with store.unit(SOMEBODY) as unit:
        unit.set_timer("note-x", "look", due)
    await fire_due(store, {"look": look})
    assert seen == [due]
