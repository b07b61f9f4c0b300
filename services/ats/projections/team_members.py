"""team members: who may do what here; the kit's table of principals, fed inline."""

from typing import Any

from sqlalchemy import ARRAY, Boolean, Column, Integer, MetaData, String, Table, Uuid

from services.ats.domain.team_member import TEAM_MEMBER, TeamMember
from shared.kit.read_models import ReadModel

# The table is the kit's, so it stands in no metadata that Alembic compares.
TABLE = Table(
    "principals",
    MetaData(),
    Column("subject", String, nullable=False),
    Column("id", Uuid, primary_key=True),
    Column("roles", ARRAY(String), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)


def row(state: TeamMember) -> dict[str, Any]:
    return {"subject": state.subject, "id": state.id, "roles": list(state.roles), "active": state.active}


PRINCIPALS: ReadModel[TeamMember] = ReadModel(TEAM_MEMBER, TABLE, row)
