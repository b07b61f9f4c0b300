"""The recruiting CRM, wired: the one place where its parts meet."""

from pathlib import Path
from typing import Any

import httpx

from services.crm.api import campaigns, consents, prospects, touchpoints
from services.crm.api.access import SCOPES
from services.crm.projections.campaigns import CAMPAIGNS
from services.crm.projections.enrolments import ENROLMENTS
from services.crm.projections.from_ats import from_ats
from services.crm.projections.prospects import PROSPECTS
from services.crm.projections.touchpoints import TOUCHPOINTS
from services.crm.reactions.candidates import when_candidate_created_link_prospect
from shared.events.ats.candidate import CandidateCreated
from shared.events.event import Event
from shared.kit.consumer import Consumer
from shared.kit.effects import Reaction, Reactions
from shared.kit.read_models import ReadModel
from shared.kit.settings import Settings
from shared.kit.wiring import Machinery, Wired

MIGRATIONS = Path(__file__).with_name("migrations")
READ_MODELS: tuple[ReadModel[Any], ...] = (PROSPECTS, TOUCHPOINTS, CAMPAIGNS, ENROLMENTS)
ROUTERS = (prospects.router, consents.router, touchpoints.of_person, touchpoints.router, campaigns.router)
REACTIONS: dict[type[Event], Reaction] = {CandidateCreated: when_candidate_created_link_prospect}
ATS = ("ats.events",)


def wire(settings: Settings, issuer: httpx.AsyncClient | None = None) -> Wired:
    """`issuer` is the client that reads the issuer's keys; tests bring their own."""
    machinery = Machinery.of("crm", settings, READ_MODELS, issuer=issuer)
    kafka, database = machinery.kafka, machinery.database
    consumers = (
        Consumer("crm.ats", ATS, kafka, database, from_ats(database)),
        Consumer("crm.candidates", ATS, kafka, database, Reactions(machinery.store, REACTIONS)),
    )
    return machinery.serve("Prospects, consents, touchpoints and campaigns.", ROUTERS, SCOPES, consumers)
