"""Reports of what is kept: facts are folded of those few of whom something new is known, or other clocks knew less."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import asyncpg
import numpy as np

from services.reporting.metrics.block import Flags
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Counts, Key, Name, Shape, Tallies
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.gathering import Gathering
from services.reporting.metrics.keeping import FINGERPRINT, Keeps, keeps
from services.reporting.metrics.report import Cell, Part, Report
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
MOST_ROWS = 200
"""Of which parts are given at once: for each all that is kept is gone through."""
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
        self, counts: Counts[Any, Any, Any], question: Any, clocks: Clocks, wanted: Wanted | None = None
    ) -> Report[Any, Any]:
        """Without parts, or with those wanted. Raises TooMuch, Unfolded, Invalid."""
        while True:
            # The first reading, and the one after a rebuild, go on though who asked for it is broken off.
            if self._reading is not None:
                await asyncio.shield(self._reading)
            async with self._moment() as connection:
                if await self._columns.of_these(connection):
                    await self._columns.follow(connection)
                    await self._around.follow(connection)
                    asked = await self._asked(connection, await _marks(connection), counts, question, clocks)
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
            if await connection.fetchval(KEPT_BY) not in (None, FINGERPRINT):
                raise Unfolded("What is kept was made by another version of reporting")
            yield connection

    async def _asked(
        self, connection: asyncpg.Connection, marks: Sequence[asyncpg.Record], counts: Counts[Any, Any, Any],
        question: Any, clocks: Clocks,
    ) -> "Asked":  # fmt: skip
        question, clocks = counts.at(question, clocks), counts.clocks(clocks, question)
        summands = [await self._summand(connection, marks, keeps(each), clocks) for each in counts.summed]
        beside = None
        if (other := counts.beside) is not None:
            beside = await self._asked(connection, marks, other.counts, other.asks(question, clocks), clocks)
        return Asked(counts, question, clocks, self._columns, self._around, summands, beside)

    async def _summand(
        self, connection: asyncpg.Connection, marks: Sequence[asyncpg.Record], way: Keeps, clocks: Clocks
    ) -> "Summand":
        holds, other = self._columns.standing(way, clocks)
        if len(other) > MOST:
            raise TooMuch(f"The events of more than {MOST:,} {way.subject}s have to be folded for it")
        new = await marked(connection, way.subject, _concern(way, marks), self._around)
        if len(new) > MOST:
            raise Unfolded(f"What is new concerns more than {MOST:,} {way.subject}s, and is not folded yet")
        ids = {of for same in await together(connection, way.subject, new) for of in same} if new else set()
        again = self._columns.indexes(way.subject, ids)
        holds = self._columns.but(holds, again)
        rest = self._columns.subjects(other[~np.isin(other, again)])
        ids |= {row["id"] for row in await connection.fetch(IDS, way.subject, rest)} if rest else set()
        return Summand(way, holds, await _facts(connection, ids, way, clocks))


@dataclass(frozen=True)
class Summand:
    """`holds` tells by subject whether what is kept answers, None: it does for all; `facts`: of those for whom not."""

    way: Keeps
    holds: Flags | None
    facts: Sequence[Fact]


@dataclass(frozen=True)
class Asked:
    """One question, and what is summed for it."""

    counts: Counts[Any, Any, Any]
    question: Any
    clocks: Clocks
    columns: Columns
    around: Around
    summands: Sequence[Summand]
    beside: "Asked | None" = None

    def report(self) -> Report[Any, Any]:
        gathering, plans = self._gathered(), self.around.plans(self.clocks)
        cells: list[Cell[Any, Any]] = []
        for group, _, tally in gathering.groups(self._tallies):
            for row in self.counts.rows(group, tally, plans, self.question):
                cells.append(Cell(row, (), tally.count(partial(self._in_row, self.counts.named(row)))))
        return Report(cells, gathering.left_out)

    @cached_property
    def _tallies(self) -> Tallies:
        """Of what rows are told of besides."""
        return {key: tally for _, key, tally in self.beside._gathered().groups()} if self.beside else {}

    def _gathered(self) -> Gathering:
        gathering = self._gathering()
        for summand in self.summands:
            for block in self.columns.blocks(summand.way):
                gathering.add_kept(summand.way, block, self.columns.stand(block, summand.holds))
            gathering.add(summand.way, summand.way.counts.counted(self._world(summand.facts), self.question))
        return gathering

    def _in_row(self, name: Name, shape: Shape) -> bool:
        return name in self.counts.names(shape)

    async def with_parts(
        self, report: Report[Any, Any], wanted: Wanted, connection: asyncpg.Connection
    ) -> Report[Any, Any]:
        """The same, each row that is wanted with some more of its parts than the limit."""
        rows = {id(cell): cell for cell in report.cells if wanted.cell in (None, cell.row.cell)}
        if len(rows) > MOST_ROWS:
            raise Invalid(f"{len(rows):,} rows are too many at once", "open the link `explain` of one of them")
        parts: dict[tuple[Key, Name], list[Part]] = defaultdict(list)
        for summand in self.summands:
            way, chosen = summand.way, set[UUID]()
            for cell in rows.values():
                chosen |= set(await compute(partial(self._first, summand, cell, wanted)))
            if len(chosen) > MOST:
                raise TooMuch(f"Parts of more than {MOST:,} {way.subject}s have to be folded for it")
            ids = {row["id"] for row in await connection.fetch(IDS, way.subject, list(chosen))} if chosen else set()
            facts = await _facts(connection, ids, way, self.clocks)
            for of, some in (await compute(partial(self._parts, summand, facts))).items():
                parts[of] += some
        # Of who has more than one part some may come before the page, others behind it.
        return Report([
            Cell(cell.row, parts.get((self._key(cell), self.counts.named(cell.row)), ()), cell.count)
            if id(cell) in rows else cell for cell in report.cells
        ], report.left_out)  # fmt: skip

    def _first(self, summand: Summand, cell: Cell[Any, Any], wanted: Wanted) -> list[UUID]:
        """Subjects of the row whose parts come first, of those that are kept."""
        key, name, gathering, way = self._key(cell), self.counts.named(cell.row), self._gathering(), summand.way
        owners = np.concatenate([np.empty(0, np.int32), *(
            gathering.owners(way, block, self.columns.stand(block, summand.holds), key, name)
            for block in self.columns.blocks(way)
        )])  # fmt: skip
        after = None if wanted.after is None else key_of(way.subject, wanted.subject)
        return self.columns.first(owners, after, wanted.limit + 2)

    def _parts(self, summand: Summand, facts: Sequence[Fact]) -> Mapping[tuple[Key, Name], list[Part]]:
        found: dict[tuple[Key, Name], list[Part]] = {}
        world = self._world({fact.id: fact for fact in (*summand.facts, *facts)}.values())
        for key, one in self._gathering().add(summand.way, summand.way.counts.counted(world, self.question)):
            for name in summand.way.counts.names(one.shape):
                found.setdefault((key, name), []).append(self.counts.part(one, name, self._tallies))
        return found

    def _key(self, cell: Cell[Any, Any]) -> Key:
        return tuple(cell.row.group.values())

    def _gathering(self) -> Gathering:
        return Gathering(self.question, self.clocks.as_of, self.columns.words)

    def _world(self, facts: Collection[Fact]) -> World:
        return World(facts, self.clocks, self.around.world(self.clocks, facts))


async def _marks(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    """Of whom and of what something is new. Raises Unfolded."""
    marks: Sequence[asyncpg.Record] = await connection.fetch(MARKED, MOST + 1)
    if len(marks) > MOST:
        raise Unfolded(f"What is new of more than {MOST:,} persons, seats or jobs is not folded yet")
    return marks


def _concern(way: Keeps, marks: Sequence[asyncpg.Record]) -> list[tuple[str, UUID]]:
    """Those that what this way counts may depend on."""
    of_no_use = KNOWN.keys() - {model.stream.category for model in way.reads}
    return [(row["kind"], row["id"]) for row in marks if row["kind"] not in of_no_use]


async def _facts(connection: asyncpg.Connection, ids: Collection[UUID], way: Keeps, clocks: Clocks) -> list[Fact]:
    found = await facts_of(connection, way.subject, ids, way.reads) if ids else {}
    # Who took two seats is among the facts of both.
    facts = {fact.id: fact for of in found.values() for fact in of}
    return [fact for fact in facts.values() if fact.known < clocks.known_at]


_REPORTS: WeakKeyDictionary[Database, KeptReports] = WeakKeyDictionary()


def kept_reports(database: Database) -> KeptReports:
    """Those of this process: what they hold in memory is the same for everybody who asks."""
    return _REPORTS.setdefault(database, KeptReports(database))
