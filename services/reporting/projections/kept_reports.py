"""Reports of what is kept: facts are folded of those few of whom something new is known, or other clocks knew less."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import asyncpg
import numpy as np

from services.reporting.metrics.block import Flags
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Counts, Name, Shape
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.gathering import Gathering, Key
from services.reporting.metrics.keeping import FINGERPRINT, Keeps, kept
from services.reporting.metrics.report import Cell, Definition, Part, Report
from services.reporting.metrics.world import World
from services.reporting.projections.around import Around
from services.reporting.projections.columns import Columns, key_of
from services.reporting.projections.history import TooMuch
from services.reporting.projections.kept import KEPT_BY, LOCK
from services.reporting.projections.marks import KNOWN
from services.reporting.projections.subjects import facts_of, marked, together
from shared.kit.computing import compute
from shared.kit.database import Database
from shared.kit.refusals import Invalid, ReadOnly

MOST = 40_000
"""Of them facts are folded for one answer: a few seconds."""
MARKED = "SELECT kind, id FROM marks LIMIT $1"
IDS = "SELECT unnest(ids) AS id FROM kept WHERE kind = $1 AND subject = ANY($2::uuid[])"


class Unfolded(ReadOnly):
    slug, title = "unfolded", "Reports lack too much of what is new"
    next_step = "ask again in a while: the consumers of reporting are folding it; look whether they run"


@dataclass(frozen=True)
class Wanted:
    """Which parts: of the row of this cell or, without one, of every row, the first of those that come `after`."""

    cell: str | None
    after: str | None
    limit: int

    @property
    def subject(self) -> UUID:
        """Of the part that comes before. Raises Invalid."""
        try:
            return UUID((self.after or "")[:36])
        except ValueError:
            raise Invalid(f"No part stands before {self.after!r}", "open the link `explain` of the row again") from None


class KeptReports:
    """For one who asks at a time: what they hold in memory changes while they answer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._columns, self._around = Columns(), Around()
        self._reading: asyncio.Task[None] | None = None

    async def report(
        self, definition: Definition[Any, Any, Any], question: Any, clocks: Clocks, wanted: Wanted | None = None
    ) -> Report[Any, Any]:
        """Without parts, or with those wanted, of what answers. Raises TooMuch, Unfolded, Invalid."""
        way, counts = kept(definition), definition.compute
        assert way is not None
        assert isinstance(counts, Counts)
        clocks = counts.clocks(clocks, question)
        while True:
            # The first reading, and the one after a rebuild, go on though who asked for it is broken off.
            if self._reading is not None:
                await asyncio.shield(self._reading)
            async with self._moment() as connection:
                if await self._columns.of_these(connection):
                    await self._columns.follow(connection)
                    await self._around.follow(connection)
                    holds, facts = await self._besides(connection, way, clocks)
                    asked = Asked(way, counts, question, clocks, self._columns, self._around, holds, facts)
                    report = await compute(asked.report)
                    return report if wanted is None else await asked.with_parts(report, wanted, connection)
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async with self._moment() as connection:
                await self._columns.follow(connection)
        finally:
            self._reading = None

    @asynccontextmanager
    async def _moment(self) -> AsyncIterator[asyncpg.Connection]:
        async with self._database.long_transaction("repeatable_read") as connection:
            # Before the moment that is seen is fixed: who sees an earlier one than a swap finds its tables empty.
            await connection.execute(LOCK)
            yield connection

    async def _besides(
        self, connection: asyncpg.Connection, way: Keeps, clocks: Clocks
    ) -> tuple[Flags | None, list[Fact]]:
        marks = await connection.fetch(MARKED, MOST + 1)
        if len(marks) > MOST:
            raise Unfolded(f"What is new of more than {MOST:,} persons, seats or jobs is not folded yet")
        holds, other = self._columns.standing(way, clocks)
        if len(other) > MOST:
            raise TooMuch(f"The events of more than {MOST:,} {way.subject}s have to be folded for it")
        if (by := await connection.fetchval(KEPT_BY)) is not None and by != FINGERPRINT:
            raise Unfolded("What is kept was made by another version of reporting")
        new = await marked(connection, way.subject, _concern(way, marks), self._around)
        if len(new) > MOST:
            raise Unfolded(f"What is new concerns more than {MOST:,} {way.subject}s, and is not folded yet")
        ids = {of for same in await together(connection, way.subject, new) for of in same} if new else set()
        again = self._columns.indexes(way.subject, ids)
        holds = self._columns.but(holds, again)
        rest = self._columns.subjects(other[~np.isin(other, again)])
        ids |= {row["id"] for row in await connection.fetch(IDS, way.subject, rest)} if rest else set()
        return holds, await _facts(connection, ids, way, clocks)


@dataclass(frozen=True)
class Asked:
    """One question; `holds` tells by subject whether what is kept answers it, None: it does for all.

    `facts` are of those for whom it does not.
    """

    way: Keeps
    counts: Counts[Any, Any, Any]
    question: Any
    clocks: Clocks
    columns: Columns
    around: Around
    holds: Flags | None
    facts: Sequence[Fact]

    def report(self) -> Report[Any, Any]:
        gathering = self._gathering()
        for block in self.columns.blocks(self.way):
            gathering.add_kept(block, self.columns.stand(block, self.holds))
        gathering.add(self.counts.counted(self._world(self.facts), self.question))
        plans = self.around.plans(self.clocks)
        cells: list[Cell[Any, Any]] = []
        for group, _, tally in gathering.groups():
            for row in self.counts.rows(group, tally, plans, self.question):
                cells.append(Cell(row, (), tally.count(partial(self._in_row, self.counts.named(row)))))
        return Report(cells, gathering.left_out)

    def _in_row(self, name: Name, shape: Shape) -> bool:
        return name in self.counts.names(shape)

    async def with_parts(
        self, report: Report[Any, Any], wanted: Wanted, connection: asyncpg.Connection
    ) -> Report[Any, Any]:
        """The same, each row that is wanted with some more of its parts than the limit."""
        rows = {id(cell): cell for cell in report.cells if wanted.cell in (None, cell.row.cell)}
        chosen: set[UUID] = set()
        for cell in rows.values():
            chosen |= set(await compute(partial(self._first, cell, wanted)))
        if len(chosen) > MOST:
            raise TooMuch(f"Parts of more than {MOST:,} {self.way.subject}s have to be folded for it")
        ids = {row["id"] for row in await connection.fetch(IDS, self.way.subject, list(chosen))} if chosen else set()
        facts = await _facts(connection, ids, self.way, self.clocks)
        parts = await compute(partial(self._parts, facts))
        # Of who has more than one part some may come before the page, others behind it.
        return Report([
            Cell(cell.row, parts.get((self._key(cell), self.counts.named(cell.row)), ()), cell.count)
            if id(cell) in rows else cell for cell in report.cells
        ], report.left_out)  # fmt: skip

    def _first(self, cell: Cell[Any, Any], wanted: Wanted) -> list[UUID]:
        """Persons of the row whose parts come first, of those that are kept."""
        key, name, gathering = self._key(cell), self.counts.named(cell.row), self._gathering()
        owners = np.concatenate([np.empty(0, np.int32), *(
            gathering.owners(block, self.columns.stand(block, self.holds), key, name)
            for block in self.columns.blocks(self.way)
        )])  # fmt: skip
        after = None if wanted.after is None else key_of(self.way.subject, wanted.subject)
        return self.columns.first(owners, after, wanted.limit + 2)

    def _parts(self, facts: Sequence[Fact]) -> Mapping[tuple[Key, Name], list[Part]]:
        found: dict[tuple[Key, Name], list[Part]] = {}
        world = self._world({fact.id: fact for fact in (*self.facts, *facts)}.values())
        for key, one in self._gathering().add(self.counts.counted(world, self.question)):
            for name in self.counts.names(one.shape):
                found.setdefault((key, name), []).append(one.part(name))
        return found

    def _key(self, cell: Cell[Any, Any]) -> Key:
        return tuple(cell.row.group.values())

    def _gathering(self) -> Gathering:
        return Gathering(self.way, self.question, self.clocks.as_of, self.columns.words)

    def _world(self, facts: Collection[Fact]) -> World:
        return World(facts, self.clocks, self.around.world(self.clocks, facts))


def _concern(way: Keeps, marks: Sequence[asyncpg.Record]) -> list[tuple[str, UUID]]:
    """Those that what this way counts may depend on."""
    of_no_use = KNOWN.keys() - {model.stream.category for model in way.reads}
    return [(row["kind"], row["id"]) for row in marks if row["kind"] not in of_no_use]


async def _facts(connection: asyncpg.Connection, ids: Collection[UUID], way: Keeps, clocks: Clocks) -> list[Fact]:
    found = await facts_of(connection, way.subject, ids, way.reads) if ids else {}
    # Who took two seats is among the facts of both.
    facts = {fact.id: fact for of in found.values() for fact in of}
    return [fact for fact in facts.values() if fact.known < clocks.known_at]


def answers(definition: Definition[Any, Any, Any], question: Any) -> bool:
    """Whether what is kept does."""
    counts = definition.compute
    return kept(definition) is not None and isinstance(counts, Counts) and counts.ways.of(question) in counts.variants


_REPORTS: WeakKeyDictionary[Database, KeptReports] = WeakKeyDictionary()


def kept_reports(database: Database) -> KeptReports:
    """Those of this process: what they hold in memory is the same for everybody who asks."""
    return _REPORTS.setdefault(database, KeptReports(database))
