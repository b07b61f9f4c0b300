"""kept: of every person, seat and approval what metrics count, folded once after the last event about it.

Whoever writes facts marks what they are about, in the same transaction. An answer takes what is kept, and folds the
facts of what is marked, so that it is never older than the facts (docs/decisions/0026).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NoReturn, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    String,
    Table,
    Uuid,
    text,
)

from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Subject
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.keeping import FINGERPRINT, NOTHING, OfSubject, of_subject, read_of
from services.reporting.metrics.world import World
from services.reporting.projections import metadata
from services.reporting.projections.around import Around
from services.reporting.projections.marks import KNOWN, Marks, unmark, write_marks
from services.reporting.projections.subjects import SUBJECTS, facts_of, marked, together
from services.reporting.projections.words import Words
from shared.kit.computing import compute
from shared.kit.context import now
from shared.kit.database import Database
from shared.kit.effects import WHOLE, Derived, Report, Share
from shared.kit.faults import TRANSIENT, Backoff

T = TypeVar("T")

AT_ONCE = 500
"""Of one kind, in one transaction."""
REST_S = 0.5
STANDSTILL_S, WHOLE_S = 15, 60
"""Between two statements, for a fold takes a second or two; and for all of a step."""
# In the order in which a rebuild swaps them: or each waits for the other.
LOCK = "LOCK TABLE facts, kept, marks IN ACCESS SHARE MODE"
# Whoever folds the live tables does it alone; of a rebuild's nobody changes the facts meanwhile.
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('reporting.kept', 0))"

TABLE = Table(
    "kept",
    metadata,
    Column("kind", String, primary_key=True),
    Column("subject", Uuid, primary_key=True),
    # All that are this human's, or what it is itself; empty where another row has them.
    Column("ids", ARRAY(Uuid), nullable=False),
    Column("life", LargeBinary, nullable=False),
    Column("items", LargeBinary, nullable=False),
    # From then on it is to be folded anew, though nothing is known that is new.
    Column("until", DateTime(timezone=True)),
    Column("change", BigInteger, Identity(always=True), nullable=False),
    Index("kept_change_idx", "change", unique=True),
    Index("kept_until_idx", "until", postgresql_where=text("until IS NOT NULL")),
)
BY = Table(
    "kept_by", metadata, Column("one", Boolean, primary_key=True), Column("fingerprint", String, nullable=False),
)  # fmt: skip
SHARE = "(hashtext(id::text) & 65535) % $1::int = $2::int"
SEE = f"SELECT kind, id, change FROM marks WHERE {SHARE} AND kind = ANY($3::text[]) ORDER BY kind, id LIMIT $4"  # noqa: S608
# First what others follow from.
TURNS: tuple[tuple[str, ...], ...] = (("event", *KNOWN), *((kind,) for kind in SUBJECTS))
# Of whom nothing is kept yet there is a mark, whatever else is known.
FIRST = "DELETE FROM marks WHERE kind = ANY($1::text[]) AND NOT EXISTS (SELECT FROM kept)"
LEFT = f"SELECT count(*) FROM {{schema}}.marks WHERE {SHARE}"  # noqa: S608
WRITE = """
INSERT INTO kept (kind, subject, ids, life, items, until)
SELECT $1, subject, ids::uuid[], life, items, until
FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[], $6::timestamptz[]) t (subject, ids, life, items, until)
ON CONFLICT (kind, subject) DO UPDATE
SET ids = excluded.ids, life = excluded.life, items = excluded.items, until = excluded.until, change = DEFAULT
"""
EMPTY = """
UPDATE kept SET ids = '{}', life = '', items = '', until = NULL, change = DEFAULT
WHERE kind = $1 AND subject = ANY($2::uuid[]) AND ids <> '{}'
"""
# In the order of marks.
REMIND = """
INSERT INTO marks (kind, id)
SELECT kind, subject FROM (SELECT kind, subject FROM kept WHERE until < $1 ORDER BY until LIMIT $2) due
ORDER BY kind, subject ON CONFLICT DO NOTHING
"""
KEPT_BY = "SELECT fingerprint FROM kept_by"
KEEP_BY = """
INSERT INTO kept_by (one, fingerprint) VALUES (true, $1)
ON CONFLICT (one) DO UPDATE SET fingerprint = excluded.fingerprint
"""
ANEW = (
    "TRUNCATE kept, kept_words, marks",
    "INSERT INTO marks (kind, id) SELECT DISTINCT 'person', person_id FROM facts WHERE person_id IS NOT NULL",
    """
    INSERT INTO marks (kind, id)
    SELECT DISTINCT 'opening', (data ->> 'opening_id')::uuid FROM facts WHERE type = 'ats.opening.opened'
    """,
    """
    INSERT INTO marks (kind, id)
    SELECT DISTINCT 'approval', (data ->> 'approval_id')::uuid FROM facts WHERE type = 'ats.approval.requested'
    """,
)


def derived(database: Database) -> Derived:
    """The tables of what is kept, for a rebuild."""

    async def fold(schema: str, report: Report | None, share: Share) -> None:
        await Keeper(database, schema, share).all(report)

    return Derived(("kept", "marks"), fold)


class OfAnother(Exception):
    """What is live was kept by another version, and the words are its."""


class Keeper:
    """Folds those who are marked, or a share of them."""

    def __init__(self, database: Database, schema: str = "public", share: Share = WHOLE) -> None:
        self._database, self._schema, self._own = database, schema, (share.of, share.number)
        self._around, self._words = Around(), Words()

    async def run(self) -> NoReturn:
        await self._in_the_end(self._begin)
        while True:
            await self._in_the_end(self._remind)
            if not await self._in_the_end(self.step):
                await asyncio.sleep(REST_S)

    async def all(self, report: Report | None = None) -> None:
        """Until nobody is marked."""
        async with self._transaction() as connection:
            await connection.execute(FIRST, TURNS[0])
        done = 0
        while taken := await self._in_the_end(self.step):
            done += taken
            if report is not None:
                async with self._database.connection() as connection:
                    left = await connection.fetchval(LEFT.format(schema=self._schema), *self._own)
                report("kept", done, done + left)

    async def _in_the_end(self, do: Callable[[], Awaitable[T]]) -> T:
        backoff = Backoff()
        while True:
            try:
                return await do()
            except TRANSIENT as error:
                await backoff.wait("kept", error)

    async def _begin(self) -> None:
        """What others have kept, who read it otherwise, is thrown away, and all is folded anew."""
        async with self._alone(whole_s=0) as connection:
            by = await connection.fetchval(KEPT_BY)
            if by is not None and by != FINGERPRINT:
                for statement in ANEW:
                    await connection.execute(statement)
            if by != FINGERPRINT:
                await connection.execute(KEEP_BY, FINGERPRINT)

    async def _remind(self) -> None:
        """Marks those of whom what is kept holds no longer."""
        async with self._transaction() as connection:
            await connection.execute(LOCK)
            await connection.execute(REMIND, now(), AT_ONCE)

    async def step(self) -> int:
        """Sees to some marks; returns how many. Of a job, for one, it makes marks of who has to do with it.

        While another version keeps what is live it sees to none, and raises OfAnother where it rebuilds.
        """
        async with self._alone() as connection:
            ours = await self._is_ours(connection)
            seen = await self._see(connection) if ours else []
            if not seen:
                return 0
            await self._around.follow(connection)
            marks, own = [(kind, of) for kind, of, _ in seen], seen[0][0] in SUBJECTS
            if own:
                await self._keep(connection, seen[0][0], {of for _, of in marks})
            follow = await self._following(connection, marks)
            # Last, and in the order of marks: whoever sets one of them again waits for the rest of this.
            await write_marks(connection, follow)
            if own:
                await unmark(connection, seen)
        if own:
            self._words.said()
        else:
            async with self._transaction() as connection:
                await unmark(connection, seen)
        return len(seen)

    async def _is_ours(self, connection: asyncpg.Connection) -> bool:
        by = await connection.fetchval(KEPT_BY)
        if by not in (None, FINGERPRINT) and self._schema != "public":
            raise OfAnother("start the services with the version that rebuilds, then go on with --resume")
        return by in (None, FINGERPRINT)

    async def _see(self, connection: asyncpg.Connection) -> list[tuple[Any, UUID, int]]:
        for kinds in TURNS:
            if rows := await connection.fetch(SEE, *self._own, kinds, AT_ONCE):
                return [tuple(row) for row in rows]
        return []

    async def _following(self, connection: asyncpg.Connection, marks: Marks) -> list[tuple[str, UUID]]:
        """What has to do with these, and is marked with them."""
        every = {(kind, of) for kind in SUBJECTS for of in await marked(connection, kind, marks, self._around)}
        return list(every.difference(marks))

    @asynccontextmanager
    async def _alone(self, whole_s: int | None = None) -> AsyncIterator[asyncpg.Connection]:
        async with self._transaction(whole_s) as connection:
            if self._schema == "public":
                # In this order: one that waits to be alone holds no table that another may truncate.
                await connection.execute(ALONE)
                await connection.execute(LOCK)
            yield connection

    @asynccontextmanager
    async def _transaction(self, whole_s: int | None = None) -> AsyncIterator[asyncpg.Connection]:
        # Its statements wait for folds; but consumers wait for its locks, also of a process that stands still.
        whole_s = WHOLE_S if whole_s is None else whole_s
        async with self._database.long_transaction(idle_s=STANDSTILL_S, whole_s=whole_s) as connection:
            if self._schema != "public":
                await connection.execute(f"SET LOCAL search_path TO {self._schema}, public")
            yield connection

    async def _keep(self, connection: asyncpg.Connection, kind: Subject, ids: Collection[UUID]) -> None:
        every = await together(connection, kind, ids)
        facts = await facts_of(connection, kind, {of for ids in every for of in ids}, read_of(kind))
        await self._words.hear(connection)
        folded = await compute(lambda: self._fold(kind, every, facts))
        while not await self._words.say(connection):
            folded = await compute(lambda: self._fold(kind, every, facts))
        # In one order: in a rebuild two may write the same.
        some = {of: (ids, kept) for of, ids, kept in sorted(folded, key=itemgetter(0)) if kept is not NOTHING}
        nobody = {of for ids in every for of in ids} - some.keys()
        await connection.execute(EMPTY, kind, list(nobody))
        if some:
            await connection.execute(
                WRITE, kind, list(some), ["{" + ",".join(map(str, sorted(ids))) + "}" for ids, _ in some.values()],
                *([getattr(kept, name) for _, kept in some.values()] for name in ("life", "items", "until")),
            )  # fmt: skip

    def _fold(
        self, kind: Subject, every: Iterable[frozenset[UUID]], facts: Mapping[UUID, Sequence[Fact]]
    ) -> list[tuple[UUID, frozenset[UUID], OfSubject]]:
        clocks = self._clocks(fact for of in facts.values() for fact in of)
        around = self._around.world(clocks, [fact for of in facts.values() for fact in of])
        planned, found = self._around.planned(clocks), []
        for ids in every:
            own = [fact for of in ids for fact in facts.get(of, ())]
            world, besides = World(own, clocks, around), self._around.reach(planned, own)
            kept = of_subject(kind, own, world, self._words.number, besides)
            # Of several ids of one human the one that is left of them.
            found.append((world.people.resolve(min(ids)), ids, kept))
        return found

    def _clocks(self, facts: Iterable[Fact]) -> Clocks:
        """Now, also where Kafka's clock is ahead of this one."""
        known = max((fact.known for fact in facts), default=None)
        known = max((moment for moment in (known, self._around.last_known()) if moment is not None), default=now())
        end: datetime = max(now(), known + timedelta(microseconds=1))
        return Clocks(end, end)
