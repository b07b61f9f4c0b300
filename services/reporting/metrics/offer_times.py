"""days-to-offer, days-to-decision, time-to-answer, time-to-start: how long an offer takes, and what comes of it."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from uuid import UUID

from services.reporting.metrics import offers
from services.reporting.metrics.application import Application
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Tally, ways
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application
from services.reporting.metrics.fact import Fact, elapsed
from services.reporting.metrics.figures import Duration, median, p90
from services.reporting.metrics.offers import Process
from services.reporting.metrics.report import IMPOSSIBLE, LEAD, Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.world import World

TO_OFFER_TEXT = """\
Time from the submission of an application to the first offer that was extended to it, dated by that offer."""

TO_DECISION_TEXT = """\
Time from the submission of an application to the answer to its offer, accepted or declined, dated by the answer. Of \
several versions the answer to the last one extended counts; a withdrawal with an offer out is a decline."""

TO_ANSWER_TEXT = """\
Time from the first version of an offer that was extended to the answer, accepted or declined, dated by the answer; \
one for each application and attempt to hire, improved offers in between included."""

TO_START_TEXT = """\
Time from the acceptance of an offer that stands (not reneged, rescinded or reversed; of several the last) to the day \
on which the person came to work, dated by that day; not to the one that was planned. Who did not come is left out."""


class OfferTime(ApplicationQuestion):
    by: By = ()


class OfferTimeRow(Row):
    n: int
    median: Duration
    p90: Duration


class OfferTimePart(Part):
    application_id: UUID
    person_id: UUID
    started: datetime
    ended: datetime
    duration: Duration


# An application, and what the time runs from (None: still a lead) and to, or why it does not.
Span = tuple[Application, Fact | None, Fact | str]
OfferTimes = Counts[OfferTime, OfferTimeRow, OfferTimePart]
UNANSWERED = "no answer"


def to_offer(world: World) -> Iterator[Span]:
    """Once for each application that has an offer, whatever the number of attempts."""
    by_application: dict[UUID, list[Process]] = defaultdict(list)
    for process in world.once(offers.processes):
        by_application[process.application.id].append(process)
    for found in by_application.values():
        extended = [process.first for process in found if process.first is not None]
        application = found[0].application
        first = min(extended, key=lambda fact: fact.order, default=None)
        yield application, application.submission, first or "no offer extended"


def to_decision(world: World) -> Iterator[Span]:
    for process in world.once(offers.processes):
        yield process.application, process.application.submission, process.answer or UNANSWERED


def to_answer(world: World) -> Iterator[Span]:
    for process in world.once(offers.processes):
        if process.first is not None:
            yield process.application, process.first, process.answer or UNANSWERED


def to_start(world: World) -> Iterator[Span]:
    for application in world.applications:
        if hire := application.hire:
            missed = "did not start" if hire.offer in application.missed else "not started yet"
            yield application, hire.fact, application.starts.get(hire.offer, missed)
        elif application.undone:
            yield application, application.submission, "acceptance undone"


def counting(spans: Callable[[World], Iterator[Span]]) -> OfferTimes:
    def counted(world: World, question: OfferTime) -> Iterator[Counted[OfferTimePart] | LeftOut]:
        for application, start, end in spans(world):
            at = application.legs[0].entry.occurred if isinstance(end, str) else end.occurred
            values = of_application(application, application.leg_at(at).job, at, world.jobs)
            if isinstance(end, str):
                yield LeftOut(end, values)
            elif start is None or application.submission is None:
                yield LeftOut(LEAD, values)
            elif start.occurred > end.occurred:
                yield LeftOut(IMPOSSIBLE, values)
            else:
                took = elapsed(start.occurred, end.occurred)
                yield Counted(values, at, (), partial(_part, application, start, end), application.person, took)

    return Counts(ways(OfferTime), counted, rows, lambda *_: "ended")


def rows(group: Group, tally: Tally, world: World, question: OfferTime) -> Iterator[OfferTimeRow]:
    took = tally.took()
    yield OfferTimeRow(group=group, n=len(took), median=median(took), p90=p90(took))


def _part(application: Application, start: Fact, end: Fact, _: Name) -> OfferTimePart:
    return OfferTimePart(
        application_id=application.id,
        person_id=application.person,
        started=start.occurred,
        ended=end.occurred,
        duration=Duration.of(elapsed(start.occurred, end.occurred)),
        events=ids([start, end, *application.merges]),
    )


FIGURES = {
    "n": Rule("those of which both the start and the end are known"),
    "median": Rule("the same ones: half of them took no longer, by the `duration` of each"),
    "p90": Rule("the same ones: nine of ten took no longer, by the `duration` of each; from ten on"),
}


def _defined(
    name: str, title: str, text: str, formula: str, counts: OfferTimes
) -> Definition[OfferTime, OfferTimeRow, OfferTimePart]:
    return Definition(
        name, 1, title, text, formula, OfferTime, OfferTimeRow, OfferTimePart, offers.NEEDS, counts, figures=FIGURES
    )


DAYS_TO_OFFER = _defined(
    "days-to-offer",
    "From the application to its first offer",
    TO_OFFER_TEXT,
    "first OfferExtended - submission",
    counting(to_offer),
)
DAYS_TO_DECISION = _defined(
    "days-to-decision",
    "From the application to the answer",
    TO_DECISION_TEXT,
    "OfferAccepted or OfferDeclined - submission",
    counting(to_decision),
)
TIME_TO_ANSWER = _defined(
    "time-to-answer",
    "From the offer to the answer",
    TO_ANSWER_TEXT,
    "OfferAccepted or OfferDeclined - first OfferExtended",
    counting(to_answer),
)
TIME_TO_START = _defined(
    "time-to-start",
    "From the acceptance to the first day at work",
    TO_START_TEXT,
    "CandidateStarted - OfferAccepted",
    counting(to_start),
)
