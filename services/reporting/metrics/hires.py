"""hires: how many were hired."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from uuid import UUID

from services.reporting.metrics import applications
from services.reporting.metrics.application import Acceptance, Application
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Tally, ways
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.report import LEAD, Definition, Group, Part, Row, Rule, ids
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


def counted(world: World, question: Hires) -> Iterator[Counted[HiresPart] | LeftOut]:
    for application in world.applications:
        hire = application.hire
        at = hire.fact.occurred if hire else application.legs[0].entry.occurred
        values = of_application(application, application.leg_at(at).job, at, world.jobs)
        if hire is None:
            yield LeftOut("acceptance undone" if application.undone else "no acceptance", values)
        elif application.submission is None:
            yield LeftOut(LEAD, values)
        else:
            yield Counted(values, at, (), partial(_part, application, hire), application.person)


def rows(group: Group, tally: Tally, world: World, question: Hires) -> Iterator[HiresRow]:
    yield HiresRow(group=group, n=tally.count())


def _part(application: Application, hire: Acceptance, _: Name) -> HiresPart:
    return HiresPart(
        application_id=application.id,
        person_id=application.person,
        accepted=hire.fact.occurred,
        events=ids([hire.fact, *application.merges]),
    )


HIRES = Definition(
    "hires", 1, "How many were hired", TEXT, "count(OfferAccepted that was not undone)", Hires, HiresRow, HiresPart,
    applications.NEEDS, Counts(ways(Hires), counted, rows, lambda *_: "accepted"),
    figures={"n": Rule("applications with an acceptance that stands")},
)  # fmt: skip
