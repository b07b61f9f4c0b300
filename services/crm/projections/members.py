"""members: who may do what here; the kit's table of principals, as the ATS tells."""

import asyncpg

from shared.events.ats.team_member import TeamMemberAdded, TeamMemberDeactivated, TeamMemberUpdated
from shared.kit.http.access import write_principal

FIND = "SELECT subject, roles FROM principals WHERE id = $1"


async def fold(
    connection: asyncpg.Connection, event: TeamMemberAdded | TeamMemberUpdated | TeamMemberDeactivated, version: int
) -> None:
    if isinstance(event, TeamMemberAdded):
        await write_principal(connection, event.subject, event.member_id, list(event.roles), True, version)
        return
    row = await connection.fetchrow(FIND, event.member_id)
    assert row is not None, "a stream begins with TeamMemberAdded"
    subject, roles = row["subject"], row["roles"]
    if isinstance(event, TeamMemberUpdated):
        subject = event.subject or subject
        roles = list(event.roles) if event.roles is not None else roles
    active = isinstance(event, TeamMemberUpdated)
    await write_principal(connection, subject, event.member_id, roles, active, version)
