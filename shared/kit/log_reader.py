"""Reads the events table in position order without ever skipping a late commit."""

from collections.abc import Sequence

import asyncpg

from shared.kit.database import Database
from shared.kit.event_rows import COLUMNS
from shared.kit.writers import settled

READ = f"SELECT {COLUMNS} FROM events WHERE position > $1 ORDER BY position LIMIT $2"  # noqa: S608
NEXT = "SELECT position FROM events WHERE position > $1 ORDER BY position LIMIT 1"


class LogReader:
    """`voids` counts the positions that were stepped over because their transaction rolled back."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.voids = 0

    async def read(self, after: int, limit: int) -> Sequence[asyncpg.Record]:
        """The contiguous run after a position, up to `limit` rows; waits at a gap until it is filled or void."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(READ, after, limit)
            run = contiguous(rows, after)
            while rows and not run:
                voids = await self._void_until(connection, after)
                self.voids += voids
                after += voids
                rows = await connection.fetch(READ, after, limit)
                run = contiguous(rows, after)
        return run

    async def _void_until(self, connection: asyncpg.Connection, after: int) -> int:
        """Waits for everybody who may still fill the gap after `after`; returns how wide it is then, 0 if filled."""
        await settled(connection, "events")
        upper: int = await connection.fetchval(NEXT, after)
        return upper - after - 1


def contiguous(rows: Sequence[asyncpg.Record], after: int) -> Sequence[asyncpg.Record]:
    """The rows up to the first gap after `after`."""
    for index, row in enumerate(rows, start=1):
        if row["position"] != after + index:
            return rows[: index - 1]
    return rows
