"""Timers follow from the state, fire once, in the transaction of their effect; a moved or cancelled one does not."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.kit.codec import Codec
from shared.kit.context import Context, now
from shared.kit.database import Database
from shared.kit.refusals import Missing
from shared.kit.store import EventStore
from shared.kit.tests.conftest import SOMEBODY
from shared.kit.tests.notes import Notes
from shared.kit.timers import Fire, Timer, fire_due
from shared.kit.unit import Unit

HISTORY = Context(actor="import", occurred=now() - timedelta(hours=2))


def with_timer(database: Database, notes: Notes, fire: Fire) -> EventStore:
    """A store whose notes remind of themselves."""
    timer = Timer(notes.aggregate, "remind", lambda note: note.remind, fire)
    made = EventStore(notes.service, database, Codec(None, notes.registry), timers=[timer])
    made.open_for_writing()
    return made


@pytest.fixture
def store(database: Database, notes: Notes) -> EventStore:
    async def remind(unit: Unit, note: UUID) -> None:
        await unit.update(notes.aggregate, note, lambda _: [notes.changed(note, note, "reminded")])

    return with_timer(database, notes, remind)


def after(seconds: float) -> datetime:
    return now() + timedelta(seconds=seconds)


async def write(store: EventStore, notes: Notes, due_s: float, context: Context = SOMEBODY) -> UUID:
    note = uuid4()
    async with store.unit(context) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, note, remind=after(due_s))])
    return note


async def change(
    store: EventStore, notes: Notes, note: UUID, remind: datetime | None, context: Context = SOMEBODY
) -> None:
    async with store.unit(context) as unit:
        await unit.append(notes.aggregate, note, [notes.changed(note, note, "changed", remind=remind)])


async def reminded(store: EventStore, notes: Notes, note: UUID) -> bool:
    state = (await store.load(notes.aggregate, note)).state
    assert state is not None
    return state.text == "reminded"


async def set_timers(store: EventStore) -> list[datetime]:
    async with store.database.connection() as connection:
        return [row["due"] for row in await connection.fetch("SELECT due FROM timers ORDER BY due")]


async def test_what_is_due_fires_once_though_two_look_at_the_same_time(store: EventStore, notes: Notes) -> None:
    note = await write(store, notes, -1)
    await asyncio.gather(*(fire_due(store) for _ in range(4)))
    state = (await store.load(notes.aggregate, note)).state
    assert state is not None
    assert (state.text, state.changes) == ("reminded", 1)
    assert await fire_due(store) == 0


async def test_what_is_not_due_waits(store: EventStore, notes: Notes) -> None:
    note = await write(store, notes, 3600)
    assert await fire_due(store) == 0
    assert not await reminded(store, notes, note)


async def test_a_state_that_asks_for_nothing_any_more_cancels_it(store: EventStore, notes: Notes) -> None:
    note = await write(store, notes, -1)
    await change(store, notes, note, None)
    assert await fire_due(store) == 0


async def test_a_moved_one_fires_at_its_new_time_and_one_left_alone_stays(store: EventStore, notes: Notes) -> None:
    note, later = await write(store, notes, -1), after(3600)
    await change(store, notes, note, later)
    await change(store, notes, note, later)
    assert await set_timers(store) == [later]
    assert await fire_due(store) == 0


async def test_history_sets_no_timer_and_leaves_none_of_what_it_moves(store: EventStore, notes: Notes) -> None:
    await write(store, notes, -1, HISTORY)
    assert await set_timers(store) == []
    live = await write(store, notes, -1)
    await change(store, notes, live, after(-2), HISTORY)
    assert await set_timers(store) == []


async def test_two_streams_of_one_unit_have_a_timer_each(store: EventStore, notes: Notes) -> None:
    first, second = uuid4(), uuid4()
    async with store.unit(SOMEBODY) as unit:
        for note in (first, second):
            await unit.start(notes.aggregate, note, [notes.written(note, note, remind=after(-1))])
    assert await fire_due(store) == 2
    assert [await reminded(store, notes, note) for note in (first, second)] == [True, True]


async def test_a_timer_whose_command_is_refused_is_dropped_and_others_fire(database: Database, notes: Notes) -> None:
    async def refuse(unit: Unit, note: UUID) -> None:
        raise Missing("it is gone")

    store = with_timer(database, notes, refuse)
    await write(store, notes, -1)
    await write(store, notes, -1)
    assert await fire_due(store) == 2
    assert await fire_due(store) == 0


async def test_one_that_fails_comes_again_and_holds_up_no_other(store: EventStore, notes: Notes) -> None:
    note = await write(store, notes, -1)
    await store.database.execute(
        "INSERT INTO timers VALUES ('note-x', 'nobody knows it', clock_timestamp() - interval '1 hour')"
    )
    assert await fire_due(store) == 2
    assert await reminded(store, notes, note)
    async with store.database.connection() as connection:
        assert await connection.fetchval("SELECT due > clock_timestamp() FROM timers WHERE stream = 'note-x'")


async def test_for_the_command_it_is_never_before_the_due_time_though_clocks_differ(
    database: Database, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = after(-60)
    monkeypatch.setattr("shared.kit.timers.now", lambda: ours)
    seen: list[datetime] = []

    async def look(unit: Unit, note: UUID) -> None:
        seen.append(unit.occurred)

    store, due = with_timer(database, notes, look), after(-1)
    note = await write(store, notes, 3600)
    await change(store, notes, note, due)
    await fire_due(store)
    assert seen == [due]
