"""One question, answered by what is kept: sums of those whom it answers for, and the facts of the others folded."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from heapq import nsmallest
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np

from services.reporting.metrics.block import Flags, Indexes
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Asks, Counted, Counts, Key, Subject, Tally
from services.reporting.metrics.dimensions import Current
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.gathering import Gathering
from services.reporting.metrics.keeping import Keeps
from services.reporting.metrics.report import Cell, Group, Part, Report, Row, Rule
from services.reporting.metrics.told import Told
from services.reporting.metrics.vocabulary import Vocabulary
from services.reporting.projections.around import Around
from services.reporting.projections.columns import Columns, key_of
from services.reporting.projections.folded import Folded
from services.reporting.projections.history import TooMuch
from services.reporting.projections.subjects import facts_of
from shared.kit.computing import compute
from shared.kit.refusals import Invalid

MOST = 40_000
"""Of them facts are folded for one answer: a few seconds."""
MOST_ROWS = 200
"""Of which parts are given at once: for each all that is kept is gone through."""
Taken = Mapping[Key, Sequence[Counted[Any]]]
IDS = "SELECT unnest(ids) AS id FROM kept WHERE kind = $1 AND subject = ANY($2::uuid[])"


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


@dataclass(frozen=True)
class Summand:
    """`holds` tells by subject whether what is kept answers, None: it does for all; `folded`: of those for whom not."""

    way: Keeps
    holds: Flags | None
    folded: Sequence[Folded]


def shared(way: Keeps, other: Indexes, folded: Iterable[Summand]) -> Summand | None:
    """What is folded for a way that reads no less, where these `other` ones, who are to be folded, are among them."""
    for one in folded:
        among_them = not len(other) if one.holds is None else not one.holds[other].any()
        if among_them and way.subject == one.way.subject and way.reads <= one.way.reads:
            return replace(one, way=way)
    return None


@dataclass(frozen=True)
class Asked:
    """One question, and what is summed for it. `rule`: which parts are asked for, None: all of each row."""

    counts: Counts[Any, Any, Any]
    question: Any
    clocks: Clocks
    columns: Columns
    around: Around
    summands: Sequence[Summand]
    current: Current | None = None
    beside: "Asked | None" = None
    rule: Rule | None = None
    told: Told | None = None

    def report(self) -> Report[Any, Any]:
        plans, left_out = self.around.plans(self.clocks), self._summed[0].left_out
        cells, groups = list[Cell[Any, Any]](), list[tuple[Group, Tally]]()
        for group, _, tally in self.groups():
            # Of others they would hold how long a million took.
            if self.counts.told:
                groups.append((group, tally))
            for row in self.counts.made(group, tally, plans, self.question, left_out):
                others = self.counts.others(self.rule, self.counts.named(row), tally, self.question)
                cells.append(Cell(row, (), tally.count(self._takes(row)), others))
        return Report(cells, left_out, groups if self.counts.told else None)

    def groups(self) -> Iterator[tuple[Group, Key, Tally]]:
        return self._summed[0].groups(self._told_beside, self.told)

    @cached_property
    def _summed(self) -> tuple[Gathering, Taken]:
        """And by group what was taken of those for whom what is kept does not answer."""
        gathering, taken = self._gathering(), defaultdict[Key, list[Counted[Any]]](list)
        for summand in self.summands:
            for block in self.columns.blocks(summand.way):
                gathering.add_kept(summand.way, block, self.columns.stand(block, summand.holds))
            for folded in summand.folded:
                for key, one in gathering.add(summand.way, folded.counted(summand.way.counts, self.question)):
                    taken[key].append(one)
        return gathering, taken

    @cached_property
    def _told_beside(self) -> Any:
        if self.beside is None or self.counts.beside is None:
            return None
        return self.counts.beside.made({key: tally for _, key, tally in self.beside.groups()})

    def _takes(self, row: Row) -> Asks:
        return self.counts.behind(self.rule, self.counts.named(row), self.question, self._told_beside)

    async def with_parts(
        self, report: Report[Any, Any], wanted: Wanted, connection: asyncpg.Connection
    ) -> Report[Any, Any]:
        """The same, each row that is wanted with some more of its parts than the limit."""
        rows = {id(cell): cell for cell in report.cells if wanted.cell in (None, cell.row.cell)}
        if len(rows) > MOST_ROWS:
            raise Invalid(f"{len(rows):,} rows are too many at once", "open the link `explain` of one of them")
        taken = {self._key(cell): [*self._summed[1].get(self._key(cell), ())] for cell in rows.values()}
        for way in (summand.way for summand in self.summands):
            chosen: set[UUID] = set()
            for cell in rows.values():
                chosen |= set(await compute(partial(self.first, way, cell, wanted)))
            if len(chosen) > MOST:
                raise TooMuch(f"Parts of more than {MOST:,} {way.subject}s have to be folded for it")
            ids = await ids_of(connection, way.subject, chosen)
            facts = await facts_at(connection, ids, way, self.clocks)
            for key, one in await compute(partial(self._taken, way, facts)):
                if key in taken:
                    taken[key].append(one)
        # Of who has more than one part some may come before the page, others behind it.
        return await compute(lambda: Report([
            Cell(cell.row, self._parts(cell.row, taken[self._key(cell)], wanted), cell.count, cell.others)
            if id(cell) in rows else cell for cell in report.cells
        ], report.left_out))  # fmt: skip

    def first(self, way: Keeps, cell: Cell[Any, Any], wanted: Wanted) -> list[UUID]:
        """Whose parts come first of those asked for in the row, among those that are kept."""
        [holds] = [summand.holds for summand in self.summands if summand.way is way]
        owners = self._owners(way, holds, self._key(cell), self._takes(cell.row))
        after = None if wanted.after is None else key_of(way.subject, wanted.subject)
        return self.columns.first(owners, after, wanted.limit + 2)

    def whom(self) -> tuple[Sequence[UUID], Sequence[UUID]]:
        """Who counts of those of whom what is kept answers; and of whom several applications turned out to be one."""
        [summand] = self.summands
        everybody = self._owners(summand.way, summand.holds, None, lambda _: True)
        several = self._owners(summand.way, summand.holds, None, lambda shape: bool(shape[1]))
        return self.columns.subjects(np.unique(everybody)), self.columns.subjects(np.unique(several))

    def _owners(self, way: Keeps, holds: Flags | None, key: Key | None, takes: Asks) -> Indexes:
        gathering = self._gathering()
        return np.concatenate([np.empty(0, np.int32), *(
            gathering.owners(way, block, self.columns.stand(block, holds), key, takes)
            for block in self.columns.blocks(way)
        )])  # fmt: skip

    def _taken(self, way: Keeps, facts: Collection[Fact]) -> list[tuple[Key, Counted[Any]]]:
        world = self.around.with_facts(facts, self.clocks)
        return self._gathering().add(way, way.counts.counted(world, self.question))

    def _parts(self, row: Row, of: Sequence[Counted[Any]], wanted: Wanted) -> list[Part]:
        """Of those who come first: to put thousands in order costs more than to fold a page."""
        takes, name = self._takes(row), self.counts.named(row)
        after = None if wanted.after is None else wanted.subject
        own = [one for one in of if takes(one.shape)]
        whose = {one.whose for one in own if after is None or one.whose >= after}
        # Further ones are had by the page.
        first = {*nsmallest(wanted.limit + 2, whose)}
        return [self.counts.part(one, name, self._told_beside) for one in own if one.whose in first]

    def _key(self, cell: Cell[Any, Any]) -> Key:
        return tuple(cell.row.group[name] for name in self.question.by)

    def _gathering(self) -> Gathering:
        return Gathering(self.question, self.clocks.as_of, self._words, self.current)

    @cached_property
    def _words(self) -> Vocabulary:
        words = self.columns.words
        return words if self.current is None else words.relabelled(self.current)


async def ids_of(connection: asyncpg.Connection, kind: Subject, subjects: Collection[UUID]) -> set[UUID]:
    """All that are theirs."""
    return {row["id"] for row in await connection.fetch(IDS, kind, list(subjects))} if subjects else set()


async def facts_at(connection: asyncpg.Connection, ids: Collection[UUID], way: Keeps, clocks: Clocks) -> list[Fact]:
    found = await facts_of(connection, way.subject, ids, way.reads, clocks) if ids else {}
    # Who took two seats is among the facts of both.
    return list({fact.id: fact for of in found.values() for fact in of}.values())
