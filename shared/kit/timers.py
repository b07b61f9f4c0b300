"""Timers: set and cancelled inside a unit, fired once as a command when they are due."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from shared.kit.context import Context
from shared.kit.faults import TRANSIENT, Backoff
from shared.kit.refusals import Refusal

if TYPE_CHECKING:
    from shared.kit.store import EventStore
    from shared.kit.unit import Unit

SET = """
INSERT INTO timers (stream, name, due, payload) VALUES ($1, $2, $3, $4)
ON CONFLICT (stream, name) DO UPDATE SET due = excluded.due, payload = excluded.payload
"""
CANCEL = "DELETE FROM timers WHERE stream = $1 AND name = $2"
DUE = """
SELECT stream, name, due, payload::text FROM timers WHERE due <= clock_timestamp() ORDER BY due LIMIT 100
FOR UPDATE SKIP LOCKED
"""
DONE = "DELETE FROM timers WHERE stream = $1 AND name = $2 AND due = $3 RETURNING 1"

Fire = Callable[["Unit", str, dict[str, Any]], Awaitable[None]]
log = structlog.get_logger()


class Cancelled(Exception):
    """The timer was moved, cancelled or fired elsewhere while it was being fired here."""


@dataclass(frozen=True)
class _Fired:
    """Deletes the timer in the transaction of its effect: that is what makes it once."""

    stream: str
    name: str
    due: datetime

    async def open(self, connection: asyncpg.Connection) -> None:
        if await connection.fetchval(DONE, self.stream, self.name, self.due) is None:
            raise Cancelled

    async def close(self, connection: asyncpg.Connection, unit: "Unit") -> None:
        pass


async def fire_due(store: "EventStore", handlers: Mapping[str, Fire]) -> int:
    """Fires what is due now; returns how many. A timer whose command is refused is logged and dropped."""
    async with store.database.transaction() as connection:
        rows = await connection.fetch(DUE)
    for row in rows:
        fired = _Fired(row["stream"], row["name"], row["due"])

        async def command(unit: "Unit", timer: asyncpg.Record = row) -> None:
            await handlers[timer["name"]](unit, timer["stream"], json.loads(timer["payload"]))

        try:
            await store.run(Context(actor=f"timer:{store.service}"), command, fired)
        except Cancelled:
            log.info("timer cancelled while firing", stream=row["stream"], name=row["name"])
        except Refusal as refusal:
            if isinstance(refusal, TRANSIENT):
                raise
            log.warning("timer dropped: refused", stream=row["stream"], name=row["name"], refusal=refusal.slug)
            async with store.database.connection() as connection:
                await connection.execute(DONE, row["stream"], row["name"], row["due"])
    return len(rows)


async def run_timers(store: "EventStore", handlers: Mapping[str, Fire], poll_s: float = 1.0) -> None:
    """Runs until cancelled; faults of the database are waited out."""
    backoff = Backoff()
    while True:
        try:
            fired = await fire_due(store, handlers)
            backoff.reset()
            await asyncio.sleep(0 if fired else poll_s)
        except TRANSIENT as error:
            await backoff.wait("timers", error)
