"""hires: how many were hired."""

from datetime import datetime
from uuid import UUID

from services.reporting.metrics import applications
from services.reporting.metrics.application import Acceptance, Application
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.report import LEAD, Cell, Definition, Part, Report, Row, ids
from services.reporting.metrics.selection import Selection
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
    hires = Selection[HiresPart](question, question.by)
    for application in world.applications:
        hire = application.hire
        at = hire.fact.occurred if hire else application.legs[0].entry.occurred
        values = of_application(application, application.leg_at(at).job, at, world.jobs, question)
        if hire is None:
            hires.leave_out("acceptance undone" if application.undone else "no acceptance", values)
        elif application.submission is None:
            hires.leave_out(LEAD, values)
        else:
            hires.take(_part(application, hire), values, at, "accepted")
    return hires.report(lambda group, of: Cell(HiresRow(group=group, n=len(of)), of))


def _part(application: Application, hire: Acceptance) -> HiresPart:
    return HiresPart(
        application_id=application.id,
        person_id=application.person,
        accepted=hire.fact.occurred,
        events=ids([hire.fact, *application.merges]),
    )


HIRES = Definition(
    "hires", 1, "How many were hired", TEXT, "count(OfferAccepted that was not undone)", Hires, HiresRow, HiresPart,
    applications.NEEDS, compute,
)  # fmt: skip
