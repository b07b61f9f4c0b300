"""Reporting, wired: the one place where its parts meet."""

from pathlib import Path
from typing import Any

import httpx

from services.reporting.api import feed, flags, impact_snapshots, live, people, quality, reports, schedules, snapshots
from services.reporting.api.access import SCOPES
from services.reporting.commands.schedules import run_when
from services.reporting.domain.schedule import SCHEDULE, next_due
from services.reporting.live.audience import Audience
from services.reporting.projections import facts, self_identifications, unknown_events
from services.reporting.projections.flags import FLAGS
from services.reporting.projections.kept import Keeper, derived
from services.reporting.projections.schedules import SCHEDULES
from services.reporting.projections.snapshots import ADVERSE_IMPACT_SNAPSHOTS, SNAPSHOTS
from services.reporting.projections.standing import Standing
from services.reporting.settings import ReportingSettings
from shared.kit.codec import Codec
from shared.kit.consumer import Consumer
from shared.kit.effects import Projection
from shared.kit.read_models import ReadModel
from shared.kit.timers import Timer
from shared.kit.wiring import Machinery, Wired

MIGRATIONS = Path(__file__).with_name("migrations")
ROUTERS = (
    reports.router, feed.router, snapshots.router, impact_snapshots.router, flags.router, schedules.router,
    people.router, quality.router,
)  # fmt: skip
READ_MODELS: tuple[ReadModel[Any], ...] = (SNAPSHOTS, SCHEDULES, FLAGS, ADVERSE_IMPACT_SNAPSHOTS)


def wire(settings: ReportingSettings, issuer: httpx.AsyncClient | None = None) -> Wired:
    """`issuer` is the client that reads the issuer's keys; tests bring their own."""

    async def in_the_way() -> str | None:
        return await log.check()

    timers = (Timer(SCHEDULE, "schedule-runs", next_due, run_when(in_the_way)),)
    machinery = Machinery.of("reporting", settings, READ_MODELS, timers, issuer)
    database, kafka = machinery.database, machinery.kafka
    # Without a keyring: whatever tells something about a person stays sealed where it is kept.
    sealed = Codec()
    everything = Projection(
        database, sealed, facts.TABLES, facts.TYPES, facts.project,
        unknown=unknown_events.note, derived=derived(database), by_key=True,
    )  # fmt: skip
    apart = Projection(
        database, sealed, self_identifications.TABLES, self_identifications.TYPES, self_identifications.project,
        by_key=True,
    )  # fmt: skip
    log = Consumer(facts.CONSUMER, facts.TOPICS, kafka, database, everything)
    identities = Consumer(self_identifications.CONSUMER, self_identifications.TOPICS, kafka, database, apart)
    consumers, audience = (log, identities), Audience(database)
    routers = (*ROUTERS, live.routes(audience))
    tasks = {"standing": lambda: Standing(database).keep(consumers), "kept": Keeper(database).run}
    summary = "Figures that can be traced back to the log."
    wired = machinery.serve(summary, routers, SCOPES, consumers, tasks, endless=[audience.close])
    wired.app.state.adverse_impact_in = settings.adverse_impact_in
    return wired
