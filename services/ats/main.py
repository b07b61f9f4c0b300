"""The applicant tracking system, wired: the one place where its parts meet."""

from pathlib import Path
from typing import Any

import httpx

from services.ats.api import approvals, requisitions, stage_plans, team_members
from services.ats.api.access import SCOPES
from services.ats.projections.approval_chains import APPROVAL_CHAINS
from services.ats.projections.approvals import APPROVALS
from services.ats.projections.requisitions import REQUISITIONS
from services.ats.projections.stage_plans import STAGE_PLANS
from services.ats.projections.team_members import PRINCIPALS
from shared.kit.read_models import ReadModel
from shared.kit.settings import Settings
from shared.kit.wiring import Machinery, Wired

MIGRATIONS = Path(__file__).with_name("migrations")
READ_MODELS: tuple[ReadModel[Any], ...] = (APPROVALS, APPROVAL_CHAINS, REQUISITIONS, STAGE_PLANS, PRINCIPALS)
ROUTERS = (team_members.router, stage_plans.router, approvals.chains, approvals.router, requisitions.router)


def wire(settings: Settings, issuer: httpx.AsyncClient | None = None) -> Wired:
    """`issuer` is the client that reads the issuer's keys; tests bring their own."""
    machinery = Machinery.of("ats", settings, READ_MODELS, issuer)
    return machinery.serve("Requisitions, jobs, candidates, applications, interviews and offers.", ROUTERS, SCOPES)
