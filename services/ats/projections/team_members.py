"""team members: who may do what here; the kit's table of principals, fed inline."""

from typing import Any

from sqlalchemy import Boolean, Column, Integer, MetaData, Select, String, Table, Uuid, select
from sqlalchemy.dialects.postgresql import ARRAY

from services.ats.domain.team_member import TEAM_MEMBER, TeamMember
from shared.kit.read_models import ReadModel

# The table is the kit's, so it stands in no metadata that Alembic compares.
TABLE = Table(
    "principals",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("subject", String, nullable=False),
    Column("roles", ARRAY(String), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)


def row(state: TeamMember) -> dict[str, Any]:
    return {"subject": state.subject, "id": state.id, "roles": list(state.roles), "active": state.active}


PRINCIPALS: ReadModel[TeamMember] = ReadModel(TEAM_MEMBER, TABLE, row)


def active_with(subject: str) -> Select[Any]:
    """Ids of the active members whose tokens have this subject: at most one."""
    return select(TABLE.c.id).where(TABLE.c.subject == subject, TABLE.c.active)
