"""prospects: one row each, with the digest by which a person is known again."""

from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Integer, Select, String, Table, Uuid, select

from services.crm.domain.prospect import PROSPECT, Prospect
from services.crm.projections import metadata
from shared.events.personal import reveal
from shared.kit.read_models import ReadModel

TABLE = Table(
    "prospects",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("channel", String, nullable=False),
    Column("owner", Uuid, index=True),
    Column("sourcer", Uuid),
    Column("active", Boolean, nullable=False),
    # Personal, though a keyed digest: only by a unique column can two requests for one person meet. Erasure empties it.
    Column("email_digest", String, index=True, unique=True),
)


def row(state: Prospect) -> dict[str, Any]:
    return {
        "id": state.id,
        "channel": state.channel,
        "owner": state.owner,
        "sourcer": state.sourcer,
        "active": state.active,
        "email_digest": reveal(state.email_digest),
    }


PROSPECTS: ReadModel[Prospect] = ReadModel(PROSPECT, TABLE, row)


def listed(channel: str | None, owner: UUID | None) -> Select[Any]:
    query = select(TABLE.c.id, TABLE.c.version)
    if channel is not None:
        query = query.where(TABLE.c.channel == channel)
    if owner is not None:
        query = query.where(TABLE.c.owner == owner)
    return query


def with_digest(digest: str) -> Select[Any]:
    return select(TABLE.c.id).where(TABLE.c.email_digest == digest)
