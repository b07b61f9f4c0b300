"""Decisions over several streams: alone with one, or beside others, and on what is so once the lock is there."""

import asyncio
from uuid import UUID, uuid4

import pytest

from shared.kit.store import EventStore
from shared.kit.tests.conftest import SOMEBODY
from shared.kit.tests.notes import Notes
from shared.kit.unit import Unit


@pytest.fixture
async def note(store: EventStore, notes: Notes) -> UUID:
    made = uuid4()
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, made, [notes.written(made, made)])
    return made


async def waits(store: EventStore, notes: Notes, note: UUID, shared: bool) -> bool:
    """Whether a unit that wants the lock has to wait for it."""

    async def take() -> None:
        async with store.unit(SOMEBODY) as unit:
            await _take(unit, notes, note, shared)

    taking = asyncio.create_task(take())
    waiting = not (await asyncio.wait([taking], timeout=0.5))[0]
    taking.cancel()
    await asyncio.wait([taking])
    return waiting


async def _take(unit: Unit, notes: Notes, note: UUID, shared: bool) -> None:
    await (unit.beside if shared else unit.alone)(notes.aggregate, note)


@pytest.mark.parametrize("holder", ["beside", "alone"])
@pytest.mark.parametrize("other", ["beside", "alone"])
async def test_many_are_beside_a_stream_and_one_is_alone_with_it(
    store: EventStore, notes: Notes, note: UUID, holder: str, other: str
) -> None:
    async with store.unit(SOMEBODY) as unit:
        await _take(unit, notes, note, holder == "beside")
        assert await waits(store, notes, note, other == "beside") == ("alone" in (holder, other))
        assert not await waits(store, notes, uuid4(), shared=False)
    assert not await waits(store, notes, note, shared=False)


async def test_what_was_read_before_the_lock_is_read_again_under_it(
    store: EventStore, notes: Notes, note: UUID
) -> None:
    async with store.unit(SOMEBODY) as unit:
        await unit.get(notes.aggregate, note)
        async with store.unit(SOMEBODY) as faster:
            await faster.alone(notes.aggregate, note)
            await faster.append(notes.aggregate, note, [notes.changed(note, note, "meanwhile")])
        await unit.beside(notes.aggregate, note)
        assert (await unit.require(notes.aggregate, note)).text == "meanwhile"
