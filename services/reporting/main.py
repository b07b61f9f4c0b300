"""Reporting, wired: the one place where its parts meet."""

from pathlib import Path

import httpx

from services.reporting.api import reports
from services.reporting.api.access import SCOPES
from services.reporting.projections import facts
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.effects import Projection
from shared.kit.settings import Settings
from shared.kit.wiring import Machinery, Wired

MIGRATIONS = Path(__file__).with_name("migrations")
ROUTERS = (reports.router,)


def wire(settings: Settings, issuer: httpx.AsyncClient | None = None) -> Wired:
    """`issuer` is the client that reads the issuer's keys; tests bring their own."""
    machinery = Machinery.of("reporting", settings, issuer=issuer)
    # Without a keyring: whatever tells something about a person stays sealed here.
    projection = Projection(machinery.database, Codec(), facts.TABLES, facts.TYPES, facts.project)
    consumer = Consumer("reporting.facts", facts.TOPICS, machinery.kafka, machinery.database, projection)
    return machinery.serve("Figures that can be traced back to the log.", ROUTERS, SCOPES, [consumer])
