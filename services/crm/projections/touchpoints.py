"""touchpoints: one row each, to find those of a person."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, Integer, Select, String, Table, Uuid, select

from services.crm.domain.touchpoint import TOUCHPOINT, Touchpoint
from services.crm.projections import metadata
from shared.kit.read_models import ReadModel

TABLE = Table(
    "touchpoints",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("campaign", Uuid),
)


def row(state: Touchpoint) -> dict[str, Any]:
    return {"id": state.id, "person_id": state.person_id, "kind": state.kind, "campaign": state.campaign}


TOUCHPOINTS: ReadModel[Touchpoint] = ReadModel(TOUCHPOINT, TABLE, row)


def ids_of_person(person_id: UUID) -> Select[Any]:
    return select(TABLE.c.id).where(TABLE.c.person_id == person_id)
