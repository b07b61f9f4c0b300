"""A unit of work: what one command writes, in one transaction or not at all."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast
from uuid import UUID

import asyncpg
from sqlalchemy import Row, Select

from shared.events.envelope import wire_time
from shared.events.event import Event
from shared.kit import failpoints
from shared.kit.context import Context, new_id, now
from shared.kit.database import Lock
from shared.kit.event_rows import EventRow, Facts, chained, insert, metadata_of
from shared.kit.refusals import AlreadyThere, Conflict, Missing, NewerVersion, Stale
from shared.kit.writes import Write, joined

if TYPE_CHECKING:
    from shared.kit.aggregate import Aggregate
    from shared.kit.store import EventStore, Loaded

S = TypeVar("S")


class Closing(Protocol):
    """What shares the unit's transaction besides its events: an idempotency row, a consumer's position, a timer."""

    async def open(self, connection: asyncpg.Connection) -> None:
        """The transaction's first statement."""

    async def close(self, connection: asyncpg.Connection, unit: "Unit") -> None:
        """The transaction's last statement."""


@dataclass
class _Touched:
    """A stream of this unit: as loaded, and what is to be appended to it."""

    aggregate: "Aggregate[Any]"
    loaded: "Loaded[Any]"
    before: Any = field(init=False)
    pending: list[tuple[UUID, Event]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.before = self.loaded.state

    @property
    def version(self) -> int:
        return self.loaded.version + len(self.pending)


class Unit:
    """Commands fill it, leaving `store.unit(...)` commits it. Reads see what the unit itself has appended."""

    def __init__(self, store: "EventStore", context: Context) -> None:
        self.context = context
        self.store = store
        self._touched: dict[str, _Touched] = {}
        self._begun: list[tuple[Aggregate[Any], object]] = []
        self._first: str | None = None
        self._locks = AsyncExitStack()
        self._take: Lock | None = None
        self.occurred = context.occurred or now()

    async def get(self, aggregate: "Aggregate[S]", of: object) -> S | None:
        return (await self._touch(aggregate, of)).loaded.state

    async def require(self, aggregate: "Aggregate[S]", of: object) -> S:
        state = await self.get(aggregate, of)
        if state is None:
            raise Missing(f"There is no {aggregate.stream.category.replace('-', ' ')} {of}")
        return state

    async def start(self, aggregate: "Aggregate[S]", of: object, events: Sequence[Event]) -> S:
        """Begins a stream. Raises AlreadyThere."""
        name = aggregate.stream.name(of)
        if name not in self._touched:
            # Not looked up: of a stream that is there after all, the unique version says so at the commit.
            self._touched[name] = _Touched(aggregate, self.store.nothing())
            self._begun.append((aggregate, of))
        elif self._touched[name].loaded.state is not None:
            raise AlreadyThere(f"{aggregate.stream.category} {of} exists already")
        return await self.append(aggregate, of, events)

    async def update(self, aggregate: "Aggregate[S]", of: object, decide: Callable[[S], Sequence[Event]]) -> S:
        """Appends what `decide` makes of the stream's state; nothing for an empty answer. Raises Missing, Stale."""
        return await self.append(aggregate, of, decide(await self.require(aggregate, of)))

    async def alone(self, aggregate: "Aggregate[Any]", of: object) -> None:
        """For a decision over several streams: until this unit ends nobody else is alone with, or beside, this one.

        Expected versions guard what is written; what is only read, and must still hold at the commit, this guards.
        """
        await self._lock(aggregate, of, shared=False)

    async def beside(self, aggregate: "Aggregate[Any]", of: object) -> None:
        """Like alone, but many may be beside each other."""
        await self._lock(aggregate, of, shared=True)

    async def _lock(self, aggregate: "Aggregate[Any]", of: object, shared: bool) -> None:
        if self._take is None:
            self._take = await self._locks.enter_async_context(self.store.database.locking())
        await self._take(aggregate.stream.name(of), shared)
        # What was read before the lock may have changed while it was waited for.
        self._touched = {name: touched for name, touched in self._touched.items() if touched.pending}

    async def release(self) -> None:
        await self._locks.aclose()

    async def about(self, aggregate: "Aggregate[Any]", of: object) -> None:
        """Names the stream that the command is about where another one is written before it. Raises Stale."""
        self._first = aggregate.stream.name(of)
        self._assert_expected(await self._touch(aggregate, of))

    async def append(self, aggregate: "Aggregate[S]", of: object, events: Sequence[Event]) -> S:
        touched = await self._touch(aggregate, of)
        if self._first is None:
            self._first = aggregate.stream.name(of)
            self._assert_expected(touched)
        if events and touched.loaded.newer:
            raise NewerVersion(f"{aggregate.stream.name(of)} holds events that this version does not know")
        if events and not touched.pending:
            # Streams are written in the order of their first event, not in that of their first look.
            self._touched[aggregate.stream.name(of)] = self._touched.pop(aggregate.stream.name(of))
        for event in events:
            touched.loaded.state = aggregate.fold(touched.loaded.state, event)
            touched.pending.append((new_id(), event))
        return cast("S", touched.loaded.state)

    async def rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        """Reads the service's own read models, as committed before this unit."""
        return await self.store.database.rows(query)

    @property
    def primary(self) -> tuple[str, int]:
        """The stream that the command is about, and its version after this unit."""
        assert self._first is not None, "the unit touched nothing"
        return self._first, self._touched[self._first].version

    async def commit(self, closing: Closing | None) -> None:
        written = [(name, touched) for name, touched in self._touched.items() if touched.pending]
        if not written and closing is None:
            return
        if written:
            self.store.assert_writable()
        statements = list(joined([*await self._events(written), *self._rows(written), *self._timers(written)]))
        try:
            await self._execute(statements, closing)
        except asyncpg.UniqueViolationError as error:
            await self._assert_begun_here()
            raise Conflict(f"another request was first ({error.constraint_name})") from None
        failpoints.reach("unit.committed")
        if written:
            self.store.committed.set()

    async def _execute(self, statements: Sequence[tuple[str, list[Any]]], closing: Closing | None) -> None:
        if closing is None and len(statements) == 1:
            [(text, arguments)] = statements
            failpoints.reach("unit.writing")
            await self.store.database.execute(text, *arguments)
            return
        async with self.store.database.transaction() as connection:
            if closing is not None:
                await closing.open(connection)
            for text, arguments in statements:
                await connection.execute(text, *arguments)
            if closing is not None:
                await closing.close(connection, self)
            failpoints.reach("unit.writing")

    async def _assert_begun_here(self) -> None:
        """Raises AlreadyThere for a stream that this unit took for new."""
        for aggregate, of in self._begun:
            if (await self.store.load(aggregate, of)).version:
                raise AlreadyThere(f"{aggregate.stream.category} {of} exists already")

    async def _touch(self, aggregate: "Aggregate[Any]", of: object) -> _Touched:
        name = aggregate.stream.name(of)
        if name not in self._touched:
            self._touched[name] = _Touched(aggregate, await self.store.load(aggregate, of))
        return self._touched[name]

    def _assert_expected(self, touched: _Touched) -> None:
        expected, actual = self.context.expected, touched.loaded.version
        if expected is not None and expected != actual:
            since = touched.loaded.types[expected:]
            raise Stale(f"You read version {expected}, it is at version {actual}", changed=since, version=actual)

    def _rows(self, written: Sequence[tuple[str, _Touched]]) -> list[Write]:
        """The read models' rows of the streams as they are now."""
        return [
            model.written(touched.loaded.state, touched.version)
            for _, touched in written
            for model in self.store.read_models(touched.aggregate.stream.category)
        ]

    def _timers(self, written: Sequence[tuple[str, _Touched]]) -> list[Write]:
        """Those that move. History sets none, but what it moves must not go off at the old time."""
        return [
            timer.written(name, None if self.context.history else due)
            for name, touched in written
            for timer in self.store.timers_of(touched.aggregate.stream.category)
            if (due := timer.due_in(touched.loaded.state)) != timer.due_in(touched.before)
        ]

    async def _events(self, written: Sequence[tuple[str, _Touched]]) -> list[Write]:
        """The one write of all pending events; none where there are none."""
        pending = [item for _, touched in written for item in touched.pending]
        if not pending:
            return []
        texts = iter(await self.store.codec.seal(pending))
        metadata = metadata_of(self.context)
        occurred = wire_time(self.occurred)
        values: list[Any] = []
        for name, touched in written:
            stream, loaded = touched.aggregate.stream, touched.loaded
            key = loaded.key or str(getattr(touched.pending[0][1], stream.key))
            previous = loaded.head
            for offset, (event_id, event) in enumerate(touched.pending, start=1):
                text, version = next(texts), loaded.version + offset
                facts = Facts(event_id, name, version, event.wire_type, event.schema_version, key, occurred)
                head = chained(previous, facts, text, metadata)
                values += EventRow(
                    event_id, stream.category, name, version, event.wire_type, event.schema_version, key,
                    self.occurred, text, metadata, previous, head,
                )  # fmt: skip
                previous = head
        return [Write("events", insert(len(pending)), values)]
