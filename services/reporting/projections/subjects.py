"""Whose facts are folded together, and who has to do with what is marked: humans, seats, rounds of approval."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Subject
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.keeping import READS
from services.reporting.metrics.reach import END
from services.reporting.projections.around import Around
from services.reporting.projections.facts import ACCEPTED, ALIAS, ALIASES, ARRANGED, OPENING, PANEL, TO_JOB, TRANSFERRED
from services.reporting.projections.history import ADMITTED, COLUMNS, LOAD, admitting, as_event, fact_of
from services.reporting.projections.marks import AROUND, Marks, mark_of
from shared.events.event import Event, registry
from shared.kit.computing import compute

SUBJECTS: tuple[Subject, ...] = ("person", "opening", "approval")
CHANGED = "SELECT type, person_id, data::text AS data FROM facts WHERE event_id = ANY($1::uuid[])"
PERSONS_OF_JOBS = f"""
SELECT DISTINCT person_id AS of FROM facts WHERE job_id = ANY($1::uuid[]) AND person_id IS NOT NULL
UNION SELECT person_id FROM facts WHERE type = '{TRANSFERRED}' AND {TO_JOB} = ANY($1::uuid[]::text[])
"""  # noqa: S608
PERSONS_OF_MEMBERS = f"""
SELECT DISTINCT person_id AS of FROM facts WHERE type IN ({ARRANGED}) AND {PANEL} ?| $1::uuid[]::text[]
"""  # noqa: S608
OPENINGS_OF_PERSONS = f"""
SELECT DISTINCT ({OPENING})::uuid AS of FROM facts WHERE type = '{ACCEPTED}' AND person_id = ANY($1::uuid[])
"""  # noqa: S608
# Few, and seldom asked for.
OPENINGS_AROUND = """
SELECT DISTINCT (data ->> 'opening_id')::uuid AS of FROM facts WHERE type = 'ats.opening.opened'
AND (data ->> 'requisition_id' = ANY($1::uuid[]::text[]) OR data -> 'jobs' ?| $2::uuid[]::text[])
"""
APPROVALS_OF_JOBS = """
SELECT DISTINCT (data ->> 'approval_id')::uuid AS of FROM facts
WHERE type = 'ats.approval.requested' AND job_id = ANY($1::uuid[])
"""
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
# Person by person, whatever is known of the table: OFFSET 0 keeps the types, of which there are many more facts, apart.
OF_PERSONS = f"""
SELECT {COLUMNS}, of
FROM unnest($6::uuid[]) one (of), LATERAL (SELECT * FROM facts WHERE person_id = of OFFSET 0) theirs
WHERE type = ANY($1::text[]) AND {ADMITTED}
"""  # noqa: S608
OF_STREAMS = f"{LOAD} AND stream = ANY($6::text[])"
TAKERS = f"""
SELECT DISTINCT ({OPENING})::uuid AS opening, person_id FROM facts
WHERE type = '{ACCEPTED}' AND {OPENING} = ANY($1::uuid[]::text[])
"""  # noqa: S608

Facts = dict[UUID, list[Fact]]
EVER = Clocks(END, END)


async def marked(connection: asyncpg.Connection, of: Subject, marks: Marks, around: Around) -> set[UUID]:
    """Those that are marked, or have to do with what is."""
    by_kind: dict[str, set[UUID]] = defaultdict(set)
    for kind, each in marks:
        by_kind[kind].add(each)
    for row in await connection.fetch(CHANGED, list(by_kind["event"])) if by_kind["event"] else ():
        model = registry.get(row["type"]).model
        if row["person_id"]:
            by_kind["person"].add(row["person_id"])
        elif model in READS:
            kind, each = mark_of(as_event(model, row["data"]))
            by_kind[kind].add(each)
    jobs = by_kind["job"].union(*(around.jobs_of(kind, by_kind[kind]) for kind in ("requisition", "stage-plan")))
    found = by_kind[of]
    match of:
        case "person":
            found |= await _named(connection, PERSONS_OF_JOBS, jobs)
            found |= await _named(connection, PERSONS_OF_MEMBERS, by_kind["team-member"])
        case "opening":
            persons = by_kind["person"] | await _named(connection, PERSONS_OF_JOBS, jobs)
            humans = await together(connection, "person", persons) if persons else ()
            found |= await _named(connection, OPENINGS_OF_PERSONS, frozenset[UUID]().union(*humans))
            jobs |= around.jobs_of("posting", by_kind["posting"])
            found |= await _named(connection, OPENINGS_AROUND, by_kind["requisition"], jobs)
        case "approval":
            found |= await _named(connection, APPROVALS_OF_JOBS, jobs)
    return found


async def together(connection: asyncpg.Connection, of: Subject, ids: Collection[UUID]) -> list[frozenset[UUID]]:
    """Of humans all ids of each, in which no two have one in common."""
    if of != "person":
        return [frozenset([each]) for each in ids]
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for row in await connection.fetch(SAME, list(ids)):
        found[row["root"]].add(row["id"])
    return list({frozenset(same) for same in found.values()})


async def facts_of(
    connection: asyncpg.Connection, of: Subject, ids: Collection[UUID], reads: frozenset[type[Event]],
    clocks: Clocks = EVER,
) -> Facts:  # fmt: skip
    """By id, those of these types that the clocks admit. Of a seat those of all who ever took it are among them."""
    admitted = [model.wire_type for model in reads - AROUND], *admitting(clocks)
    if of == "person":
        return await _of_persons(connection, ids, admitted)
    rows = await connection.fetch(OF_STREAMS, *admitted, [f"{of}-{each}" for each in ids])
    found: Facts = defaultdict(list)
    for fact in await _read(rows):
        found[mark_of(fact.event)[1]].append(fact)
    if of == "opening":
        takers = await connection.fetch(TAKERS, list(ids))
        humans = {one: all_ids for all_ids in await together(connection, "person", {row["person_id"] for row in takers})
                  for one in all_ids}  # fmt: skip
        theirs = await _of_persons(connection, humans, admitted)
        of_opening: dict[UUID, set[UUID]] = defaultdict(set)
        for row in takers:
            of_opening[row["opening"]] |= humans[row["person_id"]]
        for opening, took in of_opening.items():
            found[opening] += [fact for one in took for fact in theirs.get(one, ())]
    return found


async def _of_persons(connection: asyncpg.Connection, ids: Iterable[UUID], admitted: Sequence[Any]) -> Facts:
    rows = await connection.fetch(OF_PERSONS, *admitted, list(ids))
    found: Facts = defaultdict(list)
    for row, fact in zip(rows, await _read(rows), strict=True):
        found[row["of"]].append(fact)
    return found


async def _read(rows: Sequence[asyncpg.Record]) -> list[Fact]:
    return await compute(lambda: list(map(fact_of, rows)))


async def _named(connection: asyncpg.Connection, query: str, *ids: Collection[UUID]) -> set[UUID]:
    return {row["of"] for row in await connection.fetch(query, *map(list, ids))} if any(ids) else set()
