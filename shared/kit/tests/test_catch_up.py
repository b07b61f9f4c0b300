"""A database restored from an older copy takes back from its own topics all that it lacks, or is left as it is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, Uuid

from deploy.local.platform import Platform
from shared.events.envelope import Envelope
from shared.kit.catch_up import Diverged, Told, catch_up
from shared.kit.codec import Codec
from shared.kit.context import Context, now
from shared.kit.database import Database
from shared.kit.effects import Reactions
from shared.kit.kafka import Kafka
from shared.kit.keyring.memory import MemoryKeyring
from shared.kit.read_models import ReadModel
from shared.kit.rebuild import digest
from shared.kit.relay import compare_with_kafka
from shared.kit.store import EventStore
from shared.kit.testing.relayed import Relayed
from shared.kit.tests.conftest import SOMEBODY
from shared.kit.tests.notes import Note, Notes
from shared.kit.tests.test_relay import relayed
from shared.kit.timers import Timer
from shared.kit.unit import Unit

TABLE = Table(
    "notes", MetaData(), Column("id", Uuid, primary_key=True), Column("version", Integer), Column("text", String)
)
DERIVED = ("events", "notes", "timers")
Open = Callable[[str], EventStore]


async def never(unit: Unit, note: UUID) -> None:
    raise AssertionError("not due")


@pytest.fixture
async def opened(notes: Notes, keyring: MemoryKeyring) -> AsyncIterator[Open]:
    """Opens the toy service's store on a database, as it is after a start."""
    databases: list[Database] = []

    def open_store(url: str) -> EventStore:
        databases.append(Database(url))
        row = ReadModel(notes.aggregate, TABLE, lambda note: {"id": note.id, "text": note.text})
        remind: Timer[Note] = Timer(notes.aggregate, "remind", lambda note: note.remind, never)
        return EventStore(notes.service, databases[-1], Codec(keyring, notes.registry), [row], [remind])

    yield open_store
    for database in databases:
        await database.close()


@dataclass
class Copies:
    """The database that was lost, and an older copy of it."""

    lost: EventStore
    copy: EventStore


@dataclass
class Moves:
    """A consumer's progress that counts how often it was written."""

    written: int = 0

    async def open(self, connection: asyncpg.Connection) -> None:
        await self.write(connection)

    async def close(self, connection: asyncpg.Connection, unit: Unit) -> None:
        pass

    async def write(self, connection: asyncpg.Connection) -> None:
        self.written += 1


async def write(store: EventStore, notes: Notes, note: UUID, texts: str, context: Context = SOMEBODY) -> None:
    """One event for each letter; a note that ends with a capital letter reminds of itself tomorrow."""
    for text in texts:
        remind = now() + timedelta(days=1) if text.isupper() else None
        async with store.unit(context) as unit:
            if await unit.get(notes.aggregate, note) is None:
                await unit.start(notes.aggregate, note, [notes.written(note, note, text, remind=remind)])
            else:
                await unit.append(notes.aggregate, note, [notes.changed(note, note, text, remind=remind)])


@pytest.fixture
async def restore(
    platform: Platform, make_database: Callable[[str], Awaitable[str]], opened: Open, kafka: Kafka, notes: Notes
) -> AsyncIterator[Copies]:
    """Five notes, a copy; then the log goes on to Kafka and the database is lost."""
    url = await make_database("ats")
    before, grown = opened(url), [uuid4() for _ in range(5)]
    await before.database.execute("CREATE TABLE notes (id uuid PRIMARY KEY, version int, text text)")
    before.open_for_writing()
    for note in grown:
        await write(before, notes, note, "ab")
    await write(before, notes, grown[4], "T")
    await relayed(before, kafka, notes)
    await before.database.close()
    name = f"copy_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(platform.admin_database_url())
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{url.rpartition("/")[2]}" OWNER ats')
    lost, copy = opened(url), opened(platform.database_url(name, "ats"))
    lost.open_for_writing()
    await write(lost, notes, grown[0], "cd")
    await write(lost, notes, uuid4(), "xyZ")
    await write(lost, notes, grown[4], "u")
    await write(lost, notes, grown[1], "C")
    await relayed(lost, kafka, notes)
    yield Copies(lost, copy)
    await copy.database.close()
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


async def digests(store: EventStore) -> dict[str, str]:
    return {table: await digest(store.database, table) for table in DERIVED}


async def test_the_copy_becomes_what_was_lost_down_to_hashes_read_models_and_timers(
    restore: Copies, kafka: Kafka, notes: Notes
) -> None:
    before, whole = await digests(restore.copy), await digests(restore.lost)
    assert all(before[table] != whole[table] for table in DERIVED)
    await compare_with_kafka(restore.copy, kafka)
    assert "./hirelog catch-up" in (restore.copy.closed_because or "")
    found = await catch_up(restore.copy, kafka)
    assert (found.events, len(found.streams)) == (7, 4)
    assert await digests(restore.copy) == whole
    await compare_with_kafka(restore.copy, kafka)
    assert restore.copy.closed_because is None
    note = uuid4()
    await write(restore.copy, notes, note, "n")
    [(envelope, _)] = await restore.copy.events(notes.stream.name(note))
    assert envelope.position == found.last + 1


async def test_a_dry_run_counts_and_changes_nothing_and_a_second_run_finds_nothing(
    restore: Copies, kafka: Kafka
) -> None:
    before = await digests(restore.copy)
    assert (await catch_up(restore.copy, kafka, dry_run=True)).events == 7
    assert await digests(restore.copy) == before
    assert (await catch_up(restore.copy, kafka)).events == 7
    assert (await catch_up(restore.copy, kafka)).events == 0


async def test_a_copy_that_was_written_to_is_left_as_it_is(restore: Copies, kafka: Kafka, notes: Notes) -> None:
    restore.copy.open_for_writing()
    await write(restore.copy, notes, uuid4(), "w")
    before = await digests(restore.copy)
    with pytest.raises(Diverged, match="was written to after it was restored"):
        await catch_up(restore.copy, kafka)
    assert await digests(restore.copy) == before


async def test_an_event_that_was_being_committed_when_the_copy_was_made_comes_back_too(
    restore: Copies, kafka: Kafka
) -> None:
    # A copy is a snapshot: it may lack a position though it has later ones.
    async with restore.copy.database.connection() as connection:
        await connection.execute("DELETE FROM events WHERE stream = (SELECT stream FROM events WHERE position = 1)")
    assert (await catch_up(restore.copy, kafka)).events == 7 + 2 + 0
    assert (await digests(restore.copy))["events"] == (await digests(restore.lost))["events"]


async def test_the_service_is_told_of_what_came_back_in_the_same_transaction(
    restore: Copies, kafka: Kafka, notes: Notes
) -> None:
    before, told = await digests(restore.copy), list[tuple[str, str]]()

    async def restored(connection: asyncpg.Connection, came_back: Told) -> None:
        told.extend((envelope.stream, event.model_dump()["text"]) for envelope, event in came_back)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await catch_up(restore.copy, kafka, restored)
    assert {text for _, text in told} <= set("cdxyZuC")
    assert told
    assert await digests(restore.copy) == before


async def test_what_a_reaction_had_answered_is_not_reacted_to_again(
    restore: Copies, kafka: Kafka, notes: Notes
) -> None:
    neighbour, reacted = Notes(), list[str]()
    for contract in neighbour.registry.all().values():
        notes.registry.add(contract)
    answered, new = await Relayed(Codec(None, neighbour.registry)).deliveries(
        uuid4(), [neighbour.changed(uuid4(), uuid4(), text) for text in ("answered", "new")]
    )
    because = Context(f"service:{notes.service}", causation=answered.envelope.id)
    await write(restore.lost, notes, uuid4(), "r", because)
    await relayed(restore.lost, kafka, notes)
    await catch_up(restore.copy, kafka)

    async def react(unit: Unit, event: Any, envelope: Envelope) -> None:
        reacted.append(event.text)

    reactions = Reactions(restore.copy, {neighbour.Changed: react})
    moves = [Moves(), Moves()]
    for delivery, progress in zip((answered, new), moves, strict=True):
        await reactions.apply([delivery], progress)
    assert reacted == ["new"]
    assert [progress.written for progress in moves] == [1, 1]
