"""What a consumer does with events: react, one event one unit, or project, a batch in one transaction."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol, TypeVar

import asyncpg
from aiokafka import ConsumerRecord

from shared.events.envelope import Envelope
from shared.events.event import Event
from shared.kit import failpoints
from shared.kit.codec import Codec
from shared.kit.context import Context, because_of
from shared.kit.database import Database
from shared.kit.store import EventStore
from shared.kit.unit import Closing, Unit

E = TypeVar("E", bound=Event)
REACTED = "SELECT EXISTS (SELECT FROM reacted WHERE event_id = $1)"


class Delivery(NamedTuple):
    """A record that is next in its stream: its envelope, and when Kafka took it (`known`)."""

    record: ConsumerRecord
    envelope: Envelope

    @property
    def known(self) -> datetime:
        return datetime.fromtimestamp(self.record.timestamp / 1000, UTC)


class Moves(Closing, Protocol):
    """A closing that can also be written outside a unit: how far the consumer, or a redrive, has come."""

    async def write(self, connection: asyncpg.Connection) -> None: ...


class Effect(Protocol):
    """`most` is how many deliveries share one transaction."""

    most: int

    def handles(self, wire_type: str) -> bool: ...

    async def apply(self, deliveries: Sequence[Delivery], progress: Moves) -> None:
        """Does it and writes `progress`, in one transaction."""


Reaction = Callable[[Unit, Any, Envelope], Awaitable[None]]


class Reactions:
    """When another service says X, do Y: one function per event type, each filling a unit."""

    most = 1

    def __init__(self, store: EventStore, table: Mapping[type[Event], Reaction]) -> None:
        self._store = store
        self._table = {model.wire_type: reaction for model, reaction in table.items()}

    def handles(self, wire_type: str) -> bool:
        return wire_type in self._table

    async def apply(self, deliveries: Sequence[Delivery], progress: Moves) -> None:
        [delivery] = deliveries
        envelope = delivery.envelope
        if await self._reacted_before(envelope):
            async with self._store.database.transaction() as connection:
                await progress.write(connection)
            return
        [event] = await self._store.codec.open([(envelope, delivery.record.value)])
        reaction = self._table[envelope.type]
        context: Context = because_of(envelope, f"service:{self._store.service}")
        await self._store.run(context, lambda unit: reaction(unit, event, envelope), progress)

    async def _reacted_before(self, envelope: Envelope) -> bool:
        """In a database that was restored since: what followed came back from the log."""
        async with self._store.database.connection() as connection:
            found: bool = await connection.fetchval(REACTED, envelope.id)
        return found


Projector = Callable[[asyncpg.Connection, Sequence[tuple[Delivery, Event]]], Awaitable[None]]
Noting = Callable[[asyncpg.Connection, Sequence[Delivery]], Awaitable[None]]
Report = Callable[[str, int, int], None]
"""Told now and then how much of how much is done: (what, done, total)."""


class Share(NamedTuple):
    """Which part of the work a process does: this one of so many."""

    number: int
    of: int


WHOLE = Share(0, 1)


@dataclass(frozen=True)
class Derived:
    """Tables that follow from those of a projection, in their own time: `fold` brings a share of them up to date.

    In a schema; others may fold other shares meanwhile.
    """

    tables: Sequence[str]
    fold: Callable[[str, Report | None, Share], Awaitable[None]]


class Projection:
    """Tables fed from topics in batches. Live and rebuild are the same code: a rebuild runs it in another schema.

    `unknown` notes, unread, the events of other types, which are passed by where it is not given. `derived` tables are
    rebuilt beside the others, and not compared with a replay. `by_key`: it finds rows by unique keys alone, so that the
    other indexes can wait until a rebuild has read the log.
    """

    def __init__(
        self,
        database: Database,
        codec: Codec,
        tables: Sequence[str],
        types: frozenset[str],
        project: Projector,
        schema: str = "public",
        most: int = 2_000,
        unknown: Noting | None = None,
        derived: Derived | None = None,
        by_key: bool = False,
    ) -> None:
        self.tables = tables
        self.most = most
        self.derived = derived
        self.by_key = by_key
        self._unknown = unknown
        self._database, self._codec = database, codec
        self._types, self._project, self._schema = types, project, schema

    def shadow(self, schema: str) -> "Projection":
        of = self._database, self._codec, self.tables, self._types, self._project
        return Projection(*of, schema, self.most, self._unknown, self.derived, self.by_key)

    def handles(self, wire_type: str) -> bool:
        return self._unknown is not None or wire_type in self._types

    async def apply(self, deliveries: Sequence[Delivery], progress: Moves) -> None:
        unknown = [d for d in deliveries if d.envelope.type not in self._types] if self._unknown else []
        known = [d for d in deliveries if d.envelope.type in self._types] if unknown else deliveries
        events = await self._codec.open([(d.envelope, d.record.value) for d in known])
        async with self._database.transaction() as connection:
            await progress.write(connection)
            if self._schema != "public":
                await connection.execute(f"SET LOCAL search_path TO {self._schema}, public")
            if known:
                await self._project(connection, list(zip(known, events, strict=True)))
            if self._unknown and unknown:
                await self._unknown(connection, unknown)
            failpoints.reach("consumer.applied")
