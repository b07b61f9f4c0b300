"""The course of one application id: the jobs it was in, its visits to stages, when it was active (rules D6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationMovedBack,
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationTransferred,
    ApplicationWithdrawn,
)
from shared.events.ats.job import StagePlanChanged
from shared.events.ats.offer import OfferAccepted
from tests.oracle.happened import Happened, of_type


@dataclass
class Leg:
    """The time in one job, until the next leg begins."""

    job: UUID
    began: datetime


@dataclass
class Visit:
    """`entered` is the stage as the plan called it then, `stage` as the plan called it at last.

    `after_word`: it began when the acceptance that stands had been given. `entry_unknown`: they stood there before
    `began`, which is when an import submitted them, and it doesn't say since when.
    """

    leg: int
    entered: str
    stage: str
    began: datetime
    by: Happened
    ended: datetime | None = None
    after_word: bool = False
    entry_unknown: bool = False


@dataclass
class Course:
    """`stood` tells job and stage at each acceptance, by the id of its event. `active` spells may have no end yet.

    `word`: when the acceptance that stands was given, if there is one; also where it was that of another id.
    """

    id: UUID
    person: UUID
    source: str
    internal: bool
    legs: list[Leg] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    active: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    ends: list[datetime] = field(default_factory=list)
    closed: datetime | None = None
    stood: dict[UUID, tuple[UUID, str]] = field(default_factory=dict)
    word: datetime | None = None

    @property
    def stays(self) -> list[Visit]:
        """The visits up to the acceptance that stands: who has accepted waits in no stage any more."""
        if self.word is None:
            return self.visits
        before = [visit for visit in self.visits if not visit.after_word]
        return [replace(visit, ended=min(visit.ended or self.word, self.word)) for visit in before]

    def job_at(self, moment: datetime) -> UUID:
        return self.leg_at(moment).job

    def leg_at(self, moment: datetime) -> Leg:
        return [leg for leg in self.legs if leg.began <= moment or leg is self.legs[0]][-1]


def courses(world: Sequence[Happened], ids: Iterable[UUID], last_word: set[UUID]) -> dict[UUID, Course]:
    """Of the ids that were submitted; `last_word` holds the acceptances that end a visit, by the id of their event."""
    wanted = set(ids)
    return {
        event.application_id: _course(event, happened, world, last_word)
        for happened, event in of_type(world, ApplicationSubmitted)
        if event.application_id in wanted
    }


def _course(
    event: ApplicationSubmitted, submitted: Happened, world: Sequence[Happened], last_word: set[UUID]
) -> Course:
    course = Course(event.application_id, event.person_id, event.source, event.internal)
    begin = list(world).index(submitted)
    course.word = next((happened.occurred for happened in world[:begin] if happened.id in last_word), None)
    for index, happened in enumerate(world[begin:], begin):
        if happened.id in last_word or getattr(happened.event, "application_id", course.id) == course.id:
            _tell(course, happened, world[:index], last_word)
    return course


def _tell(course: Course, happened: Happened, before: Sequence[Happened], last_word: set[UUID]) -> None:
    moment = happened.occurred
    match happened.event:
        case ApplicationSubmitted(job_id=job, stage=stage):
            course.legs.append(Leg(job, moment))
            course.active.append((moment, None))
            _enter(course, stage, happened)
        case ApplicationAdvanced(to_stage=stage) | ApplicationMovedBack(to_stage=stage, reason_type="reevaluation"):
            _enter(course, stage, happened)
        case ApplicationMovedBack(to_stage=stage):
            _erase_last(course, stage, happened, before)
        case ApplicationTransferred(to_job=job, stage=stage):
            course.legs.append(Leg(job, moment))
            _enter(course, stage, happened)
        case ApplicationRejected() | ApplicationWithdrawn():
            _leave(course, moment)
            course.closed = moment
            course.ends.append(moment)
            course.active = [(begin, end or moment) for begin, end in course.active]
        case ApplicationReopened(stage=stage):
            if course.closed:
                course.active.append((moment, None))
            course.closed = None
            _enter(course, stage, happened)
        case StagePlanChanged(job_id=job, stage_map=stage_map):
            standing = course.visits[-1]
            if standing.ended is None and course.legs[standing.leg].job == job:
                standing.stage = stage_map.get(standing.stage, standing.stage)
        case OfferAccepted(application_id=application):
            if application == course.id:
                course.stood[happened.id] = (course.legs[-1].job, course.visits[-1].stage)
            # Also where it was the acceptance of another id that is the same application: this stay ends with it.
            if happened.id in last_word:
                _leave(course, moment)
                course.word = moment


def _enter(course: Course, stage: str, by: Happened) -> None:
    _leave(course, by.occurred)
    after_word = course.word is not None
    unknown = isinstance(by.event, ApplicationSubmitted) and by.event.entry_unknown
    course.visits.append(
        Visit(len(course.legs) - 1, stage, stage, by.occurred, by, after_word=after_word, entry_unknown=unknown)
    )


def _leave(course: Course, moment: datetime) -> None:
    if course.visits and course.visits[-1].ended is None:
        course.visits[-1].ended = moment


def _erase_last(course: Course, stage: str, by: Happened, before: Sequence[Happened]) -> None:
    erased = course.visits.pop()
    last = course.visits[-1] if course.visits else None
    if last and last.leg == erased.leg:
        # Had the erased visit never been, a switch of plans in its time would have met the visit before.
        mapped = _mapped(last.stage, course.legs[last.leg].job, erased.began, before)
        if mapped == stage:
            last.stage = mapped
            last.ended = erased.ended
            return
    # It began as the erased one did, so that what is not known of that beginning is not known of this one.
    course.visits.append(replace(erased, entered=stage, stage=stage, by=by))


def _mapped(stage: str, job: UUID, since: datetime, before: Sequence[Happened]) -> str:
    for happened, switch in of_type(before, StagePlanChanged):
        if switch.job_id == job and happened.occurred >= since:
            stage = switch.stage_map.get(stage, stage)
    return stage
