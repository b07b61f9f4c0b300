"""live: one row that the live process writes and every process of the API reads, with a heartbeat."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Boolean, Column, DateTime, Table, Text

from services.reporting.projections import metadata
from shared.kit.database import Database

STALE_AFTER = timedelta(seconds=5)

# Unlogged: after a crash of the database it is empty, and a second later written again.
TABLE = Table(
    "live",
    metadata,
    Column("one", Boolean, primary_key=True),
    Column("snapshot", Text, nullable=False),
    Column("changed", DateTime(timezone=True), nullable=False),
    Column("beat", DateTime(timezone=True), nullable=False),
    prefixes=["UNLOGGED"],
)

# The database's clock, so that writer and readers have the same.
WRITE = """
INSERT INTO live (one, snapshot, changed, beat) VALUES (true, $1, clock_timestamp(), clock_timestamp())
ON CONFLICT (one) DO UPDATE SET snapshot = excluded.snapshot, changed = excluded.changed, beat = excluded.beat
"""
BEAT = "UPDATE live SET beat = clock_timestamp() WHERE snapshot = $1"
READ = "SELECT snapshot, changed, beat, clock_timestamp() - beat > $1 AS stale FROM live"


class Posted(NamedTuple):
    """`changed`: when this snapshot was written. `stale`: its writer has not been heard of since `beat`."""

    snapshot: str
    changed: datetime
    beat: datetime
    stale: bool


async def post(database: Database, snapshot: str) -> None:
    """Writes it if it is new, and the heartbeat in any case."""
    async with database.connection() as connection:
        if await connection.execute(BEAT, snapshot) == "UPDATE 0":
            await connection.execute(WRITE, snapshot)


async def posted(database: Database) -> Posted | None:
    """None where the live process has never run, or not since the database crashed."""
    async with database.connection() as connection:
        row = await connection.fetchrow(READ, STALE_AFTER)
    return Posted(**row) if row else None
