"""kept: of every person what metrics count, folded once after the last event about them.

Whoever writes facts marks whom they are about, in the same transaction. An answer takes what is kept, and folds the
facts of those who are marked, so that it is never older than the facts (docs/decisions/0026).
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import NoReturn
from uuid import UUID

import asyncpg
from sqlalchemy import ARRAY, BigInteger, Column, Identity, Index, Integer, LargeBinary, String, Table, Uuid

from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.keeping import NOTHING, READS, OfPerson, Word, of_person, read, written
from services.reporting.metrics.people import people
from services.reporting.metrics.world import World
from services.reporting.projections import metadata
from services.reporting.projections.around import Around
from services.reporting.projections.facts import ALIAS, ALIASES, TO_JOB, TRANSFERRED
from services.reporting.projections.history import COLUMNS, as_event, fact_of
from services.reporting.projections.marks import AROUND, Marks, subject, write_marks
from shared.events.event import registry
from shared.kit.context import now
from shared.kit.database import Database
from shared.kit.effects import WHOLE, Derived, Report, Share
from shared.kit.faults import TRANSIENT, Backoff

AT_ONCE = 500
"""Persons in one transaction."""
REST_S = 0.5
# Whoever folds the live tables does it alone; of a rebuild's nobody changes the facts meanwhile.
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('reporting.kept', 0))"
SPEAKING = "SELECT pg_advisory_xact_lock(hashtextextended('reporting.kept.words', 0))"

TABLE = Table(
    "kept",
    metadata,
    Column("person", Uuid, primary_key=True),
    # All that are this human's; empty where another row has them.
    Column("ids", ARRAY(Uuid), nullable=False),
    Column("life", LargeBinary, nullable=False),
    Column("items", LargeBinary, nullable=False),
    Column("change", BigInteger, Identity(always=True), nullable=False),
    Index("kept_change_idx", "change", unique=True),
)
WORDS = Table(
    "kept_words", metadata, Column("number", Integer, primary_key=True, autoincrement=False),
    Column("word", String, nullable=False),
)  # fmt: skip

SHARE = "(hashtext(id::text) & 65535) % $1::int = $2::int"
TAKE = f"""
DELETE FROM marks WHERE (kind, id) IN (SELECT kind, id FROM marks WHERE {SHARE} ORDER BY kind, id LIMIT $3 FOR UPDATE)
RETURNING kind, id
"""  # noqa: S608
LEFT = f"SELECT count(*) FROM {{schema}}.marks WHERE {SHARE}"  # noqa: S608
CHANGED = "SELECT type, person_id, job_id, data::text AS data FROM facts WHERE event_id = ANY($1::uuid[])"
OF_JOBS = f"""
SELECT DISTINCT person_id FROM facts WHERE job_id = ANY($1::uuid[]) AND person_id IS NOT NULL
UNION SELECT person_id FROM facts WHERE type = '{TRANSFERRED}' AND {TO_JOB} = ANY($1::uuid[]::text[])
"""  # noqa: S608
SAME = f"""
WITH RECURSIVE same (root, id) AS (
    SELECT person, person FROM unnest($1::uuid[]) person
    UNION
    SELECT same.root, found.id FROM same, LATERAL (
        SELECT ({ALIAS})::uuid AS id FROM facts WHERE type IN ({ALIASES}) AND person_id = same.id
        UNION ALL
        SELECT person_id FROM facts WHERE type IN ({ALIASES}) AND {ALIAS} = same.id::text
    ) found
)
SELECT root, id FROM same
"""  # noqa: S608
THEIRS = f"SELECT {COLUMNS}, person_id FROM facts WHERE person_id = ANY($1::uuid[]) AND type = ANY($2::text[])"  # noqa: S608
WRITE = """
INSERT INTO kept (person, ids, life, items)
SELECT person, ids::uuid[], life, items
FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[]) t (person, ids, life, items)
ON CONFLICT (person) DO UPDATE SET ids = excluded.ids, life = excluded.life, items = excluded.items, change = DEFAULT
"""
EMPTY = """
UPDATE kept SET ids = '{}', life = '', items = '', change = DEFAULT WHERE person = ANY($1::uuid[]) AND ids <> '{}'
"""
SPOKEN = "SELECT number, word FROM kept_words WHERE number > $1 ORDER BY number"
SPEAK = "INSERT INTO kept_words (number, word) SELECT * FROM unnest($1::int[], $2::text[])"

PERSONS = [model.wire_type for model in READS - AROUND]


async def persons_of(connection: asyncpg.Connection, marks: Marks, around: Around) -> set[UUID]:
    """Whoever is marked, or has to do with what is."""
    by_kind: dict[str, set[UUID]] = defaultdict(set)
    for kind, of in marks:
        by_kind[kind].add(of)
    for row in await connection.fetch(CHANGED, list(by_kind["event"])) if by_kind["event"] else ():
        if row["person_id"]:
            by_kind["person"].add(row["person_id"])
        else:
            kind, of = subject(as_event(registry.get(row["type"]).model, json.loads(row["data"])))
            by_kind[kind].add(of)
    jobs = by_kind["job"].union(*(around.jobs_of(kind, by_kind[kind]) for kind in ("requisition", "stage-plan")))
    found = await connection.fetch(OF_JOBS, list(jobs)) if jobs else ()
    return by_kind["person"] | {row["person_id"] for row in found}


async def humans(connection: asyncpg.Connection, persons: Collection[UUID]) -> list[frozenset[UUID]]:
    """All ids of each of them, in which no two have one in common."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for row in await connection.fetch(SAME, list(persons)):
        found[row["root"]].add(row["id"])
    return list({frozenset(ids) for ids in found.values()})


async def facts_of(
    connection: asyncpg.Connection, ids: Iterable[UUID], types: Sequence[str] = PERSONS
) -> dict[UUID, list[Fact]]:
    """By the id that each fact names."""
    rows = await connection.fetch(THEIRS, list(ids), types)
    found: dict[UUID, list[Fact]] = defaultdict(list)
    facts = await asyncio.to_thread(lambda: list(map(fact_of, rows)))
    for row, fact in zip(rows, facts, strict=True):
        found[row["person_id"]].append(fact)
    return found


class Words:
    """What stands in kept_words, by word, and what is new."""

    def __init__(self) -> None:
        self._numbers: dict[Word, int] = {}
        self._new: list[Word] = []

    def number(self, word: Word) -> int:
        if word not in self._numbers:
            self._numbers[word] = len(self._numbers)
            self._new.append(word)
        return self._numbers[word]

    async def hear(self, connection: asyncpg.Connection) -> bool:
        """Those that others have added, and whether there were any; what was never written is forgotten."""
        for word in self._new:
            del self._numbers[word]
        self._new = []
        added = await connection.fetch(SPOKEN, len(self._numbers) - 1)
        for row in added:
            self._numbers[read(row["word"])] = row["number"]
        return bool(added)

    async def say(self, connection: asyncpg.Connection) -> bool:
        """Those that are new; false where others have given their numbers to other words meanwhile."""
        if new := [*self._new]:
            await connection.execute(SPEAKING)
            if await self.hear(connection):
                return False
            numbers = [self.number(word) for word in new]
            await connection.execute(SPEAK, numbers, [written(word) for word in new])
        return True

    def all(self) -> list[Word]:
        return list(self._numbers)

    def said(self) -> None:
        """They are committed."""
        self._new = []


def derived(database: Database) -> Derived:
    """The tables of what is kept, for a rebuild."""

    async def fold(schema: str, report: Report | None, share: Share) -> None:
        await Keeper(database, schema, share).all(report)

    return Derived(("kept", "marks"), fold)


class Keeper:
    """Folds those who are marked, or a share of them."""

    def __init__(self, database: Database, schema: str = "public", share: Share = WHOLE) -> None:
        self._database, self._schema, self._own = database, schema, (share.of, share.number)
        self._around, self._words = Around(), Words()

    async def run(self) -> NoReturn:
        while True:
            if not await self._step_in_the_end():
                await asyncio.sleep(REST_S)

    async def all(self, report: Report | None = None) -> None:
        """Until nobody is marked."""
        done = 0
        while taken := await self._step_in_the_end():
            done += taken
            if report is not None:
                async with self._database.connection() as connection:
                    left = await connection.fetchval(LEFT.format(schema=self._schema), *self._own)
                report("kept", done, done + left)

    async def _step_in_the_end(self) -> int:
        backoff = Backoff()
        while True:
            try:
                return await self.step()
            except TRANSIENT as error:
                await backoff.wait("kept", error)

    async def step(self) -> int:
        """Takes some marks; returns how many. Of a job, for one, it makes marks of its persons."""
        async with self._database.transaction() as connection:
            if self._schema != "public":
                await connection.execute(f"SET LOCAL search_path TO {self._schema}, public")
            else:
                await connection.execute(ALONE)
            marks = [tuple(row) for row in await connection.fetch(TAKE, *self._own, AT_ONCE)]
            if not marks:
                return 0
            await self._around.follow(connection)
            others = [(kind, of) for kind, of in marks if kind != "person"]
            if others:
                named = await persons_of(connection, others, self._around)
                await write_marks(connection, (("person", person) for person in named))
            await self._keep(connection, {of for kind, of in marks if kind == "person"})
        self._words.said()
        return len(marks)

    async def _keep(self, connection: asyncpg.Connection, persons: Collection[UUID]) -> None:
        every = await humans(connection, persons)
        facts = await facts_of(connection, {of for ids in every for of in ids})
        await self._words.hear(connection)
        folded = await asyncio.to_thread(lambda: self._fold(every, facts))
        while not await self._words.say(connection):
            folded = await asyncio.to_thread(lambda: self._fold(every, facts))
        # In one order: in a rebuild two may write the same.
        some = {person: (ids, of) for person, ids, of in sorted(folded, key=itemgetter(0)) if of is not NOTHING}
        nobody = {of for ids in every for of in ids} - some.keys()
        await connection.execute(EMPTY, list(nobody))
        if some:
            await connection.execute(
                WRITE, list(some), ["{" + ",".join(map(str, sorted(ids))) + "}" for ids, _ in some.values()],
                [of.life for _, of in some.values()], [of.items for _, of in some.values()],
            )  # fmt: skip

    def _fold(
        self, every: Iterable[frozenset[UUID]], facts: Mapping[UUID, Sequence[Fact]]
    ) -> list[tuple[UUID, frozenset[UUID], OfPerson]]:
        clocks = self._clocks(fact for of in facts.values() for fact in of)
        around = self._around.world(clocks, [fact for of in facts.values() for fact in of])
        horizon = self._around.horizon(clocks)
        found = []
        for ids in every:
            own = [fact for of in ids for fact in facts.get(of, ())]
            kept = of_person(own, World(own, clocks, around), self._words.number, horizon)
            found.append((people(own).resolve(min(ids)), ids, kept))
        return found

    def _clocks(self, facts: Iterable[Fact]) -> Clocks:
        """Now, also where Kafka's clock is ahead of this one."""
        known = max((fact.known for fact in facts), default=None)
        known = max((moment for moment in (known, self._around.last_known()) if moment is not None), default=now())
        end: datetime = max(now(), known + timedelta(microseconds=1))
        return Clocks(end, end)
