"""interviews: one row each, as the newest version has it."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Integer, Select, String, Table, Uuid, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.ats.domain.interview import INTERVIEW, Interview
from services.ats.projections import metadata
from shared.kit.read_models import ReadModel

TABLE = Table(
    "interviews",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("application_id", Uuid, nullable=False, index=True),
    Column("person_id", Uuid, nullable=False),
    Column("job_id", Uuid, nullable=False),
    Column("loop_id", Uuid),
    Column("stage", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("panel", ARRAY(Uuid), nullable=False),
    Column("start", DateTime(timezone=True), nullable=False),
    Column("end", DateTime(timezone=True), nullable=False),
    Column("zone", String, nullable=False),
)


def row(state: Interview) -> dict[str, Any]:
    return {
        "id": state.id,
        "application_id": state.application_id,
        "person_id": state.person_id,
        "job_id": state.job_id,
        "loop_id": state.loop_id,
        "stage": state.stage,
        "kind": state.kind,
        "state": state.state,
        "panel": list(state.time.panel),
        "start": state.time.start,
        "end": state.time.end,
        "zone": state.time.zone,
    }


INTERVIEWS: ReadModel[Interview] = ReadModel(INTERVIEW, TABLE, row)


def listed(application_id: UUID | None, of_jobs: Collection[UUID] | None, or_of: UUID) -> Select[Any]:
    """`of_jobs`: only those for one of these, or with `or_of` on the panel."""
    query = select(TABLE)
    if application_id is not None:
        query = query.where(TABLE.c.application_id == application_id)
    if of_jobs is not None:
        query = query.where(TABLE.c.job_id.in_(of_jobs) | TABLE.c.panel.contains([or_of]))
    return query
