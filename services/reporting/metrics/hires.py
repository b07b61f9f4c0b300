"""hires: how many were hired."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from services.reporting.metrics import applications
from services.reporting.metrics.application import Application
from services.reporting.metrics.dimensions import ApplicationQuestion, By, grouped, of_application
from services.reporting.metrics.report import LEAD, UNASKED, Cell, Definition, Group, Part, Report, Row, ids
from services.reporting.metrics.world import World

TEXT = """\
Applications with an acceptance that stands: not reneged, rescinded or reversed. It is dated by the acceptance, not \
by the administrative step afterwards; of several the last counts."""


class Hires(ApplicationQuestion):
    by: By = ()


class HiresRow(Row):
    n: int


class HiresPart(Part):
    application_id: UUID
    person_id: UUID
    accepted: datetime


def compute(world: World, question: Hires) -> Report[HiresRow, HiresPart]:
    left_out: Counter[str] = Counter()
    hires: list[tuple[Group, HiresPart]] = []
    for application in world.applications:
        if application.hire is None:
            left_out["acceptance undone" if application.undone else "no acceptance"] += 1
        elif application.submission is None:
            left_out[LEAD] += 1
        else:
            at = application.hire.fact.occurred
            values = of_application(application, application.leg_at(at).job, at, world.jobs, question)
            if not question.asks_for(values):
                left_out[UNASKED] += 1
            elif not question.covers(at):
                left_out["accepted outside the period"] += 1
            else:
                hires.append((values, _part(application, at)))
    return Report([Cell(HiresRow(group=g, n=len(of)), of) for g, of in grouped(hires, question.by)], left_out)


def _part(application: Application, accepted: datetime) -> HiresPart:
    assert application.hire is not None
    events = ids([application.hire.fact, *application.merges])
    return HiresPart(application_id=application.id, person_id=application.person, accepted=accepted, events=events)


HIRES = Definition("hires", 1, "How many were hired", TEXT, Hires, HiresRow, HiresPart, applications.NEEDS, compute)
