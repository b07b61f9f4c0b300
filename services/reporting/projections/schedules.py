"""schedules: one row each, with how its last run went."""

from typing import Any

from sqlalchemy import Column, DateTime, Integer, String, Table, Uuid

from services.reporting.domain.schedule import SCHEDULE, Schedule, next_due
from services.reporting.projections import metadata
from shared.kit.read_models import ReadModel

TABLE = Table(
    "schedules",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("title", String, nullable=False),
    Column("report", String, nullable=False),
    Column("rhythm", String, nullable=False),
    Column("state", String, nullable=False),
    Column("next", DateTime(timezone=True)),
    Column("last", DateTime(timezone=True)),
    Column("snapshot_id", Uuid),
    Column("why", String),
)


def row(state: Schedule) -> dict[str, Any]:
    """`snapshot_id` and `why` are those of the last run."""
    terms, last = state.terms, state.last
    return {
        "id": state.id, "title": terms.title, "report": terms.report, "rhythm": terms.rhythm,
        "state": "running" if state.ended is None else "ended", "next": next_due(state), "last": last and last.due,
        "snapshot_id": last and last.snapshot_id, "why": last and last.why,
    }  # fmt: skip


SCHEDULES: ReadModel[Schedule] = ReadModel(SCHEDULE, TABLE, row)
