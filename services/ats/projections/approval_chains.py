"""approval_chains: one row each, the newest version."""

from typing import Any

from sqlalchemy import Column, Integer, String, Table, Uuid

from services.ats.domain.approval_chain import APPROVAL_CHAIN, ApprovalChain
from services.ats.projections import metadata
from shared.kit.read_models import ReadModel

TABLE = Table(
    "approval_chains",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("subject", String, nullable=False),
)


def row(state: ApprovalChain) -> dict[str, Any]:
    return {"id": state.id, "name": state.name, "subject": state.subject}


APPROVAL_CHAINS: ReadModel[ApprovalChain] = ReadModel(APPROVAL_CHAIN, TABLE, row)
