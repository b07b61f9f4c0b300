"""requisitions: one row each, without band and without confidential title."""

from typing import Any

from sqlalchemy import Boolean, Column, Integer, Select, String, Table, Uuid, select

from services.ats.domain.requisition import REQUISITION, Requisition
from services.ats.projections import metadata
from shared.kit.read_models import ReadModel

TABLE = Table(
    "requisitions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("title", String),
    Column("department", String, nullable=False),
    Column("location", String, nullable=False),
    Column("headcount", Integer, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("hiring_manager", Uuid),
    Column("recruiter", Uuid),
)


def row(state: Requisition) -> dict[str, Any]:
    terms = state.terms
    return {
        "id": state.id,
        "state": state.state,
        "title": terms.title,
        "department": terms.department,
        "location": terms.location,
        "headcount": terms.headcount,
        "confidential": terms.confidential,
        "hiring_manager": terms.hiring_manager,
        "recruiter": terms.recruiter,
    }


REQUISITIONS: ReadModel[Requisition] = ReadModel(REQUISITION, TABLE, row)


def listed(state: str | None) -> Select[Any]:
    query = select(TABLE)
    return query.where(TABLE.c.state == state) if state is not None else query
