"""entered: what was moved forward, and when; the activity behind the funnel."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator

from services.reporting.metrics import applications
from services.reporting.metrics.application import Application
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Tally, ways
from services.reporting.metrics.dimensions import BY, ApplicationQuestion, different, of_application
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.report import Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.time_in_stage import Stage
from services.reporting.metrics.world import World
from shared.events.ats.application import ApplicationAdvanced

TEXT = """\
Forward entries into stages made by hand in the period, each by itself: neither a stage that was skipped, nor a move \
back, nor a transfer is one, and an entry that was taken back as a mistake never was."""

Dimension = Literal[
    "job", "department", "location", "source", "source_name", "internal", "recruiter", "hiring_manager", "stage",
    "month", "quarter", "year",
]  # fmt: skip


class Entered(ApplicationQuestion):
    by: Annotated[tuple[Dimension, ...], AfterValidator(different), BY] = ()
    stage: Stage = None


class EnteredRow(Row):
    n: int


class EnteredPart(Part):
    application_id: UUID
    person_id: UUID
    stage: str
    entered: datetime


def counted(world: World, question: Entered) -> Iterator[Counted[EnteredPart] | LeftOut]:
    for application in world.applications:
        for leg in application.legs:
            for visit in leg.visits:
                event, at = visit.fact.event, visit.fact.occurred
                if visit.advanced and isinstance(event, ApplicationAdvanced) and application.owns(visit.fact):
                    values = {**of_application(application, leg.job, at, world.jobs), "stage": event.to_stage}
                    part = partial(_part, application, visit.fact, event.to_stage)
                    yield Counted(values, at, (), part, application.person)


def rows(group: Group, tally: Tally, world: World, question: Entered) -> Iterator[EnteredRow]:
    yield EnteredRow(group=group, n=tally.count())


def _part(application: Application, entry: Fact, stage: str, _: Name) -> EnteredPart:
    return EnteredPart(
        application_id=application.id,
        person_id=application.person,
        stage=stage,
        entered=entry.occurred,
        events=ids([entry, *application.merges]),
    )


ENTERED = Definition(
    "entered",
    1,
    "Moves forward, and when",
    TEXT,
    "count(ApplicationAdvanced into the stage)",
    Entered,
    EnteredRow,
    EnteredPart,
    applications.NEEDS,
    Counts(ways(Entered), counted, rows, lambda *_: "entered"),
    figures={"n": Rule("moves forward into a stage, made by hand")},
)
