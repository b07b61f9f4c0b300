"""Pipeline health: hires to be expected of those in the process, against the seats that are open (rules D17)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from shared.events.ats.application import SourceAttributed
from shared.events.ats.job import JobClosed, JobOpened
from shared.events.ats.opening import OpeningClosed, OpeningOpened
from tests.oracle.applications import Application
from tests.oracle.happened import Happened, of_type
from tests.oracle.pasts import Past, held, is_held, past
from tests.oracle.periods import a_year_before
from tests.oracle.plans import MILESTONES
from tests.oracle.questions import OF_JOBS, Question, Row, Values, of_job
from tests.oracle.reached import by_application, first_reached
from tests.oracle.seats import acceptances_of
from tests.oracle.spells import within

SETTLED = timedelta(days=90)
ENOUGH = 30
UNTOUCHED = timedelta(days=14)
WAITING = timedelta(days=90)
STREAMS = ("application", "interview", "scorecard", "offer")


@dataclass(frozen=True)
class Before:
    """An application of the year before: where it was at home, what it reached when, whether it became a hire.

    What an import brought it to was reached at no known time.
    """

    department: str | None
    reached: dict[str, datetime | None]
    hired: bool


def pipeline_health(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    active = [(values, application) for values, application in _active(seen, asked)]
    seats = [(values, seat) for values, seat in _seats(seen, asked)]
    groups: list[Row] = [] if asked.by else [{}]
    for values, _ in (*active, *seats):
        if (group := _group(asked, values)) not in groups:
            groups.append(group)
    before = _before(seen)
    rows = []
    for group in groups:
        in_group = [application for values, application in active if _group(asked, values) == group]
        free = {seat for values, seat in seats if _group(asked, values) == group}
        rows.append(_row(seen, asked, group, in_group, len(free), before))
    return rows


def _group(asked: Question, values: Values) -> Row:
    return {name: values[name] for name in asked.by}


def _row(
    seen: Past, asked: Question, group: Row, active: Sequence[Application], seats: int, before: Sequence[Before]
) -> Row:
    chances = [_chance(seen, asked, application, before) for application in active]
    expected = sum((chance for chance in chances if chance is not None), Fraction(0))
    untouched = [_untouched(seen, application) for application in active]
    waiting = [_waiting(seen, application) for application in active]
    return {
        "group": group,
        "active": len(active),
        "expected": expected,
        "open_seats": seats,
        "health": expected / seats if seats else None,
        "untouched": sum(untouched),
        "waiting": sum(waiting),
        "stale": sum(one or other for one, other in zip(untouched, waiting, strict=True)),
        "unknown": chances.count(None),
    }


def _active(seen: Past, asked: Question) -> Iterator[tuple[Values, Application]]:
    for application in seen.applications:
        job = application.kept.job_at(seen.as_of)
        if (
            application.submission
            and application.kept.closed is None
            and application.hire is None
            and _is_open(seen, job)
            and not is_held(seen, seen.jobs.requisition(job))
        ):
            values = of_job(seen.jobs, job, seen.as_of)
            if asked.wants(values, OF_JOBS):
                yield values, application


def _is_open(seen: Past, job: UUID) -> bool:
    told = [h.event for h in seen.world if isinstance(h.event, JobOpened | JobClosed) and h.event.job_id == job]
    return bool(told) and isinstance(told[-1], JobOpened)


def _seats(seen: Past, asked: Question) -> Iterator[tuple[Values, UUID]]:
    """An open seat once for each of its jobs."""
    closed = {event.opening_id for _, event in of_type(seen.world, OpeningClosed)}
    for _, opening in of_type(seen.world, OpeningOpened):
        seat = opening.opening_id
        filled = any(acceptance.stands for acceptance in acceptances_of(seen, seat))
        if filled or seat in closed or opening.evergreen or is_held(seen, opening.requisition_id):
            continue
        for job in opening.jobs or (None,):
            values = of_job(seen.jobs, job, seen.as_of)
            if asked.wants(values, OF_JOBS):
                yield values, seat


def _before(seen: Past) -> Sequence[Before]:
    return [
        Before(
            _department(seen, application, application.submission),
            first_reached(seen, application, application.submission),
            application.hire is not None,
        )
        for application in seen.applications
        if application.submission
    ]


def _department(seen: Past, application: Application, submission: datetime) -> str | None:
    return seen.jobs.department(application.kept.job_at(submission), submission)


def _chance(seen: Past, asked: Question, application: Application, before: Sequence[Before]) -> Fraction | None:
    """How often who had come as far was hired; None where nobody had come as far."""
    reached = by_application(seen, application)
    furthest = [milestone for milestone in MILESTONES if milestone in reached - {"hired"}][-1]
    end = seen.as_of - SETTLED
    start = a_year_before(end, asked.zone)
    came_as_far = [one for one in before if (moment := one.reached.get(furthest)) and start <= moment < end]
    submission = application.submission
    home = _department(seen, application, submission) if submission else None
    same = [one for one in came_as_far if one.department == home]
    chosen = same if len(same) >= ENOUGH else came_as_far
    return Fraction(sum(one.hired for one in chosen), len(chosen)) if chosen else None


def _untouched(seen: Past, application: Application) -> bool:
    """For more than a fortnight no person did anything about it, and it has been there as long."""
    began = min(leg.began for course in application.all for leg in course.legs)
    sources = [h for h, _ in of_type(seen.knowledge, SourceAttributed) if h.occurred < seen.as_of]
    touched = [
        happened.occurred
        for happened in (*seen.world, *sources)
        if happened.event.stream.category in STREAMS
        and getattr(happened.event, "application_id", None) in application.ids
        and happened.by_person
    ]
    return seen.as_of - max([began, *touched]) > UNTOUCHED


def _waiting(seen: Past, application: Application) -> bool:
    """In the visit that goes on, without the time in which the requisition was held; nobody waits since an import."""
    standing = application.kept.visits[-1]
    if standing.entry_unknown:
        return False
    requisition = seen.jobs.requisition(application.kept.legs[-1].job)
    away = within(held(seen, requisition), standing.began, seen.as_of)
    return seen.as_of - standing.began - away > WAITING
