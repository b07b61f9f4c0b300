"""job_teams: who has which role in the hiring team of a job, and when."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import Column, DateTime, Integer, String, Table, Uuid

from services.notifier.projections import metadata
from shared.events.ats.job import JobTeamChanged, TeamRole

TABLE = Table(
    "job_teams",
    metadata,
    Column("job_id", Uuid, primary_key=True),
    Column("role", String, primary_key=True),
    Column("member", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True)),
)
WRITE = """
INSERT INTO job_teams AS live (job_id, role, member, version, since, until) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (job_id, role, member) DO UPDATE
    SET version = excluded.version, since = excluded.since, until = excluded.until
    WHERE live.version < excluded.version
"""
IN_ROLES = """
SELECT member FROM job_teams WHERE job_id = $1 AND role = ANY($2::text[])
AND since <= clock_timestamp() AND (until IS NULL OR until > clock_timestamp())
"""


async def write(connection: asyncpg.Connection, event: JobTeamChanged, version: int) -> None:
    await connection.execute(WRITE, event.job_id, event.role, event.member, version, event.since, event.until)


async def in_roles(connection: asyncpg.Connection, job_id: UUID | None, roles: Sequence[TeamRole]) -> set[UUID]:
    """Who has one of the roles now."""
    return {row["member"] for row in await connection.fetch(IN_ROLES, job_id, list(roles))}
