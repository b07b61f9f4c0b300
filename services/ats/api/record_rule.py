"""Whose applications a caller sees: everybody's, or those to the jobs that they are hiring manager of, or none."""

from uuid import UUID

from services.ats.domain.job import JOB
from services.ats.projections.jobs import ever_managed_by
from shared.kit.context import now
from shared.kit.http.reads import Read

SEE_ALL = frozenset({"admin", "recruiter", "lead", "hr", "sourcer"})


async def jobs_seen(read: Read) -> frozenset[UUID] | None:
    """None where all jobs' applications are seen."""
    roles = read.caller.roles
    if roles & SEE_ALL:
        return None
    managed = await read.store.database.rows(ever_managed_by(read.caller.id))
    states = await read.store.states(JOB, [row.id for row in managed])
    at = now()
    return frozenset(job.id for job in states.values() if job.has("hiring_manager", read.caller.id, at))
