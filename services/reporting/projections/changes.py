"""Reads the facts in the order of their last change: who goes on from where they stood misses none, and none twice."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import asyncpg

from shared.kit.database import Database
from shared.kit.refusals import Refusal
from shared.kit.writers import settled, writers

FACTS = "public.facts"
# A rebuild makes another table; a restored database goes on in another cluster, or in another timeline of this one.
GENERATION = """
SELECT concat_ws('-', system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), pg_database.oid,
    'public.facts'::regclass::oid)
FROM pg_control_system(), pg_database WHERE datname = current_database()
"""
LAST = "SELECT coalesce(max(change), 0) FROM public.facts"
READ = """
SELECT change, event_id, type, stream, version, position, topic, partition, "offset", person_id, application_id, job_id,
    occurred, recorded, known, precision, data::text AS data
FROM public.facts WHERE change > $1 AND change <= $2 AND ($3::text[] IS NULL OR type = ANY($3)) ORDER BY change LIMIT $4
"""
PATIENCE_S = 5.0


class BegunAnew(Refusal):
    status, slug, title = 410, "facts-begun-anew", "The facts were built anew since this cursor was given"
    next_step = "read from the beginning, without `after`, in place of what you hold"


@dataclass(frozen=True)
class Place:
    """How far somebody has read: the last change, in the `generation` of the table that numbers it."""

    generation: str
    change: int


@dataclass(frozen=True)
class Page:
    """`more` tells whether more stands after `end` already."""

    facts: Sequence[asyncpg.Record]
    end: Place
    more: bool


class Changes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, after: Place | None, limit: int, types: Collection[str] | None = None) -> Page:
        """The facts written or changed after a place, as they are now. Raises BegunAnew, TimeoutError."""
        # One transaction: having read the table, it keeps a rebuild from swapping it meanwhile.
        async with self._database.transaction() as connection:
            last = await _last(connection)
            start = after or Place(last.generation, 0)
            if start.generation != last.generation or start.change > last.change:
                raise BegunAnew("What it points to is no longer there: the facts were rebuilt, or restored from a copy")
            # A number below may still be another transaction's, and a later page would be past it.
            await settled(connection, FACTS, PATIENCE_S)
            wanted = None if types is None else list(types)
            found = await connection.fetch(READ, start.change, last.change, wanted, limit + 1)
        if len(found) <= limit:
            return Page(found, last, more=False)
        return Page(found[:limit], Place(last.generation, found[limit - 1]["change"]), more=True)

    async def stand(self) -> tuple[Place, bool]:
        """The last change, and whether it is certain that none before it is still to come."""
        async with self._database.transaction() as connection:
            return await _last(connection), not await writers(connection, FACTS)


async def _last(connection: asyncpg.Connection) -> Place:
    change: int = await connection.fetchval(LAST)
    generation: str = await connection.fetchval(GENERATION)
    return Place(hashlib.sha256(generation.encode()).hexdigest()[:16], change)
