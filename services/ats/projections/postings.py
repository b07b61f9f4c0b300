"""postings: one row each; on a board are those published whose requisition is not held."""

from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Integer, Select, String, Table, Uuid, case, select

from services.ats.domain.posting import POSTING, Posting
from services.ats.projections import metadata
from services.ats.projections.requisitions import TABLE as REQUISITIONS
from shared.kit.read_models import ReadModel

TABLE = Table(
    "postings",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("job_id", Uuid, nullable=False, index=True),
    Column("requisition_id", Uuid, nullable=False),
    Column("board", String, nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("title", String, nullable=False),
    Column("published", Boolean, nullable=False),
)


def row(state: Posting) -> dict[str, Any]:
    return {
        "id": state.id,
        "job_id": state.job_id,
        "requisition_id": state.requisition_id,
        "board": state.board,
        "internal": state.internal,
        "title": state.title,
        "published": state.published,
    }


POSTINGS: ReadModel[Posting] = ReadModel(POSTING, TABLE, row)

HELD = REQUISITIONS.c.state == "held"
STATE = case((TABLE.c.published.is_(False), "unpublished"), (HELD, "paused"), else_="published").label("state")
WITH_REQUISITION = TABLE.join(REQUISITIONS, TABLE.c.requisition_id == REQUISITIONS.c.id)


def listed(job_id: UUID | None) -> Select[Any]:
    query = select(TABLE, STATE).select_from(WITH_REQUISITION)
    return query.where(TABLE.c.job_id == job_id) if job_id is not None else query


def on_public_boards() -> Select[Any]:
    return select(TABLE).select_from(WITH_REQUISITION).where(TABLE.c.published, ~TABLE.c.internal, ~HELD)


def published_of(job_id: UUID) -> Select[Any]:
    """Ids of the job's postings that are on a board, held or not."""
    return select(TABLE.c.id).where(TABLE.c.job_id == job_id, TABLE.c.published)
