"""offers: one row per process, without pay; a process is one application's way to a promise for one job."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Date, DateTime, Index, Integer, Select, String, Table, Uuid, exists, select

from services.ats.domain.offer import OFFER, Offer
from services.ats.projections import metadata, openings
from shared.kit.read_models import ReadModel

TABLE = Table(
    "offers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("application_id", Uuid, nullable=False, index=True),
    Column("person_id", Uuid, nullable=False),
    Column("job_id", Uuid, nullable=False),
    Column("opening_id", Uuid, nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("offer_version", Integer, nullable=False),
    Column("approval_id", Uuid),
    Column("level", String),
    Column("expires", DateTime(timezone=True)),
    Column("start_date", Date),
    Column("seated", Boolean, nullable=False),
)
LIVE = TABLE.c.state.not_in(["rescinded", "reneged"])
# Two requests that draft an offer for one application at once are kept apart here.
Index("one_live_offer_process", TABLE.c.application_id, TABLE.c.job_id, unique=True, postgresql_where=LIVE)


def row(state: Offer) -> dict[str, Any]:
    return {
        "id": state.id,
        "application_id": state.application_id,
        "person_id": state.person_id,
        "job_id": state.job_id,
        "opening_id": state.terms.opening_id,
        "state": state.state,
        "offer_version": state.terms.version,
        "approval_id": state.approval_id,
        "level": state.terms.level,
        "expires": state.expires,
        "start_date": state.start_date or state.terms.start_date,
        "seated": state.seated,
    }


OFFERS: ReadModel[Offer] = ReadModel(OFFER, TABLE, row)


def listed(application_id: UUID | None, of_jobs: Collection[UUID] | None) -> Select[Any]:
    """`of_jobs`: only those for one of these."""
    query = select(TABLE)
    if application_id is not None:
        query = query.where(TABLE.c.application_id == application_id)
    return query if of_jobs is None else query.where(TABLE.c.job_id.in_(of_jobs))


def live_offer_of(application_id: UUID, job_id: UUID) -> Select[Any]:
    """The id of the process that is under way, also after a no or a missed deadline: it can be revised."""
    return select(TABLE.c.id).where(TABLE.c.application_id == application_id, TABLE.c.job_id == job_id, LIVE)


def open_offer_of(application_id: UUID) -> Select[Any]:
    """The id of the offer that is out and waits for an answer."""
    return _in_state(application_id, "extended")


def accepted_offer_of(application_id: UUID) -> Select[Any]:
    """The id of the offer whose acceptance stands."""
    return _in_state(application_id, "accepted")


def free_seats(job_id: UUID) -> Select[Any]:
    """Ids of a job's free seats, first those that no other offer names."""
    named = exists().where(TABLE.c.opening_id == openings.TABLE.c.id, LIVE)
    return openings.free_seats_of(job_id).order_by(None).order_by(named, openings.TABLE.c.id)


def _in_state(application_id: UUID, state: str) -> Select[Any]:
    return select(TABLE.c.id).where(TABLE.c.application_id == application_id, TABLE.c.state == state)
