"""approvals: one row per round, with who is waited for."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, Integer, Select, String, Table, Uuid, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.ats.domain.approval import APPROVAL, Approval
from services.ats.projections import metadata
from shared.kit.read_models import ReadModel

TABLE = Table(
    "approvals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("subject", String, nullable=False),
    Column("subject_id", Uuid, nullable=False, index=True),
    Column("subject_version", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("outcome", String, nullable=False),
    Column("step", Integer),
    Column("waiting_for", ARRAY(Uuid), nullable=False),
    Column("still_seated", ARRAY(Uuid), nullable=False),
)


def row(state: Approval) -> dict[str, Any]:
    return {
        "id": state.id,
        "subject": state.subject,
        "subject_id": state.subject_id,
        "subject_version": state.subject_version,
        "round": state.round,
        "outcome": state.outcome,
        "step": state.open_step,
        "waiting_for": list(state.waiting_for),
        "still_seated": list(state.still_seated),
    }


APPROVALS: ReadModel[Approval] = ReadModel(APPROVAL, TABLE, row)


def listed(subject_id: UUID | None, outcome: str | None, waiting_for: UUID | None) -> Select[Any]:
    query = select(TABLE)
    if subject_id is not None:
        query = query.where(TABLE.c.subject_id == subject_id)
    if outcome is not None:
        query = query.where(TABLE.c.outcome == outcome)
    if waiting_for is not None:
        query = query.where(TABLE.c.waiting_for.contains([waiting_for]))
    return query


def open_approvals_of(member_id: UUID) -> Select[Any]:
    """Ids of the open rounds in which a member has a seat that is still to count."""
    return select(TABLE.c.id).where(TABLE.c.outcome == "open", TABLE.c.still_seated.contains([member_id]))
