"""Applications as a report sees them: what several ids were about, when they are one, told as one (rules D14)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.ats.application import ApplicationReopened, ApplicationSubmitted, SourceAttributed
from tests.oracle.acceptances import Acceptance, acceptances, last_standing
from tests.oracle.courses import Course, Visit, courses
from tests.oracle.happened import Happened, of_type
from tests.oracle.persons import Persons, merged_into
from tests.oracle.plans import Plans
from tests.oracle.spells import Spell, union


@dataclass(frozen=True)
class Application:
    """`kept` goes on with its own state, legs and visits; `submission` is None for a lead that never left its stage."""

    kept: Course
    left_out: Sequence[Course]
    person: frozenset[UUID]
    submission: datetime | None
    source: str
    internal: bool
    credited: str | None
    active: Sequence[Spell]
    acceptances: Sequence[Acceptance]

    @property
    def all(self) -> Sequence[Course]:
        return (self.kept, *self.left_out)

    @property
    def ids(self) -> set[UUID]:
        return {course.id for course in self.all}

    @property
    def hire(self) -> Acceptance | None:
        return last_standing(self.acceptances)

    @property
    def closed(self) -> datetime | None:
        """When it was rejected or withdrawn, if it is; of two that were closed the later one counts."""
        if self.kept.closed is None:
            return None
        return max(course.closed for course in self.all if course.closed)

    @property
    def ends(self) -> Sequence[datetime]:
        """Every end it ever had, those that were taken back by a reopening with them."""
        standing = [acceptance.moment for acceptance in self.acceptances if acceptance.stands]
        return [*(end for course in self.all for end in course.ends), *standing]


def applications(
    world: Sequence[Happened], knowledge: Sequence[Happened], plans: Plans, persons: Persons, as_of: datetime
) -> Sequence[Application]:
    submitted = {event.application_id for _, event in of_type(world, ApplicationSubmitted)}
    merges = merged_into(knowledge)
    groups: dict[UUID, list[UUID]] = {}
    for application in submitted:
        groups.setdefault(_kept(application, merges, submitted), []).append(application)
    found = []
    for kept, ids in groups.items():
        accepted = acceptances(world, ids)
        last = last_standing(accepted)
        told = courses(world, ids, {last.happened.id} if last else set())
        left_out = [told[other] for other in ids if other != kept]
        found.append(_one(told[kept], left_out, accepted, merges, knowledge, plans, persons, as_of))
    return found


def _kept(application: UUID, merges: Mapping[UUID, tuple[UUID, Happened]], submitted: set[UUID]) -> UUID:
    """The end of the chain of merges, as far as it had been submitted by then."""
    kept, at = application, application
    while at in merges:
        at = merges[at][0]
        kept = at if at in submitted else kept
    return kept


def _one(
    kept: Course,
    left_out: Sequence[Course],
    accepted: Sequence[Acceptance],
    merges: Mapping[UUID, tuple[UUID, Happened]],
    knowledge: Sequence[Happened],
    plans: Plans,
    persons: Persons,
    as_of: datetime,
) -> Application:
    starts = [(start, course) for course in (kept, *left_out) if (start := submission(course, plans))]
    earliest = min(starts, key=lambda start: start[0], default=(None, kept))
    words = [event for _, event in of_type(knowledge, SourceAttributed)]
    corrected = [word.new for word in words if word.view == "application" and word.application_id == earliest[1].id]
    ids = {course.id for course in (kept, *left_out)}
    credited = [word.new for word in words if word.view == "credited" and word.application_id in ids]
    active = [spell for course in (kept, *left_out) for spell in _active(course, merges, kept.id, as_of)]
    return Application(
        kept=kept,
        left_out=left_out,
        person=persons.ids(kept.person),
        submission=earliest[0],
        source=corrected[-1] if corrected else earliest[1].source,
        internal=earliest[1].internal,
        credited=credited[-1] if credited else None,
        active=union(active),
        acceptances=accepted,
    )


def submission(course: Course, plans: Plans) -> datetime | None:
    """When it first moved to a stage that is no lead stage, or began in one (rules X18)."""
    moves = [visit for visit in course.visits if not isinstance(visit.by.event, ApplicationReopened)]
    return next((visit.began for visit in moves if not in_lead(course, visit, plans)), None)


def in_lead(course: Course, visit: Visit, plans: Plans) -> bool:
    return plans.is_lead(course.legs[visit.leg].job, visit.began, visit.entered)


def _active(
    course: Course, merges: Mapping[UUID, tuple[UUID, Happened]], kept: UUID, as_of: datetime
) -> Sequence[Spell]:
    last, at = as_of, course.id
    while at != kept and at in merges:
        at, merge = merges[at]
        last = min(last, merge.occurred)
    return [(begin, min(end or last, last)) for begin, end in course.active if begin < last]
