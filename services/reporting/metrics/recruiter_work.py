"""recruiter-work: hires, interviews and answers, by who recruited for the job when each of them came about."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from services.reporting.metrics import interviews, responses
from services.reporting.metrics.application import Application
from services.reporting.metrics.dimensions import (
    MOST,
    ApplicationQuestion,
    Dimension,
    different,
    of_application,
    of_job,
    times,
)
from services.reporting.metrics.fact import elapsed
from services.reporting.metrics.figures import Duration, median
from services.reporting.metrics.interviews import Interview
from services.reporting.metrics.report import LEAD, Cell, Definition, Group, Part, Report, Row, ids
from services.reporting.metrics.responses import Response
from services.reporting.metrics.selection import Selection
from services.reporting.metrics.world import World

TEXT = """\
What came about in the jobs of a recruiter: `hires` (acceptances that stand, dated by the acceptance), `interviews` \
that were held (completed as last arranged, and nobody stayed away; dated by their end), and `responses`, applications \
that got the first answer of a person (as in response-time, dated by the answer), with the median of how long that \
took. Each counts for who was the recruiter of the job at its own date, whoever did the work: a hire whose job changed \
hands on 1 March counts for the one before if it was accepted in February, and for the one after if in March. One row \
for each recruiter and quarter, unless asked otherwise."""

NO_SOURCE: Group = {"source": None, "source_name": None}


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


# What was done, or why it does not count; the values of its dimensions; what dates it.
Counted = tuple[RecruiterWorkPart | str, Group, str]


def compute(world: World, question: RecruiterWork) -> Report[RecruiterWorkRow, RecruiterWorkPart]:
    found = Selection[RecruiterWorkPart](question, question.by)
    for part, values, dated in (*_of_applications(world, question), *_of_interviews(world, question)):
        if isinstance(part, str):
            found.leave_out(part, values)
        else:
            found.take(part, values, part.at, dated)
    return found.report(lambda group, of: Cell(_row(group, of), of))


def _of_applications(world: World, question: RecruiterWork) -> Iterator[Counted]:
    for application, response in responses.responses(world):
        for part, dated in ((_hire(application), "accepted"), (_response(response), "answered")):
            at = application.legs[0].entry.occurred if isinstance(part, str) else part.at
            values = of_application(application, application.leg_at(at).job, at, world.jobs)
            yield part, {**values, **times(at, question)}, dated


def _of_interviews(world: World, question: RecruiterWork) -> Iterator[Counted]:
    by_id = {of: application for application in world.applications for of in application.ids}
    for interview in world.interviews:
        application = by_id.get(interview.time.application_id)
        source = {"source": application.source, "source_name": application.source_name} if application else NO_SOURCE
        at = interview.time.end
        values = {**of_job(interview.job, at, world.jobs), **source, **times(at, question)}
        yield _interview(interview, application), values, "held"


def _hire(application: Application) -> RecruiterWorkPart | str:
    hire = application.hire
    if hire is None:
        return "acceptance undone" if application.undone else "no acceptance"
    if application.submission is None:
        return LEAD
    return RecruiterWorkPart(
        work="hire",
        application_id=application.id,
        person_id=application.person,
        at=hire.fact.occurred,
        events=ids([hire.fact, *application.merges]),
    )


def _response(response: Response | str) -> RecruiterWorkPart | str:
    if isinstance(response, str):
        return response
    if response.answer is None:
        return "not answered yet"
    application = response.application
    return RecruiterWorkPart(
        work="response",
        application_id=application.id,
        person_id=application.person,
        at=response.answer.occurred,
        since=response.submission.occurred,
        took=Duration.of(response.duration),
        events=ids([response.submission, response.answer, *application.merges]),
    )


def _interview(interview: Interview, application: Application | None) -> RecruiterWorkPart | str:
    if interview.completed is None:
        return "interview not completed"
    if interview.missed:
        return "interview that somebody missed"
    return RecruiterWorkPart(
        work="interview",
        application_id=application.id if application else interview.time.application_id,
        person_id=application.person if application else interview.time.person_id,
        at=interview.time.end,
        interview_id=interview.id,
        events=ids([interview.arranged, interview.completed]),
    )


def _row(group: Group, of: Sequence[RecruiterWorkPart]) -> RecruiterWorkRow:
    done = Counter(part.work for part in of)
    return RecruiterWorkRow(
        group=group,
        hires=done["hire"],
        interviews=done["interview"],
        responses=done["response"],
        response_median=median([elapsed(part.since, part.at) for part in of if part.since]),
    )


RECRUITER_WORK = Definition(
    "recruiter-work", 1, "Hires, interviews and answers of a recruiter", TEXT,
    "count(acceptances), count(interviews held), count and median(answer - submission)", RecruiterWork,
    RecruiterWorkRow, RecruiterWorkPart, responses.NEEDS | interviews.NEEDS, compute,
)  # fmt: skip
