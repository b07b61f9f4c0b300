"""Waits for those who may still commit a number lower than one that can be seen already."""

import asyncio
import math

import asyncpg

# ROW EXCLUSIVE is taken before a number is drawn and held to the end: whoever may still fill a gap is among these.
WRITERS = """
SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted
AND relation = $1::text::regclass AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
POLL_S = 0.002


async def writers(connection: asyncpg.Connection, table: str) -> set[str]:
    """The transactions that write to a table right now."""
    return {row["virtualtransaction"] for row in await connection.fetch(WRITERS, table)}


async def settled(connection: asyncpg.Connection, table: str, patience_s: float = math.inf) -> None:
    """Returns when everybody who writes to the table now has ended. Raises TimeoutError."""
    deadline = asyncio.get_running_loop().time() + patience_s
    suspects = await writers(connection, table)
    while suspects:
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError
        await asyncio.sleep(POLL_S)
        suspects &= await writers(connection, table)
