"""A journey: what happened to one person in the order of the world, and the moments that it is measured by."""

from collections.abc import Iterable, Iterator, Set
from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from services.reporting.journeys.steps import TOLD, Told, told
from services.reporting.journeys.summary import Summary, between, summarise
from services.reporting.metrics.application import Application
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.figures import Duration, Figure
from services.reporting.metrics.people import person_of
from services.reporting.metrics.world import World
from shared.events.crm.touchpoint import TouchpointSent

MOST = 1_000


class Step(Figure):
    """`person_id`: the id under which it was told. `since_before`: since the step before, none at the first one.

    `corrected`: the event that moved it to this time.
    """

    code: str
    text: str
    occurred: datetime
    known: datetime
    event_id: UUID
    corrected: UUID | None
    service: str
    person_id: UUID
    application_id: UUID | None
    job_id: UUID | None
    campaign_id: UUID | None
    since_before: Duration


class Journey(Figure):
    """`cut`: there are steps before those listed."""

    steps: list[Step]
    summary: Summary
    cut: bool
    note: Literal["no data"] | None = None


def fold(world: World, ids: Set[UUID], zone: ZoneInfo, most: int = MOST) -> Journey:
    """Of the facts about these ids of one person, and the plans of their jobs."""
    theirs = [fact for fact in world.facts if person_of(fact.event) in ids]
    became = dict(_became(world.applications))
    of_steps = [fact for fact in theirs if type(fact.event) in TOLD]
    places = _Places(theirs, world.applications)
    before = [None, *of_steps]
    steps = [places.step(fact, told(fact, became), since) for fact, since in zip(of_steps, before, strict=False)]
    summary = summarise(theirs, world.applications, world.jobs, zone)
    return Journey(steps=steps[-most:], summary=summary, cut=len(steps) > most, note=None if steps else "no data")


def _became(applications: Iterable[Application]) -> Iterator[tuple[UUID, Literal["lead", "applied"]]]:
    """Of each application for itself, also where a merge made two of them one."""
    for application in applications:
        applied = set()
        for visit in sorted(application.visits, key=lambda visit: visit.fact.order):
            of = getattr(visit.fact.event, "application_id", None)
            if visit.lead:
                yield visit.fact.id, "lead"
            elif of not in applied:
                applied.add(of)
                yield visit.fact.id, "applied"


class _Places:
    """Where a step belongs: what only the first event of its stream says, the others inherit."""

    def __init__(self, theirs: Iterable[Fact], applications: Iterable[Application]) -> None:
        self._applications = {of: application for application in applications for of in application.ids}
        sent = (fact.event for fact in theirs)
        self._campaigns = {event.touchpoint_id: event.campaign for event in sent if isinstance(event, TouchpointSent)}

    def step(self, fact: Fact, what: Told, since: Fact | None) -> Step:
        event = dict(fact.event)
        application = event.get("application_id")
        return Step(
            code=what.code,
            text=what.text,
            occurred=fact.occurred,
            known=fact.known,
            event_id=fact.id,
            corrected=fact.corrected,
            service=fact.event.stream.service,
            person_id=person_of(fact.event),
            application_id=application,
            job_id=event.get("job_id") or self._job(application, fact.occurred),
            campaign_id=event.get("campaign_id") or event.get("campaign") or self._campaign(event),
            since_before=between(since.occurred if since else None, fact.occurred),
        )

    def _job(self, application: UUID | None, at: datetime) -> UUID | None:
        of = self._applications.get(application) if application else None
        return of.leg_at(at).job if of else None

    def _campaign(self, event: dict[str, Any]) -> UUID | None:
        return self._campaigns.get(event["touchpoint_id"]) if "touchpoint_id" in event else None
