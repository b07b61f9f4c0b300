"""enrolments: one row each; a person is in a campaign once."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Integer, Select, Table, Uuid, func, select

from services.crm.domain.enrolment import ENROLMENT, Enrolment
from services.crm.projections import metadata
from shared.kit.read_models import ReadModel

TABLE = Table(
    "enrolments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("campaign_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Index("one_enrolment_of_a_person_in_a_campaign", "campaign_id", "person_id", unique=True),
)


def row(state: Enrolment) -> dict[str, Any]:
    return {"id": state.id, "campaign_id": state.campaign_id, "person_id": state.person_id}


ENROLMENTS: ReadModel[Enrolment] = ReadModel(ENROLMENT, TABLE, row)


def of_person_in(campaign_id: UUID, person_id: UUID) -> Select[Any]:
    return select(TABLE.c.id).where(TABLE.c.campaign_id == campaign_id, TABLE.c.person_id == person_id)


def enrolled_in(campaign_id: UUID) -> Select[Any]:
    """How many people."""
    return select(func.count().label("people")).where(TABLE.c.campaign_id == campaign_id)
