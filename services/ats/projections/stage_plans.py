"""stage_plans: one row each, the newest version's name."""

from typing import Any

from sqlalchemy import Column, Integer, String, Table, Uuid

from services.ats.domain.stage_plan import STAGE_PLAN, StagePlan
from services.ats.projections import metadata
from shared.kit.read_models import ReadModel

TABLE = Table(
    "stage_plans",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", String, nullable=False),
)


def row(state: StagePlan) -> dict[str, Any]:
    return {"id": state.id, "name": state.name}


STAGE_PLANS: ReadModel[StagePlan] = ReadModel(STAGE_PLAN, TABLE, row)
