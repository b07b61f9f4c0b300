"""source-effectiveness: hires of applications by where they came from, in four views of what that means."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.reporting.metrics import applications, touches
from services.reporting.metrics.application import Application
from services.reporting.metrics.dimensions import ByJob, JobQuestion, of_job
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.figures import ExactShare
from services.reporting.metrics.report import LEAD, Cell, Definition, Group, Part, Report, Row, ids
from services.reporting.metrics.selection import Selection
from services.reporting.metrics.world import World
from shared.events.ats.application import SourceAttributed
from shared.events.crm.touchpoint import TouchpointLogged, TouchpointReplied, TouchpointSent

TEXT = """\
Hires over applications by source, for the applications submitted in the period. view=application: the application's \
own source, as corrected by hand. first_touch: that of the first touch (sent, logged or replied) of the year before \
the submission and since the end of the person's application before; without one the application's own. credited: the \
one that somebody credited by hand, else the application's own. linear: each source among those touches, and the \
application's own, gets an equal share, exact fractions. In every view the sources add up to all applications and all \
hires."""


class SourceEffectiveness(JobQuestion):
    by: ByJob = ()
    view: Literal["application", "first_touch", "credited", "linear"] = Field(
        "application", description="what counts as the source"
    )


class SourceRow(Row):
    NAMED = ("source",)
    source: str
    hires: ExactShare


class SourcePart(Part):
    """An application, and which share of it the source has."""

    application_id: UUID
    person_id: UUID
    share: str
    hired: bool


@dataclass(frozen=True)
class _Credited:
    """`why`: what the credit follows from, beside the submission."""

    application: Application
    submission: Fact
    shares: Mapping[str, Fraction]
    why: Sequence[Fact]


def compute(world: World, question: SourceEffectiveness) -> Report[SourceRow, SourcePart]:
    found = Selection[_Credited](question, question.by)
    for application in world.applications:
        submission = application.submission
        if submission is None:
            found.leave_out(LEAD)
            continue
        at = submission.occurred
        values = of_job(application.leg_at(at).job, at, world.jobs, question)
        found.take(_credited(application, submission, question.view, world), values, at, "submitted")
    cells = [
        _cell(group, source, parts) for group, of in found.groups() for source, parts in sorted(_by_source(of).items())
    ]
    return Report(cells, found.left_out)


def _credited(application: Application, submission: Fact, view: str, world: World) -> _Credited:
    touched = [(fact, source) for fact in world.touches.before(application, submission) if (source := _source(fact))]
    corrected = [application.corrected] if application.corrected else []
    match view, application.credited:
        case "first_touch", _ if touched:
            fact, source = touched[0]
            return _Credited(application, submission, {source: Fraction(1)}, [fact])
        case "credited", Fact(event=SourceAttributed(new=source)) as credited:
            return _Credited(application, submission, {source: Fraction(1)}, [credited])
        case "linear", _:
            sources = dict.fromkeys([*(source for _, source in touched), application.source])
            shares = {source: Fraction(1, len(sources)) for source in sources}
            return _Credited(application, submission, shares, [*(fact for fact, _ in touched), *corrected])
    return _Credited(application, submission, {application.source: Fraction(1)}, corrected)


def _source(touch: Fact) -> str | None:
    assert isinstance(touch.event, TouchpointSent | TouchpointLogged | TouchpointReplied)
    return touch.event.source_type or None


def _by_source(of: Sequence[_Credited]) -> dict[str, list[tuple[_Credited, Fraction]]]:
    found: dict[str, list[tuple[_Credited, Fraction]]] = defaultdict(list)
    for one in of:
        for source, share in one.shares.items():
            found[source].append((one, share))
    return found


def _cell(group: Group, source: str, of: Sequence[tuple[_Credited, Fraction]]) -> Cell[SourceRow, SourcePart]:
    applied = sum((share for _, share in of), Fraction())
    hired = sum((share for one, share in of if one.application.hire), Fraction())
    return Cell(
        SourceRow(group=group, source=source, hires=ExactShare.among(hired, applied)),
        [_part(one, share) for one, share in of],
    )


def _part(one: _Credited, share: Fraction) -> SourcePart:
    application = one.application
    hire = [application.hire.fact] if application.hire else []
    return SourcePart(
        application_id=application.id,
        person_id=application.person,
        share=str(share),
        hired=application.hire is not None,
        events=ids([one.submission, *one.why, *hire, *application.merges]),
    )


SOURCE_EFFECTIVENESS = Definition(
    "source-effectiveness", 1, "Hires of applications, by source", TEXT,
    "hires / applications, each by its share of the source", SourceEffectiveness, SourceRow, SourcePart,
    applications.NEEDS | touches.NEEDS, compute,
)  # fmt: skip
