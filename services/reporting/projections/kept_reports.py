"""Reports of what is kept: facts are folded of those few of whom something new is known, or other clocks knew less."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import asyncpg
import numpy as np

from services.reporting.metrics.block import Flags
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Asks, Counted, Counts
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.gathering import Gathering, Key
from services.reporting.metrics.keeping import FINGERPRINT, Keeps, kept
from services.reporting.metrics.report import Cell, Definition, Part, Report, Row, Rule
from services.reporting.metrics.world import World
from services.reporting.projections.around import Around
from services.reporting.projections.columns import Columns, key_of
from services.reporting.projections.history import TooMuch
from services.reporting.projections.kept import KEPT_BY, LOCK
from services.reporting.projections.marks import KNOWN
from services.reporting.projections.subjects import facts_of, marked, together
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

    async def report(
        self,
        definition: Definition[Any, Any, Any],
        question: Any,
        clocks: Clocks,
        wanted: Wanted | None = None,
        rule: Rule | None = None,
    ) -> Report[Any, Any] | None:
        """Without parts, or with those wanted of all that the rule takes; None where nothing is kept.

        Raises TooMuch, Unfolded, Invalid.
        """
        way, counts = kept(definition), definition.compute
        if way is None or not isinstance(counts, Counts) or counts.ways.of(question) not in counts.variants:
            return None
        clocks = counts.clocks(clocks, question)
        async with self._database.long_transaction("repeatable_read") as connection:
            # Before the moment that is seen is fixed: who sees an earlier one than a swap finds its tables empty.
            await connection.execute(LOCK)
            await self._columns.follow(connection)
            await self._around.follow(connection)
            holds, facts = await self._besides(connection, way, clocks)
            asked = Asked(way, counts, question, clocks, self._columns, self._around, holds, facts, rule)
            report = await asyncio.to_thread(asked.report)
            if wanted is None:
                return report
            return await asked.with_parts(report, wanted, connection)

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

    `facts` are of those for whom it does not. `rule`: which parts are asked for, None: all of each row.
    """

    way: Keeps
    counts: Counts[Any, Any, Any]
    question: Any
    clocks: Clocks
    columns: Columns
    around: Around
    holds: Flags | None
    facts: Sequence[Fact]
    rule: Rule | None = None

    def report(self) -> Report[Any, Any]:
        gathering = self._gathering()
        for block in self.columns.blocks(self.way):
            gathering.add_kept(block, self.columns.stand(block, self.holds))
        gathering.add(self.counts.counted(self._world(self.facts), self.question))
        plans = self.around.plans(self.clocks)
        cells: list[Cell[Any, Any]] = []
        for group, _, tally in gathering.groups():
            for row in self.counts.rows(group, tally, plans, self.question):
                others = self.counts.others(self.rule, self.counts.named(row), tally, self.question)
                cells.append(Cell(row, (), tally.count(self._takes(row)), others))
        return Report(cells, gathering.left_out)

    def _takes(self, row: Row) -> Asks:
        return self.counts.behind(self.rule, self.counts.named(row), self.question)

    async def with_parts(
        self, report: Report[Any, Any], wanted: Wanted, connection: asyncpg.Connection
    ) -> Report[Any, Any]:
        """The same, each row that is wanted with some more of its parts than the limit."""
        rows = {id(cell): cell for cell in report.cells if wanted.cell in (None, cell.row.cell)}
        chosen: set[UUID] = set()
        for cell in rows.values():
            chosen |= set(await asyncio.to_thread(self.first, cell, wanted))
        if len(chosen) > MOST:
            raise TooMuch(f"Parts of more than {MOST:,} {self.way.subject}s have to be folded for it")
        ids = {row["id"] for row in await connection.fetch(IDS, self.way.subject, list(chosen))} if chosen else set()
        facts = await _facts(connection, ids, self.way, self.clocks)
        taken = await asyncio.to_thread(self._taken, facts)
        # Of who has more than one part some may come before the page, others behind it.
        return Report([
            Cell(cell.row, self._parts(cell.row, taken.get(self._key(cell), ())), cell.count, cell.others)
            if id(cell) in rows else cell for cell in report.cells
        ], report.left_out)  # fmt: skip

    def first(self, cell: Cell[Any, Any], wanted: Wanted) -> list[UUID]:
        """Whose parts come first of those asked for in the row, among those that are kept."""
        key, takes, gathering = self._key(cell), self._takes(cell.row), self._gathering()
        owners = np.concatenate([np.empty(0, np.int32), *(
            gathering.owners(block, self.columns.stand(block, self.holds), key, takes)
            for block in self.columns.blocks(self.way)
        )])  # fmt: skip
        after = None if wanted.after is None else key_of(self.way.subject, wanted.subject)
        return self.columns.first(owners, after, wanted.limit + 2)

    def _taken(self, facts: Sequence[Fact]) -> Mapping[Key, list[Counted[Any]]]:
        found: dict[Key, list[Counted[Any]]] = {}
        world = self._world({fact.id: fact for fact in (*self.facts, *facts)}.values())
        for key, one in self._gathering().add(self.counts.counted(world, self.question)):
            found.setdefault(key, []).append(one)
        return found

    def _parts(self, row: Row, of: Sequence[Counted[Any]]) -> list[Part]:
        takes = self._takes(row)
        return [one.part(self.counts.named(row)) for one in of if takes(one.shape)]

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


_REPORTS: WeakKeyDictionary[Database, KeptReports] = WeakKeyDictionary()


def kept_reports(database: Database) -> KeptReports:
    """Those of this process: what they hold in memory is the same for everybody who asks."""
    return _REPORTS.setdefault(database, KeptReports(database))
