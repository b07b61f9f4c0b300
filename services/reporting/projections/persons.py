"""Reads the facts about one person: by index, under all ids that are known to be theirs."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

import asyncpg

from services.reporting.metrics.clocks import Clocks, corrections
from services.reporting.metrics.fact import Fact
from services.reporting.projections.facts import ALIAS, ALIASES
from services.reporting.projections.history import COLUMNS, fact_of
from shared.events.ats.job import JobOpened, JobUpdated, StagePlanChanged
from shared.events.ats.stage_plan import StagePlanPublished
from shared.events.crm.touchpoint import TouchpointClicked, TouchpointOpened
from shared.events.event import Event
from shared.kit.computing import compute
from shared.kit.database import Database

# Who is merged into whom may be a chain or a star; UNION ends the walk also where it is a ring.
IDS = f"""
WITH RECURSIVE same (id) AS (
    SELECT $1::uuid
    UNION
    SELECT found.id FROM same, LATERAL (
        SELECT ({ALIAS})::uuid AS id FROM facts WHERE type IN ({ALIASES}) AND known < $2 AND person_id = same.id
        UNION ALL
        SELECT person_id FROM facts WHERE type IN ({ALIASES}) AND known < $2 AND {ALIAS} = same.id::text
    ) found
)
SELECT id FROM same
"""  # noqa: S608
KNOWN = "SELECT EXISTS (SELECT FROM facts WHERE person_id = ANY($1::uuid[]) AND known < $2)"
# Whatever its time is: a correction may bring it before the as_of.
THEIRS = f"""
SELECT {COLUMNS} FROM facts WHERE person_id = ANY($1::uuid[]) AND known < $2 AND (
    type <> ALL($3::text[]) OR event_id IN (
        SELECT (data ->> 'event_id')::uuid FROM facts
        WHERE person_id = ANY($1::uuid[]) AND known < $2 AND type = ANY($4::text[])
    )
)
"""  # noqa: S608
LATEST = f"""
SELECT {COLUMNS} FROM facts WHERE person_id = ANY($1::uuid[]) AND known < $2 AND occurred < $3
AND type = ANY($4::text[]) ORDER BY occurred DESC LIMIT $5
"""  # noqa: S608
OF_STREAMS = f"SELECT {COLUMNS} FROM facts WHERE stream = ANY($1::text[]) AND type = ANY($2::text[]) AND known < $3"  # noqa: S608
# Scanners do these by the thousand; what decides anything is among the others.
ENDLESS: tuple[type[Event], ...] = (TouchpointOpened, TouchpointClicked)


class Persons:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def ids(self, person: UUID, known_at: datetime) -> frozenset[UUID]:
        """All that were known to be this human's, the one asked for among them."""
        async with self._database.connection() as connection:
            return frozenset(row["id"] for row in await connection.fetch(IDS, person, known_at))

    async def known(self, ids: Collection[UUID], known_at: datetime) -> bool:
        """Whether anything was heard of any of them."""
        async with self._database.connection() as connection:
            found: bool = await connection.fetchval(KNOWN, list(ids), known_at)
        return found

    async def facts(self, ids: Collection[UUID], clocks: Clocks, most: int) -> list[Fact]:
        """In no order; of opens and clicks the last `most`. With what the plans of their jobs were."""
        endless, amends = _types(ENDLESS), _types(corrections())
        async with self._database.connection() as connection:
            rows = await connection.fetch(THEIRS, list(ids), clocks.known_at, endless, amends)
            rows += await connection.fetch(LATEST, list(ids), clocks.known_at, clocks.as_of, endless, most)
            once = {row["event_id"]: row for row in rows}.values()
            theirs = await compute(lambda: [fact_of(row) for row in once])
            return clocks.cut(theirs + await self._plans(connection, theirs, clocks))

    async def _plans(self, connection: asyncpg.Connection, theirs: Iterable[Fact], clocks: Clocks) -> list[Fact]:
        named = [dict(fact.event) for fact in theirs]
        jobs = {job for event in named for job in (event.get("job_id"), event.get("to_job")) if job}
        opened = [JobOpened.stream.name(job) for job in sorted(jobs)]
        found = await self._of_streams(
            connection, opened, (JobOpened, JobUpdated, StagePlanChanged, *corrections()), clocks
        )
        plans = {fact.event.plan_id for fact in found if isinstance(fact.event, JobOpened | StagePlanChanged)}
        published = [StagePlanPublished.stream.name(plan) for plan in sorted(plans)]
        return found + await self._of_streams(connection, published, (StagePlanPublished,), clocks)

    async def _of_streams(
        self, connection: asyncpg.Connection, streams: list[str], types: Collection[type[Event]], clocks: Clocks
    ) -> list[Fact]:
        rows = await connection.fetch(OF_STREAMS, streams, _types(types), clocks.known_at)
        return [fact_of(row) for row in rows]


def _types(models: Collection[type[Event]]) -> list[str]:
    return [model.wire_type for model in models]
