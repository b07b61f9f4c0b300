"""What an event has for effect and how far the consumer has come are written together, or neither is."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.events.envelope import Envelope
from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.database import Database
from shared.kit.effects import Delivery, Projection, Reactions
from shared.kit.progress import Progress, Superseded
from shared.kit.store import EventStore
from shared.kit.testing.relayed import Relayed
from shared.kit.tests.notes import Notes
from shared.kit.unit import Unit

NEXT = "SELECT next_offset FROM positions WHERE consumer = 'c'"


@pytest.fixture
def neighbour(notes: Notes) -> Notes:
    """Another service, whose events this one knows."""
    made = Notes()
    for contract in made.registry.all().values():
        notes.registry.add(contract)
    return made


async def told(neighbour: Notes, note: UUID) -> Delivery:
    [delivery] = await Relayed(Codec(None, neighbour.registry)).deliveries(note, [neighbour.written(note, note)])
    return delivery


async def standing_at(database: Database, delivery: Delivery, offset: int) -> Progress:
    """Progress by one record, of a consumer that thinks it stands at the record and really stands at `offset`."""
    record = delivery.record
    await database.execute(
        "INSERT INTO positions VALUES ('c', $1, $2, $3)", record.topic, record.partition, record.offset + offset
    )
    return Progress("c", record.topic, record.partition, record.offset, record.offset + 1)


@pytest.mark.parametrize("ahead", [0, 1])
async def test_a_reaction_of_one_that_was_overtaken_leaves_no_event(
    store: EventStore, notes: Notes, neighbour: Notes, ahead: int
) -> None:
    note = uuid4()
    delivery = await told(neighbour, note)
    progress = await standing_at(store.database, delivery, ahead)

    async def copy(unit: Unit, event: Any, envelope: Envelope) -> None:
        await unit.start(notes.aggregate, note, [notes.written(note, note, event.text)])

    reactions = Reactions(store, {neighbour.Written: copy})
    if ahead:
        with pytest.raises(Superseded):
            await reactions.apply([delivery], progress)
    else:
        await reactions.apply([delivery], progress)
    assert (await store.load(notes.aggregate, note)).version == 1 - ahead
    async with store.database.connection() as connection:
        assert await connection.fetchval(NEXT) == delivery.record.offset + 1


async def test_a_reaction_that_can_not_be_written_leaves_the_position_where_it_was(
    store: EventStore, notes: Notes, neighbour: Notes
) -> None:
    delivery = await told(neighbour, uuid4())
    progress = await standing_at(store.database, delivery, 0)

    async def copy(unit: Unit, event: Any, envelope: Envelope) -> None:
        await unit.start(notes.aggregate, uuid4(), [notes.written()])
        await unit.store.database.execute("ALTER TABLE events RENAME TO gone")

    with pytest.raises(asyncpg.UndefinedTableError):
        await Reactions(store, {neighbour.Written: copy}).apply([delivery], progress)
    async with store.database.connection() as connection:
        assert await connection.fetchval(NEXT) == delivery.record.offset


async def test_a_projection_that_fails_leaves_the_position_where_it_was(database: Database, neighbour: Notes) -> None:
    delivery = await told(neighbour, uuid4())
    progress = await standing_at(database, delivery, 0)
    await database.execute("CREATE TABLE texts (text text)")

    async def project(connection: asyncpg.Connection, batch: Sequence[tuple[Delivery, Event]]) -> None:
        await connection.execute("INSERT INTO texts VALUES ('half')")
        raise InterruptedError

    projection = Projection(database, Codec(None, neighbour.registry), ["texts"], frozenset(), project)
    with pytest.raises(InterruptedError):
        await projection.apply([delivery], progress)
    async with database.connection() as connection:
        assert await connection.fetchval(NEXT) == delivery.record.offset
        assert await connection.fetchval("SELECT count(*) FROM texts") == 0


async def test_events_of_types_unknown_to_a_projection_are_noted_unread_and_in_the_same_transaction(
    database: Database, neighbour: Notes
) -> None:
    delivery = await told(neighbour, uuid4())
    strange = Delivery(delivery.record, delivery.envelope._replace(type="toy.note.exploded"))
    taken: list[tuple[str, str]] = []

    async def project(connection: asyncpg.Connection, batch: Sequence[tuple[Delivery, Event]]) -> None:
        taken.extend(("projected", event.wire_type) for _, event in batch)

    async def note(connection: asyncpg.Connection, batch: Sequence[Delivery]) -> None:
        taken.extend(("noted", other.envelope.type) for other in batch)
        assert await connection.fetchval(NEXT) == delivery.record.offset + 1

    types = frozenset({delivery.envelope.type})
    projection = Projection(database, Codec(None, neighbour.registry), [], types, project, unknown=note)
    assert projection.shadow("shadow").handles("toy.note.exploded")
    await projection.apply([delivery, strange], await standing_at(database, delivery, 0))
    assert taken == [("projected", delivery.envelope.type), ("noted", "toy.note.exploded")]
    assert not Projection(database, Codec(), [], types, project).handles("toy.note.exploded")
