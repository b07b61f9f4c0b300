"""The queue: one delivery per event and recipient, from queued over sending (and retrying) to how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

import asyncpg
from sqlalchemy import Boolean, Column, DateTime, Index, Integer, String, Table, UniqueConstraint, Uuid, func, text

from services.notifier.projections import metadata
from shared.events.notifier.notification import NotificationEvent, NotificationFailed, NotificationSent
from shared.kit.catch_up import Told
from shared.kit.database import Database
from shared.kit.unit import Unit

State = Literal["queued", "sending", "retrying", "sent", "failed", "suppressed"]

TABLE = Table(
    "deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("recipient_id", Uuid, nullable=False),
    Column("state", String, nullable=False, server_default="queued"),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("limited", Integer, nullable=False, server_default="0"),
    Column("unsure", Boolean, nullable=False, server_default="false"),
    Column("queued", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("due", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("tried", DateTime(timezone=True)),
    Column("channel", String),
    Column("outcome", String),
    UniqueConstraint("event_id", "recipient_id", name="one_message_per_event_and_recipient"),
    Index("deliveries_due", "due", postgresql_where=text("state IN ('queued', 'retrying', 'sending')")),
    Index("deliveries_of_recipient", "recipient_id", "tried"),
    Index("one_at_a_time", "recipient_id", unique=True, postgresql_where=text("state = 'sending'")),
)
PUT = "INSERT INTO deliveries (id, event_id, recipient_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
# One message a second and person, whoever sends. A row that is still `sending` when it is due again was left by a
# sender that died, or that the lease has outrun.
CLAIM = """
WITH ripe AS (
    SELECT DISTINCT ON (recipient_id) id FROM deliveries d
    WHERE state IN ('queued', 'retrying', 'sending') AND due <= clock_timestamp()
    AND NOT EXISTS (
        SELECT FROM deliveries o WHERE o.recipient_id = d.recipient_id
        AND (o.tried > clock_timestamp() - $2::interval OR (o.state = 'sending' AND o.id <> d.id))
    )
    ORDER BY recipient_id, due, id
), taken AS (
    SELECT deliveries.id FROM deliveries JOIN ripe USING (id)
    WHERE state IN ('queued', 'retrying', 'sending') AND due <= clock_timestamp()
    LIMIT $1 FOR UPDATE OF deliveries SKIP LOCKED
)
UPDATE deliveries SET state = 'sending', attempt = attempt + 1, unsure = unsure OR state = 'sending',
    due = clock_timestamp() + $3::interval
FROM taken, notices WHERE deliveries.id = taken.id AND notices.event_id = deliveries.event_id
RETURNING deliveries.id, recipient_id, notices.event_id, event_type, topic, schema_version, data::text, correlation,
    recorded, queued, attempt, attempt - limited AS tries, unsure
"""
POSTPONE = """
UPDATE deliveries SET state = 'retrying', due = clock_timestamp() + $3::interval, tried = clock_timestamp(),
    unsure = $4, outcome = $5, limited = limited + $6 WHERE id = $1 AND attempt = $2 AND state = 'sending'
"""
END = """
UPDATE deliveries SET state = $3, channel = $4, outcome = $5, tried = clock_timestamp()
WHERE id = $1 AND attempt = $2 AND state = 'sending'
"""
RESTORE = """
INSERT INTO deliveries (id, event_id, recipient_id, state, channel, outcome, tried)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, channel = excluded.channel, outcome = excluded.outcome,
    tried = excluded.tried
"""
AT_ONCE = 20
APART = timedelta(seconds=1)
LEASE = timedelta(seconds=45)


class LeaseLost(Exception):
    """The lease ran out and somebody else has taken the delivery over: what comes of it is theirs to record."""


@dataclass(frozen=True)
class Claimed:
    """A delivery that is ours for the length of the lease, with its notice. `unsure`: it may have arrived before.

    `attempt` counts the claims, `tries` those that were not held up by a rate limit.
    """

    id: UUID
    recipient_id: UUID
    event_id: UUID
    event_type: str
    topic: str
    schema_version: int
    data: str
    correlation: UUID
    recorded: datetime
    queued: datetime
    attempt: int
    tries: int
    unsure: bool


@dataclass(frozen=True)
class Ending:
    """A closing: the delivery ends in the transaction of the event that says so. Raises LeaseLost."""

    claimed: Claimed
    state: State
    channel: str
    outcome: str

    async def open(self, connection: asyncpg.Connection) -> None:
        done = await connection.execute(
            END, self.claimed.id, self.claimed.attempt, self.state, self.channel, self.outcome
        )
        if done != "UPDATE 1":
            raise LeaseLost

    async def close(self, connection: asyncpg.Connection, unit: Unit) -> None:
        pass


def id_of(event_id: UUID, recipient_id: UUID) -> UUID:
    """Follows from both, so that a repetition meets the stream of the first."""
    return uuid5(event_id, str(recipient_id))


async def put(connection: asyncpg.Connection, event_id: UUID, recipient_id: UUID) -> None:
    """Queues it, once."""
    await connection.execute(PUT, id_of(event_id, recipient_id), event_id, recipient_id)


async def restore(connection: asyncpg.Connection, told: Told) -> None:
    """Ends those that had ended before the database was restored to an older copy: nobody is told twice."""
    for envelope, event in told:
        if isinstance(event, NotificationEvent):
            await connection.execute(
                RESTORE, event.notification_id, event.event_id, event.recipient_id, ended_as(event), event.channel,
                event.outcome, envelope.occurred,
            )  # fmt: skip


def ended_as(event: NotificationEvent) -> State:
    match event:
        case NotificationSent():
            return "sent"
        case NotificationFailed():
            return "failed"
    return "suppressed"


async def claim(database: Database) -> Sequence[Claimed]:
    """What is due now, at most one for each recipient; empty where another sender was faster."""
    try:
        async with database.transaction() as connection:
            rows = await connection.fetch(CLAIM, AT_ONCE, APART, LEASE)
    except asyncpg.UniqueViolationError:
        return []
    return [Claimed(**row) for row in rows]


async def postpone(
    database: Database, claimed: Claimed, pause: timedelta, unsure: bool, outcome: str, limited: bool
) -> None:
    """Raises LeaseLost."""
    async with database.connection() as connection:
        done = await connection.execute(POSTPONE, claimed.id, claimed.attempt, pause, unsure, outcome, int(limited))
    if done != "UPDATE 1":
        raise LeaseLost
