"""Activity: forward entries into stages that were made by hand (rules D7)."""

from collections.abc import Iterator, Sequence

from shared.events.ats.application import ApplicationAdvanced
from tests.oracle.courses import Visit
from tests.oracle.happened import Happened
from tests.oracle.pasts import Past, past
from tests.oracle.questions import Question, Row, Values, dimensions, grouped


def entered(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    return [{"group": group, "n": len(entries)} for group, entries in grouped(asked, _entries(seen, asked))]


def _entries(seen: Past, asked: Question) -> Iterator[tuple[Values, Visit]]:
    for application in seen.applications:
        for visit in application.kept.visits:
            if isinstance(visit.by.event, ApplicationAdvanced) and asked.in_period(visit.began):
                job = application.kept.legs[visit.leg].job
                values = dimensions(seen, asked, visit.began, job, application, visit.entered)
                if asked.wants(values):
                    yield values, visit
