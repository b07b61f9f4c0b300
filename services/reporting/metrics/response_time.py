"""response-time: from the application to the first thing that a person told the candidate."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.reporting.metrics import responses
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.figures import Duration, median
from services.reporting.metrics.report import LEAD, Cell, Definition, Group, Part, Report, Row, ids
from services.reporting.metrics.responses import Response, Told
from services.reporting.metrics.selection import Selection
from services.reporting.metrics.survival import survival_median
from services.reporting.metrics.world import World

TEXT = """\
Time from the submission of an application to the first thing that a person told the candidate: a message, an \
interview that was scheduled, a rejection, or an offer. Automatic messages, such as a receipt, do not count, nor does \
what came before the submission. Elapsed time, nights and weekends included, for the applications submitted in the \
period. `median` is over those that were answered. `open` ones still wait, as of the end; the Kaplan-Meier median \
(`km_median`) counts them with the time they have waited so far, and so does not flatter those who leave the hard ones \
unanswered: the smallest time by which half were answered. Who withdrew before any answer is left out. A lead is \
submitted when it leaves the lead stage."""


class ResponseTime(ApplicationQuestion):
    by: By = ()


class ResponseTimeRow(Row):
    """`n` were answered, `open` were not yet."""

    n: int
    median: Duration
    km_median: Duration
    open: int


class ResponseTimePart(Part):
    """One application; `answered`, and by what, is null while it waits, and `duration` how long it has so far."""

    application_id: UUID
    person_id: UUID
    submitted: datetime
    answered: datetime | None
    told: Told | None
    duration: Duration


def compute(world: World, question: ResponseTime) -> Report[ResponseTimeRow, ResponseTimePart]:
    found = Selection[Response](question, question.by)
    for application, response in responses.responses(world):
        if application.submission is None:
            found.leave_out(LEAD)
            continue
        at = application.submission.occurred
        values = of_application(application, application.leg_at(at).job, at, world.jobs, question)
        if isinstance(response, str):
            found.leave_out(response, values)
        else:
            found.take(response, values, at, "submitted")
    return found.report(lambda group, of: Cell(_row(group, of), [_part(one) for one in of]))


def _row(group: Group, of: Sequence[Response]) -> ResponseTimeRow:
    waited = [one.waited for one in of]
    answered = [one.duration for one in waited if one.over]
    return ResponseTimeRow(
        group=group,
        n=len(answered),
        median=median(answered),
        km_median=Duration.of(survival_median(waited), "not reached" if waited else "no data"),
        open=len(waited) - len(answered),
    )


def _part(one: Response) -> ResponseTimePart:
    application, answer = one.application, [one.answer] if one.answer else []
    return ResponseTimePart(
        application_id=application.id,
        person_id=application.person,
        submitted=one.submission.occurred,
        answered=one.answer.occurred if one.answer else None,
        told=one.told,
        duration=Duration.of(one.waited.duration),
        events=ids([one.submission, *answer, *application.merges]),
    )


RESPONSE_TIME = Definition(
    "response-time", 1, "From the application to the first answer of a person", TEXT,
    "median(first answer - submission) over the answered; S(t) = product of 1 - answered / at risk", ResponseTime,
    ResponseTimeRow, ResponseTimePart, responses.NEEDS, compute,
)  # fmt: skip
