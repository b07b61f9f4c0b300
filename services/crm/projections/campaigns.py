"""campaigns: one row each."""

from typing import Any

from sqlalchemy import Column, Integer, String, Table, Uuid

from services.crm.domain.campaign import CAMPAIGN, Campaign
from services.crm.projections import metadata
from shared.kit.read_models import ReadModel

TABLE = Table(
    "campaigns",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("sender", Uuid, nullable=False),
    Column("job_id", Uuid),
)


def row(state: Campaign) -> dict[str, Any]:
    return {"id": state.id, "name": state.name, "sender": state.sender, "job_id": state.job_id}


CAMPAIGNS: ReadModel[Campaign] = ReadModel(CAMPAIGN, TABLE, row)
