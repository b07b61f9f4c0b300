"""The moments that a journey is measured by: first touch, first application, hire, first day; and what lay between."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from services.reporting.metrics.application import Acceptance, Application
from services.reporting.metrics.fact import Fact, elapsed
from services.reporting.metrics.figures import Duration, Figure
from services.reporting.metrics.jobs import Jobs
from shared.events.ats.application import CandidateHired, StartDateChanged
from shared.events.ats.offer import OfferAccepted
from shared.events.crm.prospect import CandidateSourced
from shared.events.crm.touchpoint import TouchpointLogged, TouchpointReplied, TouchpointSent
from shared.kit.zones import zone_of

TOUCH = (TouchpointLogged, TouchpointReplied, TouchpointSent)


class Reached(Figure):
    occurred: datetime
    event_id: UUID


class Summary(Figure):
    """The first time somebody wrote, talked or heard from them; the first application of all, leads do not count; the
    acceptance that stands, which is the hire; its administrative step; the day that is planned; the day they came.

    Plain elapsed time, from the touch only where it led to the application. The planned day is its noon.
    """

    sourced: Reached | None
    first_touch: Reached | None
    first_application: Reached | None
    hire: Reached | None
    hired: Reached | None
    start_date: date | None
    started: Reached | None
    touch_to_application: Duration
    application_to_hire: Duration
    touch_to_hire: Duration
    hire_to_start_date: Duration
    hire_to_start: Duration
    touch_to_start: Duration


def summarise(theirs: Sequence[Fact], applications: Sequence[Application], jobs: Jobs, zone: ZoneInfo) -> Summary:
    """`zone` is where the noon of a planned day is looked for when it is not known where the job is."""
    sourced = next((fact for fact in theirs if isinstance(fact.event, CandidateSourced)), None)
    touch = next((fact for fact in theirs if isinstance(fact.event, TOUCH)), None)
    submissions = [application.submission for application in applications if application.submission]
    applied = min(submissions, key=lambda fact: fact.order, default=None)
    application, hire = _hire(applications) or (None, None)
    step = application.hires.get(hire.offer) if application and hire else None
    came = application.starts.get(hire.offer) if application and hire else None
    day = _planned(hire, step, theirs) if hire else None
    accepted = hire.fact if hire else None
    touched, begun, won, started = (fact.occurred if fact else None for fact in (touch, applied, accepted, came))
    if touched and begun and touched > begun:
        touched = None  # They came by themselves, and were written to later.
    return Summary(
        sourced=_reached(sourced),
        first_touch=_reached(touch),
        first_application=_reached(applied),
        hire=_reached(accepted),
        hired=_reached(step),
        start_date=day,
        started=_reached(came),
        touch_to_application=between(touched, begun),
        application_to_hire=between(begun, won),
        touch_to_hire=between(touched, won),
        hire_to_start_date=between(won, _noon(day, hire, jobs, zone) if day and hire else None),
        hire_to_start=between(won, started),
        touch_to_start=between(touched, started),
    )


def _hire(applications: Iterable[Application]) -> tuple[Application, Acceptance] | None:
    """The last acceptance that stands, of all applications."""
    standing = [(application, hire) for application in applications if (hire := application.hire)]
    return max(standing, key=lambda found: found[1].fact.order, default=None)


def _planned(hire: Acceptance, step: Fact | None, theirs: Iterable[Fact]) -> date | None:
    """What was said last: of the acceptance, the hire, and later changes."""
    said = [fact.event for fact in (hire.fact, step) if fact is not None]
    day = None
    for event in said:
        assert isinstance(event, OfferAccepted | CandidateHired)
        day = event.start_date or day
    for fact in theirs:
        if isinstance(fact.event, StartDateChanged) and fact.event.offer_id == hire.offer:
            day = fact.event.new
    return day


def _noon(day: date, hire: Acceptance, jobs: Jobs, zone: ZoneInfo) -> datetime:
    assert isinstance(hire.fact.event, OfferAccepted)
    there = _zone(jobs.zone(hire.fact.event.job_id, hire.fact.occurred), zone)
    return datetime.combine(day, time(12), there).astimezone(UTC)


def _zone(name: str | None, otherwise: ZoneInfo) -> ZoneInfo:
    try:
        return zone_of(name) if name else otherwise
    except ValueError:
        return otherwise


def _reached(fact: Fact | None) -> Reached | None:
    return Reached(occurred=fact.occurred, event_id=fact.id) if fact else None


def between(start: datetime | None, end: datetime | None) -> Duration:
    """Never negative."""
    if start is None or end is None:
        return Duration.of(None)
    return Duration.of(elapsed(start, end)) if start <= end else Duration.of(None, "impossible order")
