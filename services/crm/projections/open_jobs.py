"""open_jobs: the jobs that a prospect can be handed over to, as the ATS tells."""

from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Select, Table, Uuid, select

from services.crm.projections import metadata
from shared.events.ats.job import JobClosed, JobOpened

TABLE = Table("open_jobs", metadata, Column("id", Uuid, primary_key=True))
OPEN = "INSERT INTO open_jobs (id) VALUES ($1) ON CONFLICT DO NOTHING"
CLOSE = "DELETE FROM open_jobs WHERE id = $1"


async def fold(connection: asyncpg.Connection, event: JobOpened | JobClosed) -> None:
    await connection.execute(OPEN if isinstance(event, JobOpened) else CLOSE, event.job_id)


def open_job(job_id: UUID) -> Select[Any]:
    """A row where it is open."""
    return select(TABLE.c.id).where(TABLE.c.id == job_id)
