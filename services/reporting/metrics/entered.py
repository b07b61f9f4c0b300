"""entered: what was moved forward, and when; the activity behind the funnel."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator

from services.reporting.metrics import applications
from services.reporting.metrics.dimensions import BY, ApplicationQuestion, different, of_application
from services.reporting.metrics.report import Cell, Definition, Part, Report, Row, ids
from services.reporting.metrics.selection import Selection
from services.reporting.metrics.time_in_stage import Stage
from services.reporting.metrics.world import World
from shared.events.ats.application import ApplicationAdvanced

TEXT = """\
Forward entries into stages made by hand in the period, each by itself: neither a stage that was skipped, nor a move \
back, nor a transfer is one, and an entry that was taken back as a mistake never was."""

Dimension = Literal[
    "job", "department", "location", "source", "source_name", "recruiter", "hiring_manager", "stage",
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


def compute(world: World, question: Entered) -> Report[EnteredRow, EnteredPart]:
    entries = Selection[EnteredPart](question, question.by)
    for application in world.applications:
        for leg in application.legs:
            for visit in leg.visits:
                event, at = visit.fact.event, visit.fact.occurred
                if not (visit.advanced and isinstance(event, ApplicationAdvanced) and application.owns(visit.fact)):
                    continue
                values = {**of_application(application, leg.job, at, world.jobs, question), "stage": event.to_stage}
                part = EnteredPart(
                    application_id=application.id, person_id=application.person, stage=event.to_stage, entered=at,
                    events=ids([visit.fact, *application.merges]),
                )  # fmt: skip
                entries.take(part, values, at, "entered")
    return entries.report(lambda group, of: Cell(EnteredRow(group=group, n=len(of)), of))


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
    compute,
)
