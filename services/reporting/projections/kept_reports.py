"""Reports of what is kept: facts are folded of those few of whom something new is known, or other clocks knew less."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import asyncpg
import numpy as np

from services.reporting.metrics.block import Indexes
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Counts, Subject
from services.reporting.metrics.keeping import FINGERPRINT, READS, Keeps, keeps
from services.reporting.metrics.people import person_of
from services.reporting.metrics.report import Report, Rule
from services.reporting.metrics.told import Told, merged
from services.reporting.projections.around import Around
from services.reporting.projections.asked import MOST, Asked, Summand, Wanted, facts_at, ids_of, shared
from services.reporting.projections.columns import Columns
from services.reporting.projections.facts import CONSUMER
from services.reporting.projections.folded import Folded, LastFolded
from services.reporting.projections.history import CLOSER, TooMuch
from services.reporting.projections.kept import KEPT_BY, LOCK, STANDSTILL_S
from services.reporting.projections.marks import KNOWN, Mark
from services.reporting.projections.offsets import Seen, late
from services.reporting.projections.subjects import marked, together
from shared.kit.computing import compute
from shared.kit.database import Database
from shared.kit.refusals import ReadOnly

MARKED = "SELECT kind, id FROM marks LIMIT $1"
READ = [model.wire_type for model in READS]
ELSEWHERE = "fold the facts elsewhere: /v1/facts gives all of them"


class Unfolded(ReadOnly):
    slug, title = "unfolded", "Reports lack too much of what is new"
    next_step = "ask again in a while: the consumers of reporting are folding it; look whether they run"


@dataclass(frozen=True)
class Whom:
    """Those who count, by all their ids; and applications with several ids."""

    persons: Collection[UUID]
    merged: Collection[Collection[UUID]]


class KeptReports:
    """For one who asks at a time: what they hold in memory changes while they answer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._columns, self._around = Columns(), Around()
        self._last = LastFolded(self._columns)
        self._reading: asyncio.Task[None] | None = None

    async def report(
        self, counts: Counts[Any, Any, Any], question: Any, seen: Seen, wanted: Wanted | None = None,
        rule: Rule | None = None, told: Told | None = None,
    ) -> Report[Any, Any]:  # fmt: skip
        """Without parts, or with those wanted of all that the rule takes. Raises TooMuch, Unfolded, Invalid."""
        async with self._asking(counts, question, seen) as (asked, connection):
            asked = replace(asked, rule=rule, told=told)
            report = await compute(asked.report)
            return report if wanted is None else await asked.with_parts(report, wanted, connection)

    async def whom(self, counts: Counts[Any, Any, Any], question: Any, seen: Seen) -> Whom:
        """Of whom has to be opened what they told. Raises TooMuch, Unfolded."""
        async with self._asking(counts, question, seen) as (asked, connection):
            [summand], clocks = asked.summands, asked.clocks
            everybody, several = await compute(asked.whom)
            again = await facts_at(connection, await ids_of(connection, "person", several), summand.way, clocks)
            persons = await ids_of(connection, "person", everybody)
            worlds = [folded.world for folded in summand.folded]
            facts = (fact for world in worlds for fact in world.facts)
            persons |= {person for fact in facts if (person := person_of(fact.event)) is not None}

            def of_several() -> list[Collection[UUID]]:
                return [ids for world in (*worlds, asked.around.with_facts(again, clocks)) for ids in merged(world)]

            return Whom(persons, await compute(of_several))

    @asynccontextmanager
    async def _asking(
        self, counts: Counts[Any, Any, Any], question: Any, seen: Seen
    ) -> AsyncIterator[tuple[Asked, asyncpg.Connection]]:
        """As of one moment."""
        while True:
            # The first reading, and the one after a rebuild, go on though who asked for it is broken off.
            if self._reading is not None:
                await asyncio.shield(self._reading)
            async with self._moment() as connection:
                if await self._columns.of_these(connection):
                    await self._columns.follow(connection)
                    await self._around.follow(connection)
                    apart = await self._apart(connection, seen)
                    yield await self._asked(connection, apart, counts, question, seen.clocks), connection
                    return
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async with self._moment() as connection:
                await self._columns.follow(connection)
        finally:
            self._reading = None

    @asynccontextmanager
    async def _moment(self) -> AsyncIterator[asyncpg.Connection]:
        async with self._database.long_transaction("repeatable_read", STANDSTILL_S) as connection:
            # Before the moment that is seen is fixed: who sees an earlier one than a swap finds its tables empty.
            await connection.execute(LOCK)
            if await connection.fetchval(KEPT_BY) not in (None, FINGERPRINT):
                raise Unfolded("What is kept was made by another version of reporting")
            yield connection

    async def _apart(self, connection: asyncpg.Connection, seen: Seen) -> "_Apart":
        """Raises Unfolded, TooMuch."""
        marks = await connection.fetch(MARKED, MOST + 1)
        if len(marks) > MOST:
            raise Unfolded(f"What is new of more than {MOST:,} persons, seats or jobs is not folded yet")
        since = await late(connection, CONSUMER, READ, seen, MOST + 1)
        if len(since) > MOST:
            raise TooMuch(f"More than {MOST:,} events were known by then, and came later", ELSEWHERE)
        without = seen.without | since
        return _Apart([tuple(row) for row in marks], seen, without, self._around.without(without))

    async def _asked(
        self, connection: asyncpg.Connection, apart: "_Apart", counts: Counts[Any, Any, Any], question: Any,
        clocks: Clocks, folded: Sequence[Summand] = (),
    ) -> Asked:  # fmt: skip
        question, at = counts.at(question, clocks), counts.clocks(clocks, question)
        current = await compute(partial(apart.around.current, clocks)) if question.relabels else None
        folded, clocks = (folded if at == clocks else ()), at
        summands = [
            shared(way, self._columns.standing(way, clocks)[1], folded)
            or await self._summand(connection, apart, way, clocks)
            for way in map(keeps, counts.summed)
        ]
        beside = None
        if (other := counts.beside) is not None:
            asks = other.asks(question, clocks)
            beside = await self._asked(connection, apart, other.counts, asks, clocks, folded=summands)
        return Asked(counts, question, clocks, self._columns, apart.around, summands, current, beside)

    async def _summand(self, connection: asyncpg.Connection, apart: "_Apart", way: Keeps, clocks: Clocks) -> Summand:
        holds, other = self._columns.standing(way, clocks)
        if len(other) > MOST:
            raise TooMuch(f"The events of more than {MOST:,} {way.subject}s have to be folded for it")
        marks = apart.concern(way)
        # Whatever is not seen yet is among all that is known around them.
        new = await marked(connection, way.subject, [*marks, *apart.unseen], self._around)
        if len(new) > MOST:
            if len(await marked(connection, way.subject, marks, self._around)) > MOST:
                raise Unfolded(f"What is new concerns more than {MOST:,} {way.subject}s, and is not folded yet")
            raise apart.too_much(way.subject)
        ids = {of for same in await together(connection, way.subject, new) for of in same} if new else set()
        again = self._columns.indexes(way.subject, ids)
        holds, rest = self._columns.but(holds, again), other[~np.isin(other, again)]
        folded = [await apart.folded(connection, way, clocks, ids)]
        if len(rest):
            folded.append(await self._rest(connection, apart, way, clocks, rest))
        return Summand(way, holds, folded)

    async def _rest(
        self, connection: asyncpg.Connection, apart: "_Apart", way: Keeps, clocks: Clocks, rest: Indexes
    ) -> Folded:
        """Of those about whom nothing is new."""
        folded = None if apart.without else self._last.of(way, clocks, rest)
        if folded is None:
            ids = await ids_of(connection, way.subject, self._columns.subjects(rest))
            folded = await apart.folded(connection, way, clocks, ids)
            if not apart.without:
                self._last.hold(way, clocks, rest, folded)
        return folded


@dataclass(frozen=True)
class _Apart:
    """Why facts are folded whatever is kept: marks of what is new, and facts that are not seen. `around`: the others,
    without those.
    """

    marks: Sequence[Mark]
    seen: Seen
    without: frozenset[UUID]
    around: Around

    def concern(self, way: Keeps) -> list[Mark]:
        """What this way counts may depend on those."""
        of_no_use = KNOWN.keys() - {model.stream.category for model in way.reads}
        return [(kind, of) for kind, of in self.marks if kind not in of_no_use]

    @property
    def unseen(self) -> list[Mark]:
        return [("event", event) for event in self.without]

    async def folded(self, connection: asyncpg.Connection, way: Keeps, clocks: Clocks, ids: Collection[UUID]) -> Folded:
        facts = [fact for fact in await facts_at(connection, ids, way, clocks) if fact.id not in self.without]
        return Folded(await compute(lambda: self.around.with_facts(facts, clocks)))

    def too_much(self, subject: Subject) -> TooMuch:
        if self.seen.without:
            return TooMuch(f"What is between the two concerns more than {MOST:,} {subject}s", CLOSER)
        return TooMuch(f"What was known by then, and came later, concerns more than {MOST:,} {subject}s", ELSEWHERE)


_REPORTS: WeakKeyDictionary[Database, KeptReports] = WeakKeyDictionary()


def kept_reports(database: Database) -> KeptReports:
    """Those of this process: what they hold in memory is the same for everybody who asks."""
    return _REPORTS.setdefault(database, KeptReports(database))
