"""The event store: one table in the service's own database, written by units, read by stream."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import asyncpg

from shared.events.envelope import Envelope
from shared.events.event import Event
from shared.kit.aggregate import Aggregate
from shared.kit.codec import Codec
from shared.kit.context import Context
from shared.kit.database import Database
from shared.kit.event_rows import COLUMNS, envelope_of
from shared.kit.read_models import ReadModel
from shared.kit.refusals import Conflict, ReadOnly
from shared.kit.timers import Timer
from shared.kit.unit import Closing, Unit

S = TypeVar("S")
T = TypeVar("T")

TRIES = 3
LOAD = f"SELECT {COLUMNS} FROM events WHERE stream = ANY($1::text[]) ORDER BY stream, version"  # noqa: S608


@dataclass
class Loaded(Generic[S]):
    """A stream as it stood when it was read. `newer` means that it holds types this version does not know."""

    state: S | None
    version: int
    head: bytes
    key: str | None
    types: list[str]
    newer: bool = False


class EventStore:
    """`committed` is set after every commit, for the relay to wake up."""

    def __init__(
        self, service: str, database: Database, codec: Codec, read_models: Collection[ReadModel[Any]] = (),
        timers: Collection[Timer[Any]] = (),
    ) -> None:  # fmt: skip
        self.service = service
        self.database = database
        self.codec = codec
        self.committed = asyncio.Event()
        self._read_models: dict[str, list[ReadModel[Any]]] = {}
        for model in read_models:
            self._read_models.setdefault(model.aggregate.stream.category, []).append(model)
        self.timers = {timer.name: timer for timer in timers}
        self._closed_because: str | None = "the log has not been compared with Kafka yet"

    def open_for_writing(self) -> None:
        self._closed_because = None

    def close_for_writing(self, why: str) -> None:
        self._closed_because = why

    @property
    def closed_because(self) -> str | None:
        return self._closed_because

    def assert_writable(self) -> None:
        if self._closed_because is not None:
            raise ReadOnly(self._closed_because)

    def read_models(self, category: str) -> Sequence[ReadModel[Any]]:
        return self._read_models.get(category, ())

    def timers_of(self, category: str) -> Sequence[Timer[Any]]:
        return [timer for timer in self.timers.values() if timer.aggregate.stream.category == category]

    def all_read_models(self) -> Sequence[ReadModel[Any]]:
        return [model for models in self._read_models.values() for model in models]

    @asynccontextmanager
    async def unit(self, context: Context, closing: Closing | None = None) -> AsyncIterator[Unit]:
        """Everything done inside is one transaction, committed on leaving. Raises Conflict, Stale, ReadOnly."""
        unit = Unit(self, context)
        try:
            yield unit
            await unit.commit(closing)
        finally:
            await unit.release()

    async def run(
        self, context: Context, command: Callable[[Unit], Awaitable[T]], closing: Closing | None = None
    ) -> tuple[T, Unit]:
        """Fills and commits a unit; on a conflict decides again on fresh state, where an If-Match then is stale."""
        for attempt in range(1, TRIES + 1):
            try:
                async with self.unit(context, closing) as unit:
                    answer = await command(unit)
                return answer, unit
            except Conflict:
                if attempt == TRIES:
                    raise
        raise AssertionError("unreachable")

    def nothing(self) -> Loaded[Any]:
        """What a stream that does not exist is loaded as."""
        return Loaded(None, 0, b"", None, [])

    async def load(self, aggregate: Aggregate[S], of: object) -> Loaded[S]:
        """One stream; state None and version 0 where it does not exist."""
        name = aggregate.stream.name(of)
        async with self.database.connection() as connection:
            return (await self.loaded(connection, aggregate, [name]))[name]

    async def states(self, aggregate: Aggregate[S], ids: Collection[object]) -> Mapping[object, S]:
        """The states of many streams, those that exist."""
        async with self.database.connection() as connection:
            loaded = await self.loaded(connection, aggregate, [aggregate.stream.name(i) for i in ids])
        found = {i: loaded[aggregate.stream.name(i)].state for i in ids}
        return {i: state for i, state in found.items() if state is not None}

    async def events(self, *streams: str) -> list[tuple[Envelope, Event]]:
        """The events of streams, one stream after the other, decrypted; those of unknown type are left out."""
        async with self.database.connection() as connection:
            rows = await connection.fetch(LOAD, list(streams))
        records = [(envelope_of(row, self.service), row["data"]) for row in rows]
        known = [record for record in records if record[0].type in self.codec.registry]
        opened = await self.codec.open(known)
        return [(record[0], event) for record, event in zip(known, opened, strict=True)]

    async def loaded(
        self, connection: asyncpg.Connection, aggregate: Aggregate[S], names: Sequence[str]
    ) -> dict[str, Loaded[S]]:
        """Streams of one kind by name, as this connection's transaction sees them."""
        loaded: dict[str, Loaded[S]] = {name: self.nothing() for name in names}
        rows = await connection.fetch(LOAD, list(names))
        readable = [
            (row, (envelope_of(row, self.service), row["data"])) for row in rows if row["type"] in self.codec.registry
        ]
        opened = await self.codec.open([record for _, record in readable])
        for row in rows:
            stream = loaded[row["stream"]]
            stream.version, stream.head, stream.key = row["version"], bytes(row["hash"]), row["key"]
            stream.types.append(row["type"])
            stream.newer = stream.newer or row["type"] not in self.codec.registry
        for (row, _), event in zip(readable, opened, strict=True):
            stream = loaded[row["stream"]]
            stream.state = aggregate.fold(stream.state, event)
        return loaded
