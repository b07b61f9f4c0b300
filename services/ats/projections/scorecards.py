"""scorecards: one row each, without what was written."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Integer, Select, String, Table, Uuid, select

from services.ats.domain.scorecard import SCORECARD, Scorecard
from services.ats.projections import metadata
from shared.kit.read_models import ReadModel

TABLE = Table(
    "scorecards",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("interview_id", Uuid, nullable=False, index=True),
    Column("application_id", Uuid, nullable=False, index=True),
    Column("person_id", Uuid, nullable=False),
    Column("interviewer", Uuid, nullable=False, index=True),
    Column("job_id", Uuid, nullable=False),
    Column("stage", String, nullable=False),
    Column("state", String, nullable=False),
    Column("due", DateTime(timezone=True), nullable=False),
)


def row(state: Scorecard) -> dict[str, Any]:
    return {
        "id": state.id,
        "interview_id": state.interview_id,
        "application_id": state.application_id,
        "person_id": state.person_id,
        "interviewer": state.interviewer,
        "job_id": state.job_id,
        "stage": state.stage,
        "state": state.state,
        "due": state.due,
    }


SCORECARDS: ReadModel[Scorecard] = ReadModel(SCORECARD, TABLE, row)


def listed(
    application_id: UUID | None, interviewer: UUID | None, of_jobs: Collection[UUID] | None, or_of: UUID
) -> Select[Any]:
    """`of_jobs`: only those for one of these, or on an application that `or_of` interviews on too."""
    query = select(TABLE)
    if application_id is not None:
        query = query.where(TABLE.c.application_id == application_id)
    if interviewer is not None:
        query = query.where(TABLE.c.interviewer == interviewer)
    if of_jobs is not None:
        query = query.where(TABLE.c.job_id.in_(of_jobs) | TABLE.c.application_id.in_(interviewed_by(or_of)))
    return query


def interviewed_by(interviewer: UUID) -> Select[Any]:
    """Ids of the applications that somebody has, or had, a scorecard on."""
    return select(TABLE.c.application_id).where(TABLE.c.interviewer == interviewer)


def scorecards_of(interview_id: UUID) -> Select[Any]:
    """Ids of an interview's scorecards, without those that were waived."""
    return select(TABLE.c.id).where(TABLE.c.interview_id == interview_id, TABLE.c.state != "waived")


def own_states(interviewer: UUID, applications: Collection[UUID]) -> Select[Any]:
    """Application and state of the scorecards that somebody owes or has given; waived ones are neither."""
    mine = TABLE.c.interviewer == interviewer
    given = select(TABLE.c.application_id, TABLE.c.state)
    return given.where(mine, TABLE.c.application_id.in_(applications), TABLE.c.state != "waived")
