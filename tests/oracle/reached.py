"""Which milestones an application, or one leg of it, has reached (rules D7)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.events.ats.application import ApplicationAdvanced, ApplicationSubmitted, ApplicationTransferred
from tests.oracle.acceptances import Acceptance
from tests.oracle.applications import Application, in_lead
from tests.oracle.courses import Course, Visit
from tests.oracle.happened import Happened
from tests.oracle.pasts import Past
from tests.oracle.plans import MILESTONES


@dataclass(frozen=True)
class Arrival:
    """`by` brought the milestone. `known` is whether they came to it then, and not at some time before an import."""

    moment: datetime
    by: Happened
    known: bool = True

    @property
    def place(self) -> tuple[datetime, str, int]:
        return self.moment, self.by.service, self.by.position


def by_application(seen: Past, application: Application) -> set[str]:
    """Of one that was submitted."""
    found = {"applied"}
    for course in application.all:
        for visit in course.visits:
            found |= _by_entry(seen, course, visit) | _before_transfer(seen, course, visit)
    return found | _by_acceptance(seen, application)


def first_reached(seen: Past, application: Application, submission: datetime) -> dict[str, datetime | None]:
    """Each milestone that it has reached, and when it did first; None: before an import that brought it there."""
    first: dict[str, Arrival] = {}
    for milestone, arrival in _arrivals(seen, application):
        if milestone not in first or arrival.place < first[milestone].place:
            first[milestone] = arrival
    found = {milestone: arrival.moment if arrival.known else None for milestone, arrival in first.items()}
    return {**found, "applied": min(submission, found.get("applied") or submission)}


def _arrivals(seen: Past, application: Application) -> Iterator[tuple[str, Arrival]]:
    for course in application.all:
        for visit in course.visits:
            for milestone in _by_entry(seen, course, visit) | _before_transfer(seen, course, visit):
                # Since when they have applied is known, whatever stage an import brought them to.
                yield milestone, Arrival(visit.began, visit.by, milestone == "applied" or not visit.entry_unknown)
    for acceptance in application.acceptances:
        if acceptance.stands:
            for milestone in {"hired"} | _of_the_six(_after(seen, application, acceptance)):
                yield milestone, Arrival(acceptance.moment, acceptance.happened)


def by_leg(seen: Past, application: Application, number: int) -> set[str]:
    """Of the leg of this number of the application that is kept; empty if it saw nothing."""
    kept = application.kept
    found: set[str] = set()
    for visit in kept.visits:
        if visit.leg == number:
            found |= _by_entry(seen, kept, visit)
            if number == 0 and not in_lead(kept, visit, seen.plans):
                found.add("applied")
    for course in application.left_out:
        for visit in course.visits:
            if _leg_of(application, course, visit) == number:
                found |= _by_entry(seen, course, visit)
    if number == len(kept.legs) - 1:
        found |= _by_acceptance(seen, application)
    return found


def _leg_of(application: Application, course: Course, visit: Visit) -> int | None:
    """What the one left out reached counts for the last leg of the one kept in the same job."""
    job = course.legs[visit.leg].job
    return next((n for n, leg in reversed(list(enumerate(application.kept.legs))) if leg.job == job), None)


def _by_entry(seen: Past, course: Course, visit: Visit) -> set[str]:
    job, moment = course.legs[visit.leg].job, visit.began
    entered = seen.plans.stage(job, moment, visit.entered)
    found: set[str | None] = {entered.milestone if entered else None}
    match visit.by.event:
        case ApplicationSubmitted():
            found |= _between(seen, course, visit, 0)
        case ApplicationAdvanced() as event:
            left = next((s for s in seen.plans.stages(job, moment, visit.entered) if s.id == event.from_stage), None)
            found |= _between(seen, course, visit, left.order) if left else set()
            skipped = [seen.plans.stage(job, moment, name) for name in event.skipped]
            found |= {stage.milestone for stage in skipped if stage}
    return _of_the_six(found) - {"hired"}


def _before_transfer(seen: Past, course: Course, visit: Visit) -> set[str]:
    transferred = isinstance(visit.by.event, ApplicationTransferred)
    return _of_the_six(_between(seen, course, visit, 0)) - {"hired"} if transferred else set()


def _between(seen: Past, course: Course, visit: Visit, left: int) -> set[str | None]:
    """Milestones of the stages after the one left, up to the one entered."""
    stages = seen.plans.stages(course.legs[visit.leg].job, visit.began, visit.entered)
    entered = next((stage.order for stage in stages if stage.id == visit.entered), 0)
    return {stage.milestone for stage in stages if left < stage.order <= entered}


def _by_acceptance(seen: Past, application: Application) -> set[str]:
    found: set[str] = set()
    for acceptance in application.acceptances:
        if acceptance.stands:
            found |= {"hired"} | _of_the_six(_after(seen, application, acceptance))
    return found


def _after(seen: Past, application: Application, acceptance: Acceptance) -> set[str | None]:
    stood = [
        course.stood[acceptance.happened.id] for course in application.all if acceptance.happened.id in course.stood
    ]
    found: set[str | None] = set()
    for job, stage in stood:
        stages = seen.plans.stages(job, acceptance.moment, stage)
        at = next((known.order for known in stages if known.id == stage), None)
        found |= {known.milestone for known in stages if at is not None and known.order > at}
    return found


def _of_the_six(milestones: Iterable[str | None]) -> set[str]:
    return {milestone for milestone in milestones if milestone in MILESTONES}
