"""Reporting, wired: the one place where its parts meet."""

from pathlib import Path
from typing import Any

import httpx

from services.reporting.api import people, quality, reports, snapshots
from services.reporting.api.access import SCOPES
from services.reporting.projections import facts, self_identifications, unknown_events
from services.reporting.projections.snapshots import SNAPSHOTS
from services.reporting.projections.standing import Standing
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.effects import Projection
from shared.kit.read_models import ReadModel
from shared.kit.settings import Settings
from shared.kit.wiring import Machinery, Wired

MIGRATIONS = Path(__file__).with_name("migrations")
ROUTERS = (reports.router, snapshots.router, people.router, quality.router)
READ_MODELS: tuple[ReadModel[Any], ...] = (SNAPSHOTS,)


def wire(settings: Settings, issuer: httpx.AsyncClient | None = None) -> Wired:
    """`issuer` is the client that reads the issuer's keys; tests bring their own."""
    machinery = Machinery.of("reporting", settings, READ_MODELS, issuer=issuer)
    database, kafka = machinery.database, machinery.kafka
    # Without a keyring: whatever tells something about a person stays sealed where it is kept.
    sealed = Codec()
    everything = Projection(database, sealed, facts.TABLES, facts.TYPES, facts.project, unknown=unknown_events.note)
    apart = Projection(
        database, sealed, self_identifications.TABLES, self_identifications.TYPES, self_identifications.project
    )
    consumers = [
        Consumer(facts.CONSUMER, facts.TOPICS, kafka, database, everything),
        Consumer(self_identifications.CONSUMER, self_identifications.TOPICS, kafka, database, apart),
    ]
    tasks = {"standing": lambda: Standing(database).keep(consumers)}
    return machinery.serve("Figures that can be traced back to the log.", ROUTERS, SCOPES, consumers, tasks)
