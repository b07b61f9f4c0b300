"""titles: what requisitions and jobs are called in messages; those of confidential ones are never here."""

from uuid import UUID

import asyncpg
from sqlalchemy import Column, Integer, String, Table, Uuid

from services.notifier.projections import metadata
from shared.events.ats.job import JobTerms
from shared.events.ats.requisition import RequisitionTerms

TABLE = Table(
    "titles",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("title", String, nullable=False),
)
WRITE = """
INSERT INTO titles AS live (id, version, title) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, title = excluded.title WHERE live.version < excluded.version
"""
FIND = "SELECT title FROM titles WHERE id = $1"
CONFIDENTIAL = "confidential"


async def write(connection: asyncpg.Connection, event: JobTerms | RequisitionTerms, version: int) -> None:
    of = event.job_id if isinstance(event, JobTerms) else event.requisition_id
    title = CONFIDENTIAL if event.confidential else event.title or event.department
    await connection.execute(WRITE, of, version, title)


async def find(connection: asyncpg.Connection, of: UUID | None) -> str | None:
    title: str | None = await connection.fetchval(FIND, of)
    return title
