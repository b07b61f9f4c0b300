"""openings: one row per seat."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, Date, Integer, Select, String, Table, Uuid, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.ats.domain.opening import OPENING, Opening
from services.ats.projections import metadata
from shared.kit.read_models import ReadModel

TABLE = Table(
    "openings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("requisition_id", Uuid, nullable=False, index=True),
    Column("jobs", ARRAY(Uuid), nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("target_date", Date),
    Column("application_id", Uuid),
    Column("offer_id", Uuid),
)


def row(state: Opening) -> dict[str, Any]:
    application_id, offer_id = state.filled_by or (None, None)
    return {
        "id": state.id,
        "requisition_id": state.requisition_id,
        "jobs": list(state.jobs),
        "kind": state.kind,
        "state": state.state,
        "target_date": state.target_date,
        "application_id": application_id,
        "offer_id": offer_id,
    }


OPENINGS: ReadModel[Opening] = ReadModel(OPENING, TABLE, row)


def listed(job_id: UUID | None, state: str | None) -> Select[Any]:
    query = select(TABLE)
    if job_id is not None:
        query = query.where(TABLE.c.jobs.contains([job_id]))
    if state is not None:
        query = query.where(TABLE.c.state == state)
    return query


def seats_of(requisition_id: UUID) -> Select[Any]:
    """Id and state of every seat that was ever opened under a requisition."""
    return select(TABLE.c.id, TABLE.c.state).where(TABLE.c.requisition_id == requisition_id)


def free_seats_of(job_id: UUID) -> Select[Any]:
    """Ids of the job's seats that no offer holds, always in the same order."""
    return select(TABLE.c.id).where(TABLE.c.jobs.contains([job_id]), TABLE.c.state == "open").order_by(TABLE.c.id)
