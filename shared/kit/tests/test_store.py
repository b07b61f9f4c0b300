"""The store: expected versions, units that are all or nothing, personal fields at rest, the chain of hashes."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.events.envelope import wire_time
from shared.events.event import Registry
from shared.events.personal import Clear, Erased, Sealed
from shared.kit.codec import Codec, Damaged
from shared.kit.context import Context, now
from shared.kit.event_rows import Facts, chained
from shared.kit.keyring.memory import MemoryKeyring
from shared.kit.refusals import Conflict, NewerVersion, ReadOnly, Stale
from shared.kit.store import EventStore
from shared.kit.tests.conftest import SOMEBODY
from shared.kit.tests.notes import Notes
from shared.kit.unit import Unit


async def count(store: EventStore) -> int:
    async with store.database.connection() as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM events")
    return found


async def test_what_was_appended_is_read_back_in_order(store: EventStore, notes: Notes) -> None:
    note, author = uuid4(), uuid4()
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, author, "a"), notes.changed(note, author, "b")])
    loaded = await store.load(notes.aggregate, note)
    assert loaded.state is not None
    assert (loaded.version, loaded.state.text, loaded.state.changes) == (2, "b", 1)


async def test_a_corrected_occurrence_leaves_a_stream_as_it_is_and_writable(store: EventStore, notes: Notes) -> None:
    note, author = uuid4(), uuid4()
    corrected = notes.Corrected(
        note_id=note, author_id=author, event_id=uuid4(), old=now(), new=now() - timedelta(days=1), why="wrong_day"
    )
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, author, "a"), corrected])
    async with store.unit(SOMEBODY) as unit:
        await unit.update(notes.aggregate, note, lambda state: [notes.changed(note, author, f"{state.text}b")])
    loaded = await store.load(notes.aggregate, note)
    assert loaded.state is not None
    assert (loaded.version, loaded.state.text, loaded.state.changes) == (3, "ab", 1)


async def test_a_stream_is_what_its_versions_say_though_the_clock_went_back(store: EventStore, notes: Notes) -> None:
    note, author, noon = uuid4(), uuid4(), now()
    for version, text in enumerate("abc"):
        async with store.unit(Context(actor="test", occurred=noon - timedelta(minutes=version))) as unit:
            event = notes.written if version == 0 else notes.changed
            await unit.append(notes.aggregate, note, [event(note, author, text)])
    assert [envelope.version for envelope, _ in await store.events(notes.stream.name(note))] == [1, 2, 3]
    loaded = await store.load(notes.aggregate, note)
    assert loaded.state is not None
    assert (loaded.version, loaded.state.text) == (3, "c")


async def test_an_event_of_an_older_schema_is_lifted_when_it_is_read(store: EventStore, notes: Notes) -> None:
    note, author = uuid4(), uuid4()
    older = {"note_id": str(note), "author_id": str(author), "words": ["two", "words"]}
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, author)])
    async with store.database.connection() as connection:
        await connection.execute("UPDATE events SET data = $1", json.dumps(older))

    def join(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "text": " ".join(data["words"])}

    newer = Registry()
    notes.stream.event("written", version=2, upcasts={1: join}, personal={1: ()}, into=newer)(notes.Written)
    lifting = EventStore(notes.service, store.database, Codec(None, newer))
    state = (await lifting.load(notes.aggregate, note)).state
    assert state is not None
    assert state.text == "two words"


async def test_of_two_units_on_one_stream_one_wins(store: EventStore, notes: Notes) -> None:
    note, author = uuid4(), uuid4()
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, author)])
    with pytest.raises(Conflict):
        async with store.unit(SOMEBODY) as slow:
            await slow.append(notes.aggregate, note, [notes.changed(note, author, "slow")])
            async with store.unit(SOMEBODY) as quick:
                await quick.append(notes.aggregate, note, [notes.changed(note, author, "quick")])
    loaded = await store.load(notes.aggregate, note)
    assert loaded.state is not None
    assert (loaded.version, loaded.state.text) == (2, "quick")


async def test_a_command_that_meets_a_conflict_decides_again_on_fresh_state(store: EventStore, notes: Notes) -> None:
    note, author, seen = uuid4(), uuid4(), list[str]()
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, author, "first")])

    async def command(unit: Unit) -> None:
        state = await unit.get(notes.aggregate, note)
        assert state is not None
        seen.append(state.text)
        if len(seen) == 1:
            async with store.unit(SOMEBODY) as quick:
                await quick.append(notes.aggregate, note, [notes.changed(note, author, "quick")])
        await unit.append(notes.aggregate, note, [notes.changed(note, author, f"after {state.text}")])

    await store.run(SOMEBODY, command)
    loaded = await store.load(notes.aggregate, note)
    assert loaded.state is not None
    assert (seen, loaded.version, loaded.state.text) == (["first", "quick"], 3, "after quick")


async def test_fifty_writers_without_an_etag_all_get_through_or_are_told(store: EventStore, notes: Notes) -> None:
    note, author = uuid4(), uuid4()
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, author)])

    async def change(number: int) -> bool:
        async def command(unit: Unit) -> None:
            await unit.update(notes.aggregate, note, lambda _: [notes.changed(note, author, str(number))])

        try:
            await store.run(SOMEBODY, command)
        except Conflict:
            return False
        return True

    won = sum(await asyncio.gather(*(change(number) for number in range(50))))
    loaded = await store.load(notes.aggregate, note)
    assert loaded.version == 1 + won
    assert won >= 1


async def test_a_unit_that_raises_writes_nothing(store: EventStore, notes: Notes) -> None:
    with pytest.raises(RuntimeError, match="half-way"):
        async with store.unit(SOMEBODY) as unit:
            await unit.start(notes.aggregate, uuid4(), [notes.written()])
            raise RuntimeError("half-way")
    assert await count(store) == 0


async def test_a_unit_writes_all_its_streams_or_none(store: EventStore, notes: Notes) -> None:
    taken, author = uuid4(), uuid4()
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, taken, [notes.written(taken, author)])
    with pytest.raises(Conflict):
        async with store.unit(SOMEBODY) as unit:
            await unit.start(notes.aggregate, uuid4(), [notes.written()])
            await unit.append(notes.aggregate, taken, [notes.changed(taken, author, "late")])
            async with store.unit(SOMEBODY) as quick:
                await quick.append(notes.aggregate, taken, [notes.changed(taken, author, "quick")])
    assert await count(store) == 2


async def test_a_unit_is_about_the_stream_it_names_and_writes_in_the_order_of_appending(
    store: EventStore, notes: Notes
) -> None:
    subject, first, author = uuid4(), uuid4(), uuid4()
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, subject, [notes.written(subject, author)])
    with pytest.raises(Stale):
        async with store.unit(Context(actor="test", expected=2)) as unit:
            await unit.about(notes.aggregate, subject)
    async with store.unit(Context(actor="test", expected=1)) as unit:
        await unit.about(notes.aggregate, subject)
        await unit.start(notes.aggregate, first, [notes.written(first, author)])
        await unit.append(notes.aggregate, subject, [notes.changed(subject, author, "then")])
    assert unit.primary == (notes.aggregate.stream.name(subject), 2)
    async with store.database.connection() as connection:
        streams = await connection.fetch("SELECT stream FROM events ORDER BY position")
    assert [row["stream"] for row in streams][1:] == [notes.aggregate.stream.name(of) for of in (first, subject)]


async def test_a_stale_if_match_says_what_happened_since(store: EventStore, notes: Notes) -> None:
    note, author = uuid4(), uuid4()
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, author), notes.changed(note, author, "b")])
    with pytest.raises(Stale) as refused:
        async with store.unit(Context(actor="test", expected=1)) as unit:
            await unit.update(notes.aggregate, note, lambda _: [notes.changed(note, author, "c")])
    assert refused.value.extra == {"changed": [notes.Changed.wire_type], "version": 2}


async def test_a_personal_field_is_ciphertext_at_rest_and_erased_without_its_key(
    store: EventStore, notes: Notes, keyring: MemoryKeyring
) -> None:
    note, author = uuid4(), uuid4()
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, author, secret=Clear("shoe size"))])
    async with store.database.connection() as connection:
        assert "shoe" not in await connection.fetchval("SELECT data::text FROM events")
    loaded = await store.load(notes.aggregate, note)
    assert loaded.state is not None
    assert loaded.state.secret == Clear("shoe size")
    keyless = EventStore(notes.service, store.database, Codec(None, notes.registry))
    sealed = (await keyless.load(notes.aggregate, note)).state
    assert sealed is not None
    assert isinstance(sealed.secret, Sealed)
    await keyring.destroy(str(author))
    erased = (await store.load(notes.aggregate, note)).state
    assert erased is not None
    assert isinstance(erased.secret, Erased)


async def test_a_ciphertext_moved_to_another_event_does_not_open(store: EventStore, notes: Notes) -> None:
    one, two, author = uuid4(), uuid4(), uuid4()
    for note in (one, two):
        async with store.unit(SOMEBODY) as unit:
            await unit.start(notes.aggregate, note, [notes.written(note, author, secret=Clear(f"of {note}"))])
    async with store.database.connection() as connection:
        data = json.loads(await connection.fetchval("SELECT data::text FROM events WHERE stream LIKE $1", f"%{one}"))
        await connection.execute("UPDATE events SET data = $1 WHERE stream LIKE $2", json.dumps(data), f"%{two}")
    with pytest.raises(Damaged):
        await store.load(notes.aggregate, two)


async def test_each_event_is_chained_to_the_one_before_it(store: EventStore, notes: Notes) -> None:
    note, author = uuid4(), uuid4()
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, author), notes.changed(note, author, "b")])
    async with store.database.connection() as connection:
        first, second = await connection.fetch("SELECT *, data::text AS d, metadata::text AS m FROM events ORDER BY 1")
    assert bytes(first["previous"]) == b""
    assert bytes(second["previous"]) == bytes(first["hash"])
    facts = Facts(second["id"], second["stream"], 2, second["type"], 1, second["key"], wire_time(second["occurred"]))
    assert bytes(second["hash"]) == chained(bytes(first["hash"]), facts, second["d"], second["m"])


async def test_a_stream_of_a_newer_version_can_be_read_and_not_written(store: EventStore, notes: Notes) -> None:
    note, author = uuid4(), uuid4()
    async with store.unit(SOMEBODY) as unit:
        await unit.start(notes.aggregate, note, [notes.written(note, author)])
    async with store.database.connection() as connection:
        await connection.execute(
            "INSERT INTO events (id, category, stream, version, type, schema_version, key, occurred, data, metadata, "
            "previous, hash) SELECT gen_random_uuid(), category, stream, 2, 'of.the.future', 1, key, occurred, data, "
            "metadata, hash, hash FROM events"
        )
    loaded = await store.load(notes.aggregate, note)
    assert (loaded.version, loaded.newer) == (2, True)
    with pytest.raises(NewerVersion):
        async with store.unit(SOMEBODY) as unit:
            await unit.update(notes.aggregate, note, lambda _: [notes.changed(note, author, "b")])


async def test_a_store_that_was_not_compared_with_kafka_refuses_to_write(store: EventStore, notes: Notes) -> None:
    store.close_for_writing("it is an older copy")
    with pytest.raises(ReadOnly, match="older copy"):
        async with store.unit(SOMEBODY) as unit:
            await unit.start(notes.aggregate, uuid4(), [notes.written()])
    assert await count(store) == 0
