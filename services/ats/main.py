"""The applicant tracking system, wired: the one place where its parts meet."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from services.ats.api import (
    applications,
    approvals,
    candidates,
    interviews,
    jobs,
    offers,
    openings,
    postings,
    requisitions,
    scorecards,
    stage_plans,
    team_members,
)
from services.ats.api.access import SCOPES
from services.ats.commands.interviews import end_interview
from services.ats.commands.offers import expire_offer_at_deadline
from services.ats.domain import interview, offer
from services.ats.domain.interview import INTERVIEW
from services.ats.domain.offer import OFFER
from services.ats.projections.applications import APPLICATIONS
from services.ats.projections.approval_chains import APPROVAL_CHAINS
from services.ats.projections.approvals import APPROVALS
from services.ats.projections.candidates import CANDIDATES
from services.ats.projections.interviews import INTERVIEWS
from services.ats.projections.jobs import JOBS
from services.ats.projections.offers import OFFERS
from services.ats.projections.openings import OPENINGS
from services.ats.projections.postings import POSTINGS
from services.ats.projections.requisitions import REQUISITIONS
from services.ats.projections.scorecards import SCORECARDS
from services.ats.projections.stage_plans import STAGE_PLANS
from services.ats.projections.team_members import PRINCIPALS
from services.ats.reactions.prospects import when_prospect_handed_over_create_application
from shared.events.crm.prospect import ProspectHandedOver
from shared.events.event import Event
from shared.kit.consumer import Consumer
from shared.kit.effects import Reaction, Reactions
from shared.kit.read_models import ReadModel
from shared.kit.settings import Settings
from shared.kit.timers import Timer
from shared.kit.wiring import Machinery, Wired

MIGRATIONS = Path(__file__).with_name("migrations")
READ_MODELS: tuple[ReadModel[Any], ...] = (
    APPROVALS, APPROVAL_CHAINS, REQUISITIONS, STAGE_PLANS, PRINCIPALS, INTERVIEWS,
    SCORECARDS, OFFERS, JOBS, OPENINGS, POSTINGS, CANDIDATES, APPLICATIONS,
)  # fmt: skip
ROUTERS = (
    team_members.router, stage_plans.router, approvals.chains, approvals.router, requisitions.router,
    interviews.router, scorecards.router, offers.router, offers.hires,
    jobs.router, openings.router, postings.router, postings.public, candidates.router, applications.router,
)  # fmt: skip
TIMERS: tuple[Timer[Any], ...] = (
    Timer(INTERVIEW, "interview-ends", interview.due, end_interview),
    Timer(OFFER, "offer-expires", offer.due, expire_offer_at_deadline),
)

REACTIONS: Mapping[type[Event], Reaction] = {ProspectHandedOver: when_prospect_handed_over_create_application}


def wire(settings: Settings, issuer: httpx.AsyncClient | None = None) -> Wired:
    """`issuer` is the client that reads the issuer's keys; tests bring their own."""
    machinery = Machinery.of("ats", settings, READ_MODELS, TIMERS, issuer)
    reactions = Reactions(machinery.store, REACTIONS)
    prospects = Consumer("ats.prospects", ("crm.events",), machinery.kafka, machinery.database, reactions)
    return machinery.serve(
        "Requisitions, jobs, candidates, applications, interviews and offers.", ROUTERS, SCOPES, [prospects]
    )
