"""Idempotency-Key: the same request again gets the stored answer, whatever happened to the first."""

import asyncio
import hashlib
from dataclasses import dataclass

import asyncpg
import structlog

from shared.kit.database import Database
from shared.kit.faults import TRANSIENT, describe
from shared.kit.refusals import InFlight, KeyReused
from shared.kit.unit import Unit

log = structlog.get_logger()
LOCK = "SELECT pg_try_advisory_xact_lock($1)"
FIND = "SELECT body, stream, version FROM idempotency WHERE key = $1 AND answered > now() - interval '24 hours'"
EXPIRE = "DELETE FROM idempotency WHERE answered < now() - interval '24 hours'"
STORE = """
INSERT INTO idempotency (key, body, stream, version) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO UPDATE SET body = excluded.body, stream = excluded.stream, version = excluded.version,
    answered = clock_timestamp() WHERE idempotency.answered < now() - interval '24 hours'
"""


async def forget_old_answers(database: Database) -> None:
    """Runs until cancelled: answers are kept for 24 h, and looked for every hour."""
    while True:
        try:
            async with database.connection() as connection:
                await connection.execute(EXPIRE)
        except TRANSIENT as error:
            log.warning("old answers stay for another hour", fault=describe(error))
        await asyncio.sleep(3600)


class Answered(Exception):
    """This request was carried out before; its answer is the stream at this version."""

    def __init__(self, stream: str, version: int) -> None:
        super().__init__(stream)
        self.stream, self.version = stream, version


@dataclass(frozen=True)
class Idempotency:
    """A closing: both are SHA-256 digests, of caller, route and key, and of the body."""

    key: bytes
    body: bytes

    @classmethod
    def of(cls, caller: str, route: str, key: str, body: bytes) -> "Idempotency":
        return cls(hashlib.sha256("\x00".join((caller, route, key)).encode()).digest(), hashlib.sha256(body).digest())

    async def look_up(self, database: Database) -> None:
        """Raises Answered or KeyReused where the key has an answer."""
        async with database.connection() as connection:
            await self._answered(connection)

    async def open(self, connection: asyncpg.Connection) -> None:
        """Raises InFlight, Answered, KeyReused."""
        if not await connection.fetchval(LOCK, int.from_bytes(self.key[:8], "big", signed=True)):
            raise InFlight("A request with this Idempotency-Key has not finished yet")
        await self._answered(connection)

    async def close(self, connection: asyncpg.Connection, unit: Unit) -> None:
        await connection.execute(STORE, self.key, self.body, *unit.primary)

    async def _answered(self, connection: asyncpg.Connection) -> None:
        row = await connection.fetchrow(FIND, self.key)
        if row is None:
            return
        if bytes(row["body"]) != self.body:
            raise KeyReused("The key was used for a request with another body")
        raise Answered(row["stream"], row["version"])
