"""What the CRM keeps of the ATS's events: open jobs and members."""

from collections.abc import Sequence

import asyncpg

from services.crm.projections import open_jobs
from shared.events.ats.job import JobClosed, JobOpened
from shared.events.ats.team_member import TeamMemberAdded, TeamMemberDeactivated, TeamMemberEvent, TeamMemberUpdated
from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.database import Database
from shared.kit.effects import Delivery, Projection
from shared.kit.http.access import write_principal

TABLES = ("open_jobs", "principals")
TYPES = frozenset(
    model.wire_type for model in (JobOpened, JobClosed, TeamMemberAdded, TeamMemberUpdated, TeamMemberDeactivated)
)


async def project(connection: asyncpg.Connection, deliveries: Sequence[tuple[Delivery, Event]]) -> None:
    for delivery, event in deliveries:
        match event:
            case JobOpened() | JobClosed():
                await open_jobs.fold(connection, event)
            case TeamMemberEvent():
                await write_principal(connection, event.member_id, delivery.envelope.version, *event.access)


def from_ats(database: Database) -> Projection:
    """Without keys: none of their personal fields is needed here."""
    return Projection(database, Codec(), TABLES, TYPES, project)
