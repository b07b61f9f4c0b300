"""time-to-hire: from the application to the acceptance that stands, without the time in which nobody was at work."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.reporting.metrics import applications, touches
from services.reporting.metrics.application import Acceptance, Application
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Tally, ways, whenever
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.fact import Fact, elapsed
from services.reporting.metrics.figures import Duration, median, p90
from services.reporting.metrics.report import IMPOSSIBLE, LEAD, Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.world import World

TEXT = """\
Time from the submission of an application to the acceptance of its offer, over the applications whose acceptance \
stands (not reneged, rescinded or reversed; of several the last). The time between a rejection or withdrawal and the \
reopening is left out; holds, transfers and the time before a reversal are not. The acceptance dates the hire: it \
decides the period, the month, and who the recruiter was. Of an application that was hired, reversed and hired again \
hire=first takes the first acceptance. end=started runs to the day on which the person came to work, not to the one \
that was planned; who did not start is left out. A lead is submitted when it leaves the lead stage. Durations are \
elapsed time, a day is 24 hours; median and 90th percentile are interpolated, the latter from ten hires on."""


class TimeToHire(ApplicationQuestion):
    by: By = ()
    start: Literal["applied", "job_entry", "first_touch", "sourced"] = Field(
        "applied",
        description="job_entry: into the job that hired; first_touch: at most 365 days before, else the submission",
    )
    end: Literal["accepted", "hired", "started"] = Field(
        "accepted", description="hired: the administrative step afterwards; started: the first day at work"
    )
    hire: Literal["last", "first"] = Field(
        "last", description="last: the acceptance that stands; first: the earliest, also one that was undone"
    )
    inactive: Literal["removed", "kept"] = Field("removed", description="the time between rejection and reopening")


class TimeToHireRow(Row):
    n: int
    median: Duration
    p90: Duration


class TimeToHirePart(Part):
    """One hire. `inactive` was subtracted to give `duration`."""

    application_id: UUID
    person_id: UUID
    started: datetime
    ended: datetime
    inactive: Duration
    duration: Duration


@dataclass(frozen=True)
class _Hire:
    application: Application
    acceptance: Acceptance
    start: Fact
    end: Fact
    inactive: int

    @property
    def duration(self) -> int:
        return elapsed(self.start.occurred, self.end.occurred) - self.inactive


def counted(world: World, question: TimeToHire) -> Iterator[Counted[TimeToHirePart] | LeftOut]:
    for application in world.applications:
        first = question.hire == "first"
        acceptance = next(iter(application.acceptances), None) if first else application.hire
        at = acceptance.fact.occurred if acceptance else application.legs[0].entry.occurred
        values = of_application(application, application.leg_at(at).job, at, world.jobs)
        hire = _hire(application, acceptance, question, world)
        if isinstance(hire, str):
            yield LeftOut(hire, values)
        else:
            yield Counted(values, at, (), partial(_part, hire), application.person, hire.duration)


def _hire(application: Application, acceptance: Acceptance | None, question: TimeToHire, world: World) -> _Hire | str:
    """The hire of an application, or why it has none."""
    submission = application.submission
    if question.end == "started" and _missed(application, acceptance):
        return "did not start"
    if acceptance is None:
        return "acceptance undone" if application.undone else "no acceptance"
    if submission is None:
        return LEAD
    end = _end(application, acceptance, question.end)
    if end is None:
        return f"accepted but not {question.end} yet"
    start: Fact | None = submission
    match question.start:
        case "job_entry":
            start = max(submission, application.leg_at(acceptance.fact.occurred).entry, key=lambda fact: fact.order)
        case "first_touch":
            start = next(iter(world.touches.before(application, submission)), submission)
        case "sourced":
            start = world.touches.sourced(application)
    if start is None:
        return "never sourced"
    begin = max(start.occurred, submission.occurred)
    if begin > end.occurred:
        return IMPOSSIBLE
    inactive = application.inactive(begin, end.occurred) if question.inactive == "removed" else 0
    return _Hire(application, acceptance, start, end, inactive)


def _end(application: Application, acceptance: Acceptance, end: str) -> Fact | None:
    match end:
        case "hired":
            return application.hired_by(acceptance)
        case "started":
            return application.starts.get(acceptance.offer)
    return acceptance.fact


def _missed(application: Application, acceptance: Acceptance | None) -> bool:
    """Not coming to work undoes the acceptance as well, so that none may stand."""
    last = acceptance or next(reversed(application.acceptances), None)
    return last is not None and last.offer in application.missed


def rows(group: Group, tally: Tally, world: World, question: TimeToHire) -> Iterator[TimeToHireRow]:
    took = tally.took()
    yield TimeToHireRow(group=group, n=len(took), median=median(took), p90=p90(took))


def nobody_accepted(world: World) -> bool:
    return not any(each.accepted or each.undone or each.missed for each in world.applications)


def _part(hire: _Hire, _: Name) -> TimeToHirePart:
    application = hire.application
    closings = application.closings(hire.end.occurred) if hire.inactive else ()
    return TimeToHirePart(
        application_id=application.id,
        person_id=application.person,
        started=hire.start.occurred,
        ended=hire.end.occurred,
        inactive=Duration.of(hire.inactive),
        duration=Duration.of(hire.duration),
        events=ids([hire.start, *closings, hire.acceptance.fact, hire.end, *application.merges]),
    )


FIGURES = {
    "n": Rule("hires of which both the start and the end are known"),
    "median": Rule("the same hires: half of them took no longer, by the `duration` of each"),
    "p90": Rule("the same hires: nine of ten took no longer, by the `duration` of each; from ten hires on"),
}
TIME_TO_HIRE = Definition(
    "time-to-hire",
    1,
    "From the application to the acceptance",
    TEXT,
    "median(OfferAccepted - submission - inactive)",
    TimeToHire,
    TimeToHireRow,
    TimeToHirePart,
    applications.NEEDS | touches.NEEDS,
    Counts(
        ways(TimeToHire, "start", "end", "hire", "inactive"),
        counted,
        rows,
        lambda *_: "accepted",
        alike=whenever(nobody_accepted),
    ),
    figures=FIGURES,
)
