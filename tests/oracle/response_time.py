"""Response time: from the submission to the first thing that a person told the candidate (rules D18)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.events.ats.application import ApplicationRejected, ApplicationWithdrawn
from shared.events.ats.interview import InterviewScheduled
from shared.events.ats.offer import OfferExtended
from tests.oracle.applications import Application
from tests.oracle.calendars import worked
from tests.oracle.figures import kaplan_meier_median, median, microseconds
from tests.oracle.happened import Happened
from tests.oracle.pasts import Past, past
from tests.oracle.questions import Question, Row, dimensions, grouped
from tests.oracle.to_come import MESSAGE_SENT


@dataclass(frozen=True)
class Wait:
    """`answered` is None where nobody has told them anything yet."""

    application: Application
    since: datetime
    answered: datetime | None


def response_time(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    counted = []
    for wait in waits(seen):
        values = dimensions(seen, asked, wait.since, wait.application.kept.job_at(wait.since), wait.application)
        if asked.in_period(wait.since) and asked.wants(values):
            counted.append((values, wait))
    rows = []
    for group, found in grouped(asked, counted):
        took = [microseconds(_lasted(seen, asked, wait, wait.answered)) for wait in found if wait.answered]
        still = [microseconds(_lasted(seen, asked, wait, seen.as_of)) for wait in found if not wait.answered]
        rows.append(
            {
                "group": group,
                "n": len(took),
                "median": median(took),
                "km_median": kaplan_meier_median(took, still),
                "open": len(still),
            }
        )
    return rows


def _lasted(seen: Past, asked: Question, wait: Wait, end: datetime) -> timedelta:
    if asked.option("days", "calendar") == "calendar":
        return end - wait.since
    # The days of the job that they applied to, whatever job they are in when somebody answers.
    calendar = seen.jobs.calendar(wait.application.kept.job_at(wait.since), wait.since)
    return worked(calendar, wait.since, end)


def waits(seen: Past) -> Iterator[Wait]:
    """Of all applications but those that were withdrawn before anybody answered."""
    for application in seen.applications:
        since = application.submission
        if since is None:
            continue
        told = [
            happened
            for happened in seen.world
            if happened.occurred >= since and getattr(happened.event, "application_id", None) in application.ids
        ]
        for happened in told:
            if _answers(happened):
                yield Wait(application, since, happened.occurred)
                break
            if isinstance(happened.event, ApplicationWithdrawn):
                break
        else:
            yield Wait(application, since, None)


def _answers(happened: Happened) -> bool:
    if happened.event.wire_type == MESSAGE_SENT:
        return not getattr(happened.event, "automatic", False)
    return isinstance(happened.event, InterviewScheduled | ApplicationRejected | OfferExtended)
