"""Timers follow from a stream's state, are written in the unit that changes it, and fire once when they are due."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar
from uuid import UUID

import asyncpg
import structlog

from shared.kit.aggregate import Aggregate
from shared.kit.context import Context, now
from shared.kit.faults import TRANSIENT, Backoff, describe
from shared.kit.refusals import NewerVersion, Refusal
from shared.kit.writes import Write

if TYPE_CHECKING:
    from shared.kit.store import EventStore
    from shared.kit.unit import Unit

SET = """
INSERT INTO timers (stream, name, due) VALUES ($1, $2, $3)
ON CONFLICT (stream, name) DO UPDATE SET due = excluded.due
"""
CANCEL = "DELETE FROM timers WHERE stream = $1 AND name = $2"
DUE = """
SELECT stream, name, due FROM timers WHERE due <= clock_timestamp() ORDER BY due LIMIT 100
"""
POSTPONE = """
UPDATE timers SET due = clock_timestamp() + interval '1 minute' WHERE stream = $1 AND name = $2 AND due = $3
"""
DONE = "DELETE FROM timers WHERE stream = $1 AND name = $2 AND due = $3 RETURNING 1"

UUID_LENGTH = 36

S = TypeVar("S")
Fire = Callable[["Unit", UUID], Awaitable[None]]
log = structlog.get_logger()


@dataclass(frozen=True)
class Timer(Generic[S]):
    """`due`: when a state asks for something to be done, None where it does not; `fire` then does it."""

    aggregate: Aggregate[S]
    name: str
    due: Callable[[S], datetime | None]
    fire: Fire

    def due_in(self, state: S | None) -> datetime | None:
        return None if state is None else self.due(state)

    def written(self, stream: str, due: datetime | None) -> Write:
        """Set or moved; None cancels it."""
        if due is None:
            return Write("timers", CANCEL, (stream, self.name))
        return Write("timers", SET, (stream, self.name, due))


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


async def fire_due(store: "EventStore") -> int:
    """Fires what is due now; returns how many were. One that is refused is dropped, one that fails comes again."""
    async with store.database.connection() as connection:
        rows = await connection.fetch(DUE)
    for row in rows:
        fired = _Fired(row["stream"], row["name"], row["due"])

        async def command(unit: "Unit", timer: asyncpg.Record = row) -> None:
            await store.timers[timer["name"]].fire(unit, UUID(timer["stream"][-UUID_LENGTH:]))

        # The clocks of database and service may differ: for the command it is never before the timer was due.
        context = Context(actor=f"timer:{store.service}", occurred=max(row["due"], now()))
        try:
            await store.run(context, command, fired)
        except Cancelled:
            log.info("timer cancelled while firing", stream=row["stream"], name=row["name"])
        except TRANSIENT:
            raise
        except NewerVersion as later:
            await _settle(store, POSTPONE, fired, later)
        except Refusal as refusal:
            await _settle(store, DONE, fired, refusal)
        except Exception as error:
            await _settle(store, POSTPONE, fired, error)
    return len(rows)


async def _settle(store: "EventStore", statement: str, fired: _Fired, error: Exception) -> None:
    log.error("timer did not fire", stream=fired.stream, name=fired.name, why=describe(error),
              again=statement == POSTPONE)  # fmt: skip
    async with store.database.connection() as connection:
        await connection.execute(statement, fired.stream, fired.name, fired.due)


async def run_timers(store: "EventStore", poll_s: float = 1.0) -> None:
    """Runs until cancelled; faults of the database are waited out."""
    backoff = Backoff()
    while True:
        try:
            fired = await fire_due(store)
            backoff.reset()
            await asyncio.sleep(0 if fired else poll_s)
        except TRANSIENT as error:
            await backoff.wait("timers", error)
