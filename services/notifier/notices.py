"""Notices: events that have to be told, until it is known to whom; then they become deliveries."""

import json
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import JSON, Column, DateTime, Integer, String, Table, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY

from services.notifier import deliveries
from services.notifier.domain.member import MEMBER
from services.notifier.projections import job_teams, metadata, titles
from services.notifier.rules.rules import RULES, To
from services.notifier.templates.words import Told
from shared.events.envelope import Envelope
from shared.events.event import registry
from shared.kit.context import is_history
from shared.kit.database import Database

TABLE = Table(
    "notices",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("event_type", String, nullable=False),
    Column("recorded", DateTime(timezone=True), nullable=False),
    Column("correlation", Uuid, nullable=False),
    Column("topic", String, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("data", JSON, nullable=False),
    Column("members", ARRAY(Uuid), nullable=False),
    Column("job_id", Uuid),
    Column("roles", ARRAY(String), nullable=False),
    Column("taken", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("addressed", DateTime(timezone=True)),
)

PUT = """
INSERT INTO notices (event_id, event_type, recorded, correlation, topic, schema_version, data, members, job_id, roles)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
"""
OPEN = """
SELECT event_id, topic, schema_version, data::text, members, job_id, roles,
    taken < clock_timestamp() - $1::interval AS overdue
FROM notices WHERE addressed IS NULL ORDER BY event_id LIMIT 100 FOR UPDATE SKIP LOCKED
"""
ADDRESSED = "UPDATE notices SET addressed = clock_timestamp() WHERE event_id = $1"
KNOWN = "SELECT count(DISTINCT stream) FROM kept_events WHERE stream = ANY($1::text[])"

# Streams under different keys come in any order: what a message needs may still be on its way.
GRACE = timedelta(seconds=60)
log = structlog.get_logger()


async def put(connection: asyncpg.Connection, envelope: Envelope, about: Told, to: To) -> None:
    """Notes that the event has to be told, in words about `about`. History is not told."""
    if is_history(envelope.occurred, envelope.recorded):
        return
    await connection.execute(
        PUT, envelope.id, envelope.type, envelope.recorded, envelope.correlation, about.wire_type,
        about.schema_version, about.model_dump_json(), list(to.members), to.job_id, list(to.roles),
    )  # fmt: skip


def event_of(topic: str, schema_version: int, data: str) -> Told:
    contract = registry.get(topic)
    event = contract.model.model_validate(contract.upcast(json.loads(data), schema_version))
    assert isinstance(event, Told), f"{topic} has no words"
    return event


async def address(database: Database) -> int:
    """Makes one delivery for each recipient of the open notices; returns how many notices were settled."""
    async with database.transaction() as connection:
        rows = await connection.fetch(OPEN, GRACE)
        settled = [row["event_id"] for row in rows if await _address(connection, row)]
        for event_id in settled:
            await connection.execute(ADDRESSED, event_id)
    return len(settled)


async def _address(connection: asyncpg.Connection, row: asyncpg.Record) -> bool:
    recipients = set(row["members"]) | await job_teams.in_roles(connection, row["job_id"], row["roles"])
    if not row["overdue"] and not await _all_known(connection, row, recipients):
        return False
    if not recipients:
        log.warning("nobody to tell", event_id=str(row["event_id"]), topic=row["topic"], roles=row["roles"])
    for recipient in sorted(recipients):
        await deliveries.put(connection, row["event_id"], recipient)
    return True


async def _all_known(connection: asyncpg.Connection, row: asyncpg.Record, recipients: Collection[UUID]) -> bool:
    event = event_of(row["topic"], row["schema_version"], row["data"])
    of = RULES[type(event)].title_of(event)
    if not recipients or (of is not None and await titles.find(connection, of) is None):
        return False
    known = await connection.fetchval(KNOWN, [MEMBER.stream.name(recipient) for recipient in recipients])
    return bool(known == len(recipients))
