"""candidates: one row per person, to be found by their address."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Integer, Select, String, Table, Uuid, select

from services.ats.domain.candidate import CANDIDATE, Candidate
from services.ats.projections import applications, metadata
from shared.events.personal import reveal
from shared.kit.read_models import ReadModel

TABLE = Table(
    "candidates",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    # Personal, though nobody can read an address from it: whoever is recognised must be found before their stream is
    # known. Erasing a person has to empty it. Unique, so that two first applications make one candidate.
    Column("email_digest", String, unique=True),
)


def row(state: Candidate) -> dict[str, Any]:
    return {"id": state.id, "email_digest": reveal(state.email_digest)}


CANDIDATES: ReadModel[Candidate] = ReadModel(CANDIDATE, TABLE, row)


def listed(of_jobs: Collection[UUID] | None) -> Select[Any]:
    """`of_jobs`: only those who applied to one of these."""
    query = select(TABLE.c.id, TABLE.c.version)
    if of_jobs is not None:
        applied = select(applications.TABLE.c.person_id).where(applications.TABLE.c.job_id.in_(of_jobs))
        query = query.where(TABLE.c.id.in_(applied))
    return query


def known_by(email_digest: str) -> Select[Any]:
    """The id of the candidate with this address."""
    return select(TABLE.c.id).where(TABLE.c.email_digest == email_digest)
