"""applications: one row each; `accepted` is an active one whose offer was accepted, and stands with the offer."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Exists, Index, Integer, Select, String, Table, Uuid, case, exists, select

from services.ats.domain.application import APPLICATION, Application
from services.ats.projections import metadata, offers
from shared.kit.read_models import ReadModel

TABLE = Table(
    "applications",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("job_id", Uuid, nullable=False, index=True),
    Column("stage", String, nullable=False),
    Column("state", String, nullable=False),
    Column("source", String, nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("hand_over", Uuid),
    Column("prior_application", Uuid),
)
UNDER_WAY = TABLE.c.state.in_(["active", "hired"])
# The hired count, so that a hire that is reversed always finds its place free.
Index("one_application_under_way", TABLE.c.person_id, TABLE.c.job_id, unique=True, postgresql_where=UNDER_WAY)


def row(state: Application) -> dict[str, Any]:
    return {
        "id": state.id,
        "person_id": state.person_id,
        "job_id": state.job_id,
        "stage": state.stage,
        "state": state.state,
        "source": state.source,
        "internal": state.internal,
        "hand_over": state.hand_over,
        "prior_application": state.prior_application,
    }


APPLICATIONS: ReadModel[Application] = ReadModel(APPLICATION, TABLE, row)


def _has_offer(*states: str) -> Exists:
    return exists().where(offers.TABLE.c.application_id == TABLE.c.id, offers.TABLE.c.state.in_(states))


STATE = case(((TABLE.c.state == "active") & _has_offer("accepted"), "accepted"), else_=TABLE.c.state)
_SHOWN = [*(column for column in TABLE.c if column.key != "state"), STATE.label("state")]


def listed(
    job_id: UUID | None = None, state: str | None = None, stage: str | None = None, person_id: UUID | None = None,
    of_jobs: Collection[UUID] | None = None,
) -> Select[Any]:  # fmt: skip
    """`of_jobs`: only those to one of these."""
    wanted = {TABLE.c.job_id: job_id, STATE: state, TABLE.c.stage: stage, TABLE.c.person_id: person_id}
    query = select(*_SHOWN).where(*(column == value for column, value in wanted.items() if value is not None))
    return query if of_jobs is None else query.where(TABLE.c.job_id.in_(of_jobs))


def under_way_of(person_id: UUID, job_id: UUID) -> Select[Any]:
    """The id of the person's application to the job that is active or hired."""
    return select(TABLE.c.id).where(TABLE.c.person_id == person_id, TABLE.c.job_id == job_id, UNDER_WAY)


def active_on(job_id: UUID) -> Select[Any]:
    """Ids of the applications that wait for a decision."""
    return select(TABLE.c.id).where(TABLE.c.job_id == job_id, TABLE.c.state == "active").order_by(TABLE.c.id)


def promised_on(job_id: UUID) -> Select[Any]:
    """Ids of those active ones who hold an offer, accepted or not."""
    return active_on(job_id).where(_has_offer("extended", "accepted"))


def newest_of(person_id: UUID) -> Select[Any]:
    """The id of the application that no later one names as the one before it."""
    later = TABLE.alias("later")
    followed = exists().where(later.c.prior_application == TABLE.c.id)
    of_person = select(TABLE.c.id).where(TABLE.c.person_id == person_id, ~followed)
    return of_person.order_by(TABLE.c.id.desc()).limit(1)
