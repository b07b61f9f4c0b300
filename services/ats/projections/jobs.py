"""jobs: one row each, without confidential title; with everybody who ever was its hiring manager."""

from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Integer, Select, String, Table, Uuid, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.ats.domain.job import JOB, Job
from services.ats.projections import metadata
from shared.kit.read_models import ReadModel

TABLE = Table(
    "jobs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("requisition_id", Uuid, nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("title", String),
    Column("confidential", Boolean, nullable=False),
    Column("department", String, nullable=False),
    Column("location", String, nullable=False),
    Column("evergreen", Boolean, nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("plan_id", Uuid, nullable=False),
    Column("plan_version", Integer, nullable=False),
    Column("hiring_managers", ARRAY(Uuid), nullable=False),
)


def row(state: Job) -> dict[str, Any]:
    terms = state.terms
    return {
        "id": state.id,
        "requisition_id": state.requisition_id,
        "state": state.state,
        "title": terms.title,
        "confidential": terms.confidential,
        "department": terms.department,
        "location": terms.location,
        "evergreen": terms.evergreen,
        "internal": terms.internal,
        "plan_id": state.plan_id,
        "plan_version": state.plan_version,
        "hiring_managers": sorted(mate.member for mate in state.team if mate.role == "hiring_manager"),
    }


JOBS: ReadModel[Job] = ReadModel(JOB, TABLE, row)


def listed(state: str | None) -> Select[Any]:
    query = select(TABLE)
    return query.where(TABLE.c.state == state) if state is not None else query


def ever_managed_by(member_id: UUID) -> Select[Any]:
    """Ids of the jobs that a member is, was or will be hiring manager of; a row has no clock to tell which."""
    return select(TABLE.c.id).where(TABLE.c.hiring_managers.contains([member_id]))
