"""flags: one row for each group that was flagged for a period."""

from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Integer, String, Table, Uuid

from services.reporting.domain.flag import FLAG, Flag
from services.reporting.projections import metadata
from shared.kit.read_models import ReadModel

TABLE = Table(
    "flags",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("question", String, nullable=False),
    Column("category", String, nullable=False),
    Column("group", String, nullable=False),
    Column("stage", String),
    Column("period", String, nullable=False),
    Column("known_at", DateTime(timezone=True), nullable=False),
    Column("considered", Integer, nullable=False),
    Column("selected", Integer, nullable=False),
    Column("ratio", String, nullable=False),
    Column("p", String, nullable=False),
    Column("significant", Boolean, nullable=False),
)
SHOWN = [column.name for column in TABLE.columns if column.name not in ("id", "version")]


def row(state: Flag) -> dict[str, Any]:
    return {"id": state.id, **{name: getattr(state.flagged, name) for name in SHOWN}}


FLAGS: ReadModel[Flag] = ReadModel(FLAG, TABLE, row)
