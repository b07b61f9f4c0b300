"""response-time: from the application to the first thing that a person told the candidate."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from uuid import UUID

from services.reporting.metrics import responses
from services.reporting.metrics.counting import (
    Counted,
    Counts,
    LeftOut,
    Measure,
    Name,
    Shape,
    Tally,
    Took,
    ways,
    whenever,
)
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.fact import MICROSECOND
from services.reporting.metrics.figures import Duration, median
from services.reporting.metrics.question import Days
from services.reporting.metrics.report import LEAD, Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.responses import Response, Told
from services.reporting.metrics.survival import survival_median
from services.reporting.metrics.working_time import TABLES, Calendar
from services.reporting.metrics.world import World

TEXT = """\
Time from the submission of an application to the first thing that a person told the candidate: a message, an \
interview that was scheduled, a rejection, or an offer. Automatic messages, such as a receipt, do not count, nor does \
what came before the submission. Elapsed time, nights and weekends included, for the applications submitted in the \
period. `median` is over those that were answered. `open` ones still wait, as of the end; the Kaplan-Meier median \
(`km_median`) counts them with the time they have waited so far, and so does not flatter those who leave the hard ones \
unanswered: the smallest time by which half were answered. Who withdrew before any answer is left out. A lead is \
submitted when it leaves the lead stage. With days=working only that part of the time counts that lies on working \
days: Monday to Friday where the job was at the submission, all 24 hours of them, without the public holidays of its \
country."""


class ResponseTime(ApplicationQuestion):
    by: By = ()
    days: Days = "calendar"


class ResponseTimeRow(Row):
    """`n` were answered, `open` were not yet."""

    n: int
    median: Duration
    km_median: Duration
    open: int


class ResponseTimePart(Part):
    """One application; `answered`, and by what, is null while it waits, and `duration` how long it has so far.

    With a `calendar` that is working time; null: all days count. `note`: what of it is not known, and what holds.
    """

    application_id: UUID
    person_id: UUID
    submitted: datetime
    answered: datetime | None
    told: Told | None
    duration: Duration
    calendar: str | None
    note: str | None


def counted(world: World, question: ResponseTime) -> Iterator[Counted[ResponseTimePart] | LeftOut]:
    for application, response in world.once(responses.responses):
        if application.submission is None:
            yield LeftOut(LEAD)
            continue
        at = application.submission.occurred
        values = of_application(application, application.leg_at(at).job, at, world.jobs)
        if isinstance(response, str):
            yield LeftOut(response, values)
        else:
            still, place = response.answer is None, world.jobs.place(application.leg_at(at).job, at)
            calendar = Calendar.at(place) if question.days == "working" else None
            took = at if still else response.duration
            yield Counted(values, at, (still, place), partial(_part, response, calendar), application.person, took)


def measure(shape: Shape, question: ResponseTime) -> Measure | None:
    """It ended so long after the submission, by which it is dated."""
    if question.days == "calendar":
        return None
    calendar = Calendar.at(shape[1])

    def worked(submitted: Took, took: Took) -> Took:
        return calendar.worked_before(submitted + took, took)

    return worked


def was_answered(shape: Shape, *_: object) -> bool:
    return not shape[0]


def waits(shape: Shape, *_: object) -> bool:
    return bool(shape[0])


def rows(group: Group, tally: Tally, world: World, question: ResponseTime) -> Iterator[ResponseTimeRow]:
    answered, waiting = tally.took(was_answered), tally.took(waits)
    half = survival_median(answered, waiting)
    yield ResponseTimeRow(
        group=group,
        n=len(answered),
        median=median(answered),
        km_median=Duration.of(half, "not reached" if len(answered) + len(waiting) else "no data"),
        open=len(waiting),
    )


def _part(one: Response, calendar: Calendar | None, _: Name) -> ResponseTimePart:
    application, answer = one.application, [one.answer] if one.answer else []
    submitted = one.submission.occurred
    ended = submitted + one.duration * MICROSECOND
    return ResponseTimePart(
        application_id=application.id,
        person_id=application.person,
        submitted=submitted,
        answered=one.answer.occurred if one.answer else None,
        told=one.told,
        duration=Duration.of(calendar.worked(submitted, ended) if calendar else one.duration),
        calendar=calendar.name if calendar else None,
        note=calendar.unknown if calendar else None,
        events=ids([one.submission, *answer, *application.merges]),
    )


FIGURES = {
    "n": Rule("applications that a person answered", was_answered),
    "median": Rule("those answered: half of them no later, by the `duration` of each", was_answered),
    "km_median": Rule("all, those that still wait with the time so far: the smallest time by which half were answered"),
    "open": Rule("applications that still wait for an answer, as of the end", waits),
}
RESPONSE_TIME = Definition(
    "response-time", 1, "From the application to the first answer of a person", TEXT,
    "median(first answer - submission) over the answered; S(t) = product of 1 - answered / at risk", ResponseTime,
    ResponseTimeRow, ResponseTimePart, responses.NEEDS,
    Counts(
        ways(ResponseTime, "days"), counted, rows, lambda *_: "submitted", alike=whenever(lambda _: True),
        measure=measure,
    ),
    TABLES, figures=FIGURES,
)  # fmt: skip
