"""recruiter-work: hires, interviews and answers, by who recruited for the job when each of them came about."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from services.reporting.metrics import interviews, responses
from services.reporting.metrics.application import Acceptance, Application
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Shape, Tally, of_kind, ways
from services.reporting.metrics.dimensions import (
    MOST,
    ApplicationQuestion,
    Dimension,
    different,
    of_application,
    of_job,
    of_submission,
)
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.figures import Duration, median
from services.reporting.metrics.interviews import Interview
from services.reporting.metrics.report import LEAD, Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.responses import Response
from services.reporting.metrics.world import World
from shared.events.ats.application import ApplicationEvent
from shared.events.ats.interview import InterviewEvent

TEXT = """\
What came about in the jobs of a recruiter: `hires` (acceptances that stand, dated by the acceptance), `interviews` \
that were held (completed as last arranged, and nobody stayed away; dated by their end), and `responses`, applications \
that got the first answer of a person (as in response-time, dated by the answer), with the median of how long that \
took. Each counts for who was the recruiter of the job at its own date, whoever did the work: a hire whose job changed \
hands on 1 March counts for the one before if it was accepted in February, and for the one after if in March. One row \
for each recruiter and quarter, unless asked otherwise."""


def _none_when_empty(by: Any) -> Any:
    """In a URL nothing else can say that no dimension is wanted."""
    return () if by in ("", [""], ("",)) else by


class RecruiterWork(ApplicationQuestion):
    by: Annotated[
        tuple[Dimension, ...],
        BeforeValidator(_none_when_empty),
        AfterValidator(different),
        Field(max_length=MOST, description="at most two; omitted: recruiter and quarter; empty: the whole in one row"),
    ] = ("recruiter", "quarter")


class RecruiterWorkRow(Row):
    hires: int
    interviews: int
    responses: int
    response_median: Duration


class RecruiterWorkPart(Part):
    """One hire, interview or response, `at` its date. Of a response: `since` the submission it `took` so long."""

    work: Literal["hire", "interview", "response"]
    application_id: UUID
    person_id: UUID
    at: datetime
    interview_id: UUID | None = None
    since: datetime | None = None
    took: Duration | None = None


def counted(world: World, question: RecruiterWork) -> Iterator[Counted[RecruiterWorkPart] | LeftOut]:
    for application, response in world.once(responses.responses):
        yield from _of_application(application, response, world)
    for interview in world.interviews:
        yield _interview(interview, world.by_id.get(interview.time.application_id), world)


def _of_application(
    application: Application, response: Response | str, world: World
) -> Iterator[Counted[RecruiterWorkPart] | LeftOut]:
    def values(at: datetime) -> Group:
        return of_application(application, application.leg_at(at).job, at, world.jobs)

    began = application.legs[0].entry.occurred
    hire = application.hire
    if hire is None:
        yield LeftOut("acceptance undone" if application.undone else "no acceptance", values(began))
    elif application.submission is None:
        yield LeftOut(LEAD, values(began))
    else:
        at = hire.fact.occurred
        yield Counted(values(at), at, ("hire",), partial(_hire, application, hire), application.person)
    if isinstance(response, str):
        yield LeftOut(response, values(began))
    elif response.answer is None:
        yield LeftOut("not answered yet", values(began))
    else:
        at = response.answer.occurred
        part = partial(_response, response, response.answer)
        yield Counted(values(at), at, ("response",), part, application.person, response.duration)


def _interview(
    interview: Interview, application: Application | None, world: World
) -> Counted[RecruiterWorkPart] | LeftOut:
    at = interview.time.end
    values = {**of_job(interview.job, at, world.jobs), **of_submission(application)}
    if interview.completed is None or interview.missed:
        return LeftOut(interview.why_not_held, values)
    person = application.person if application else world.people.resolve(interview.time.person_id)
    part = partial(_held, interview, interview.completed, application, person)
    return Counted(values, at, ("interview",), part, person)


def dated(shape: Shape, _: RecruiterWork) -> str:
    return {"hire": "accepted", "response": "answered", "interview": "held"}[shape[0]]


is_hire, is_interview, is_response = of_kind("hire"), of_kind("interview"), of_kind("response")


def rows(group: Group, tally: Tally, world: World, question: RecruiterWork) -> Iterator[RecruiterWorkRow]:
    yield RecruiterWorkRow(
        group=group,
        hires=tally.count(is_hire),
        interviews=tally.count(is_interview),
        responses=tally.count(is_response),
        response_median=median(tally.took(is_response)),
    )


def _hire(application: Application, hire: Acceptance, _: Name) -> RecruiterWorkPart:
    return RecruiterWorkPart(
        work="hire",
        application_id=application.id,
        person_id=application.person,
        at=hire.fact.occurred,
        events=ids([hire.fact, *application.merges]),
    )


def _response(response: Response, answer: Fact, _: Name) -> RecruiterWorkPart:
    application = response.application
    return RecruiterWorkPart(
        work="response",
        application_id=application.id,
        person_id=application.person,
        at=answer.occurred,
        since=response.submission.occurred,
        took=Duration.of(response.duration),
        events=ids([response.submission, answer, *application.merges]),
    )


def _held(
    interview: Interview, completed: Fact, application: Application | None, person: UUID, _: Name
) -> RecruiterWorkPart:
    return RecruiterWorkPart(
        work="interview",
        application_id=application.id if application else interview.time.application_id,
        person_id=person,
        at=interview.time.end,
        interview_id=interview.id,
        events=ids([interview.arranged, completed]),
    )


FIGURES = {
    "hires": Rule("acceptances that stand, by their date", is_hire),
    "interviews": Rule("interviews that were held, by their end", is_interview),
    "responses": Rule("applications that a person answered for the first time, by that answer", is_response),
    "response_median": Rule("the same answers: half of them no later, by what each `took`", is_response),
}
RECRUITER_WORK = Definition(
    "recruiter-work", 1, "Hires, interviews and answers of a recruiter", TEXT,
    "count(acceptances), count(interviews held), count and median(answer - submission)", RecruiterWork,
    RecruiterWorkRow, RecruiterWorkPart, responses.NEEDS | interviews.NEEDS,
    Counts(ways(RecruiterWork), counted, rows, dated, of=(ApplicationEvent, InterviewEvent)),
    figures=FIGURES,
)  # fmt: skip
