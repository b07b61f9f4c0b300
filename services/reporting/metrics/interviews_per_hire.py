"""interviews-per-hire: how many interviews, and how much of interviewers' time, came to one hire."""

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from functools import partial
from typing import Literal
from uuid import UUID

from services.reporting.metrics import applications, interviews
from services.reporting.metrics.application import Acceptance, Application
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Tally, of_kind, ways
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application, of_job, of_submission
from services.reporting.metrics.fact import Fact, elapsed
from services.reporting.metrics.figures import Duration, Number, total
from services.reporting.metrics.interviews import Interview
from services.reporting.metrics.report import IMPOSSIBLE, LEAD, Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.world import World
from shared.events.ats.application import ApplicationEvent
from shared.events.ats.interview import InterviewEvent

TEXT = """\
Of the applications submitted in the period, the interviews that were held (completed as last arranged, and nobody \
stayed away), the hires (acceptances that stand), and how many of the one there were for each of the other: interviews \
with those who were not hired are what a hire costs as well. Several interviews of one on-site are several. \
`interviewer_time` is how long each took, times its panel. Of a period that is young, many of whom will be hired still \
are under way: their interviews count already. A lead is submitted when it leaves the lead stage."""


class InterviewsPerHire(ApplicationQuestion):
    by: By = ()


class InterviewsPerHireRow(Row):
    hires: int
    interviews: int
    per_hire: Number
    interviewer_time: Duration
    interviewer_time_per_hire: Duration


class InterviewsPerHirePart(Part):
    """One hire or interview, `at` the acceptance or the end of the meeting. What an interview `took`: all its panel."""

    work: Literal["hire", "interview"]
    application_id: UUID
    person_id: UUID
    submitted: datetime
    at: datetime
    interview_id: UUID | None = None
    panel: int | None = None
    took: Duration | None = None


def counted(world: World, question: InterviewsPerHire) -> Iterator[Counted[InterviewsPerHirePart] | LeftOut]:
    for application in world.applications:
        if application.hire is not None:
            yield _hired(application, application.hire, world)
    for interview in world.interviews:
        yield _interviewed(interview, world)


def _hired(application: Application, hire: Acceptance, world: World) -> Counted[InterviewsPerHirePart] | LeftOut:
    submission = application.submission
    if submission is None:
        return LeftOut(LEAD, _values(application, application.legs[0].entry, world))
    values, part = _values(application, submission, world), partial(_hire, application, submission, hire)
    return Counted(values, submission.occurred, ("hire",), part, application.person)


def _interviewed(interview: Interview, world: World) -> Counted[InterviewsPerHirePart] | LeftOut:
    time, completed = interview.time, interview.completed
    application = world.by_id.get(time.application_id)
    if application is None:
        values = {**of_job(interview.job, time.end, world.jobs), **of_submission(None)}
        return LeftOut("interview of an unknown application", values)
    submission, values = application.submission, _values(application, application.legs[0].entry, world)
    if completed is None or interview.missed:
        return LeftOut(interview.why_not_held, values)
    if submission is None:
        return LeftOut(LEAD, values)
    if time.end < time.start:
        return LeftOut(IMPOSSIBLE, values)
    took = elapsed(time.start, time.end) * len(set(time.panel))
    values, whose = _values(application, submission, world), application.person
    part = partial(_interview, application, submission, interview, completed, took)
    return Counted(values, submission.occurred, ("interview",), part, whose, took)


def _values(application: Application, entry: Fact, world: World) -> Group:
    at = entry.occurred
    return of_application(application, application.leg_at(at).job, at, world.jobs)


is_hire, is_interview = of_kind("hire"), of_kind("interview")


def rows(group: Group, tally: Tally, world: World, question: InterviewsPerHire) -> Iterator[InterviewsPerHireRow]:
    hires, held, spent = tally.count(is_hire), tally.count(is_interview), total(tally.took(is_interview))
    yield InterviewsPerHireRow(
        group=group,
        hires=hires,
        interviews=held,
        per_hire=Number.of(Fraction(held, hires) if hires else None),
        interviewer_time=Duration.of(spent),
        interviewer_time_per_hire=Duration.of(Fraction(spent, hires) if hires else None),
    )


def _hire(application: Application, submission: Fact, hire: Acceptance, _: Name) -> InterviewsPerHirePart:
    return InterviewsPerHirePart(
        work="hire",
        application_id=application.id,
        person_id=application.person,
        submitted=submission.occurred,
        at=hire.fact.occurred,
        events=ids([submission, hire.fact, *application.merges]),
    )


def _interview(
    application: Application, submission: Fact, interview: Interview, completed: Fact, took: int, _: Name
) -> InterviewsPerHirePart:
    return InterviewsPerHirePart(
        work="interview",
        application_id=application.id,
        person_id=application.person,
        submitted=submission.occurred,
        at=interview.time.end,
        interview_id=interview.id,
        panel=len(set(interview.time.panel)),
        took=Duration.of(took),
        events=ids([submission, interview.arranged, completed, *application.merges]),
    )


FIGURES = {
    "hires": Rule("acceptances that stand", is_hire),
    "interviews": Rule("interviews that were held", is_interview),
    "per_hire": Rule("all: interviews over hires"),
    "interviewer_time": Rule("interviews that were held: what each `took`, all of its panel together", is_interview),
    "interviewer_time_per_hire": Rule("all: what the interviews `took` over the hires"),
}
INTERVIEWS_PER_HIRE = Definition(
    "interviews-per-hire", 1, "Interviews for each hire, and interviewers' time", TEXT,
    "count(interviews held) / count(acceptances), of the applications submitted in the period", InterviewsPerHire,
    InterviewsPerHireRow, InterviewsPerHirePart, applications.NEEDS | interviews.NEEDS,
    Counts(ways(InterviewsPerHire), counted, rows, lambda *_: "submitted", of=(ApplicationEvent, InterviewEvent)),
    figures=FIGURES,
)  # fmt: skip
