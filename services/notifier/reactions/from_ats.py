"""What the notifier takes from the ATS's events: what it needs to know, and what it has to tell."""

from collections.abc import Sequence

import asyncpg

from services.notifier.projections import job_teams, kept_events, titles
from services.notifier.reactions.approvals import when_round_moves_tell_who_is_asked
from services.notifier.reactions.news import when_news_comes_tell_who_is_concerned
from shared.events.ats.application import CandidateHired
from shared.events.ats.approval import (
    ApprovalDecided,
    ApprovalEvent,
    ApprovalRequested,
    ApprovalSkipped,
    ApprovalVoided,
    ApproverReplaced,
)
from shared.events.ats.job import JobOpened, JobTeamChanged, JobTerms, JobUpdated
from shared.events.ats.offer import OfferApproved
from shared.events.ats.requisition import RequisitionDrafted, RequisitionRevised, RequisitionSubmitted, RequisitionTerms
from shared.events.ats.scorecard import ScorecardRequested
from shared.events.ats.team_member import TeamMemberAdded, TeamMemberDeactivated, TeamMemberEvent, TeamMemberUpdated
from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.database import Database
from shared.kit.effects import Delivery, Projection
from shared.kit.http.access import write_principal

# The queue is not among them: what a rebuild finds again to tell stands there already.
TABLES = ("kept_events", "titles", "job_teams", "principals")
MODELS: tuple[type[Event], ...] = (
    TeamMemberAdded, TeamMemberUpdated, TeamMemberDeactivated,
    RequisitionDrafted, RequisitionRevised, RequisitionSubmitted, JobOpened, JobUpdated, JobTeamChanged,
    ApprovalRequested, ApprovalDecided, ApprovalSkipped, ApproverReplaced, ApprovalVoided,
    ScorecardRequested, OfferApproved, CandidateHired,
)  # fmt: skip
# Without keys: what is personal stays sealed until a message is written.
KEYLESS = Codec()


async def project(connection: asyncpg.Connection, deliveries: Sequence[tuple[Delivery, Event]]) -> None:
    for delivery, event in deliveries:
        envelope = delivery.envelope
        match event:
            case TeamMemberEvent():
                await kept_events.keep(connection, delivery)
                await write_principal(connection, event.member_id, envelope.version, *event.access)
            case JobTerms() | RequisitionTerms():
                await titles.write(connection, event, envelope.version)
            case JobTeamChanged():
                await job_teams.write(connection, event, envelope.version)
            case ApprovalEvent():
                await kept_events.keep(connection, delivery)
                await when_round_moves_tell_who_is_asked(connection, KEYLESS, event, envelope)
            case ScorecardRequested() | OfferApproved() | CandidateHired():
                await when_news_comes_tell_who_is_concerned(connection, event, envelope)


def from_ats(database: Database) -> Projection:
    return Projection(database, KEYLESS, TABLES, frozenset(model.wire_type for model in MODELS), project)
