"""pipeline-health: whether the people under way are enough for the open seats, and whether anybody sees to them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import combinations
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, field_validator

from services.reporting.metrics import applications, requisitions, seats, staleness
from services.reporting.metrics.application import MILESTONES, Application, furthest
from services.reporting.metrics.chances import Chance, Chances, first_reached
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import (
    Beside,
    Counted,
    Counts,
    LeftOut,
    Name,
    Shape,
    Tally,
    Ways,
    ways,
    whenever,
)
from services.reporting.metrics.dimensions import BY, JobQuestion, different, of_job, only_counted
from services.reporting.metrics.figures import Number, Share
from services.reporting.metrics.hire_chance import CHANCES, HireChance
from services.reporting.metrics.report import LEAD, Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.seats import Seat
from services.reporting.metrics.staleness import Attention
from services.reporting.metrics.world import World
from shared.events.ats.job import JobClosed
from shared.events.ats.opening import OpeningEvent

TEXT = """\
Whether the people under way are enough for the open seats, as of one moment. Each active application stands at the \
furthest milestone that it has reached; its chance is the share of hires among those that reached that milestone \
before: in the twelve months that end 90 days before that moment, so that they had the time to be hired, and in its \
department, or in the whole company where fewer than 30 of the department did (hire-chance tells who they were). \
`expected` hires are the sum of the chances, `health` is that for each open seat: below 1 the people under way will \
hardly do. Where nobody came so far in that time there is no chance to tell, and the application counts as 0 and among \
the `unknown`. Left out are applications to jobs that are closed or held, and seats that are filled, closed, held or \
of an evergreen job; a seat that several jobs offer counts once. `untouched`: no person did anything about it for \
more than 14 days; `waiting`: more than 90 days in its present stage, less the time in which the requisition was held, \
where it is known since when it stands there; `stale`: either."""

DIMENSIONS = ("job", "department", "location", "recruiter", "hiring_manager")
NO_PERIOD = "it tells of one moment: give as_of, and no period (in a schedule: `none`)"


class PipelineHealth(JobQuestion):
    by: Annotated[
        tuple[Literal["job", "department", "location", "recruiter", "hiring_manager"], ...],
        AfterValidator(different),
        BY,
    ] = ()
    period: str | None = Field(None, description=f"refused: {NO_PERIOD}")

    @field_validator("period")
    @classmethod
    def _no_period(cls, text: str | None) -> None:
        if text is not None:
            raise ValueError(NO_PERIOD)

    @field_validator("dimension")
    @classmethod
    def _counted(cls, of: str) -> str:
        return only_counted(of, "what is counted at the end is of what jobs are then")


class PipelineHealthRow(Row):
    active: int
    expected: Number
    open_seats: int
    health: Number
    untouched: int
    waiting: int
    stale: int
    unknown: int


class PipelineHealthPart(Part):
    """An application or a seat: what does not belong to its `kind` is null.

    `chance` of whoever stood at its `milestone`, in that `department`, null for the whole company.
    """

    kind: Literal["application", "seat"]
    application_id: UUID | None = None
    person_id: UUID | None = None
    opening_id: UUID | None = None
    milestone: str | None = None
    department: str | None = None
    chance: Share | None = None
    untouched: bool | None = None
    waiting: bool | None = None

    @property
    def subject(self) -> UUID | str:
        return self.person_id or self.opening_id or ""


@dataclass(frozen=True)
class _Standing:
    """`department`: at the submission."""

    milestone: str
    department: str | None
    untouched: bool
    waiting: bool

    @property
    def stale(self) -> bool:
        return self.untouched or self.waiting

    def chance(self, of: Chances) -> Chance:
        return of.of(self.milestone, self.department)


SEAT, SHARED_SEAT = ("seat",), ("seat", "of several jobs")


def counted(world: World, question: PipelineHealth) -> Iterator[Counted[PipelineHealthPart] | LeftOut]:
    attention = Attention(world)
    for application in world.applications:
        job, end = application.leg_at(None).job, world.clocks.as_of
        ended = application.hire.fact if application.hire else application.closed
        if ended is not None:
            why = "hired" if application.hire else "rejected or withdrawn"
            yield LeftOut(why, of_job(job, ended.occurred, world.jobs))
        elif why_not := _not_under_way(application, world):
            yield LeftOut(why_not, of_job(job, end, world.jobs))
        else:
            standing = _standing(application, attention, world)
            shape = standing.milestone, standing.department, standing.untouched, standing.waiting
            part = partial(_of_application, application, standing, attention)
            yield Counted(of_job(job, end, world.jobs), None, shape, part, application.person, always=True)


def open_seats(world: World, question: PipelineHealth) -> Iterator[Counted[PipelineHealthPart] | LeftOut]:
    for seat in seats.seats(world):
        ended = seat.fill[1].fact if seat.fill else seat.closed
        at, jobs = ended.occurred if ended else world.clocks.as_of, seat.event.jobs
        if why_not := _not_open(seat, world):
            yield LeftOut(why_not, of_job(seat.job, at, world.jobs))
        elif len(jobs) < 2:
            values = of_job(seat.job, at, world.jobs)
            yield Counted(values, None, SEAT, partial(_of_seat, seat), seat.event.opening_id, always=True)
        else:
            # Once for all its jobs that are alike in everything that is asked about.
            offered = [of_job(job, at, world.jobs) for job in jobs]
            different = dict.fromkeys(tuple((name, of[name]) for name in _asked(question)) for of in offered)
            for shared in different:
                part = partial(_of_seat, seat)
                yield Counted(dict(shared), None, SHARED_SEAT, part, seat.event.opening_id, always=True)


def _asked(question: PipelineHealth) -> tuple[str, ...]:
    """Of the dimensions those that are cut or filtered by."""
    return tuple(name for name in DIMENSIONS if name in question.by or getattr(question, name) is not None)


def under_way(shape: Shape, *_: object) -> bool:
    return shape not in (SEAT, SHARED_SEAT)


def rows(group: Group, tally: Tally, world: World, question: PipelineHealth) -> Iterator[PipelineHealthRow]:
    active = tally.count(under_way)
    standing = [(_Standing(*shape), n) for shape, n in tally.shapes() if under_way(shape)]
    chances = [(one.chance(tally.beside).share, n) for one, n in standing]
    seats_open, hires = tally.count() - active, expected(chances)
    yield PipelineHealthRow(
        group=group,
        active=active,
        expected=Number.of(hires),
        open_seats=seats_open,
        health=Number.of(health(hires, seats_open)),
        untouched=sum(n for one, n in standing if one.untouched),
        waiting=sum(n for one, n in standing if one.waiting),
        stale=sum(n for one, n in standing if one.stale),
        unknown=sum(n for chance, n in chances if chance is None),
    )


def expected(chances: Iterable[tuple[Fraction | None, int]]) -> Fraction:
    """Hires, of so many people for each chance; one that nobody can tell counts as none."""
    return sum((chance * n for chance, n in chances if chance is not None), Fraction())


def health(hires: Fraction, open_seats: int) -> Fraction | None:
    return hires / open_seats if open_seats else None


def _not_under_way(application: Application, world: World) -> str | None:
    """Why it is not counted, if so, though it goes on."""
    job = application.leg_at(None).job
    if application.submission is None:
        return LEAD
    if world.requisitions.held(world.jobs.requisition(job, world.clocks.as_of)):
        return "its requisition is held"
    return None if world.jobs.is_open(job) else "its job is not open"


def _not_open(seat: Seat, world: World) -> str | None:
    if seat.fill:
        return "a seat that is filled"
    if seat.closed:
        return "a seat that is closed"
    if seat.event.evergreen:
        return "a seat of an evergreen job"
    return "a seat that is held" if world.requisitions.held(seat.event.requisition_id) else None


def _standing(application: Application, attention: Attention, world: World) -> _Standing:
    assert application.submission is not None
    at = application.submission.occurred
    return _Standing(
        MILESTONES[furthest(application.reached)],
        world.jobs.department(application.leg_at(at).job, at),
        attention.untouched(application),
        attention.waiting(application),
    )


def _of_application(
    application: Application, standing: _Standing, attention: Attention, _: Name
) -> PipelineHealthPart:  # fmt: skip
    brought, stay = first_reached(application)[standing.milestone], attention.stay(application)
    why = [brought, attention.last(application), *([stay.start] if stay else []), *application.merges]
    return PipelineHealthPart(
        kind="application",
        application_id=application.id,
        person_id=application.person,
        milestone=standing.milestone,
        department=standing.department,
        untouched=standing.untouched,
        waiting=standing.waiting,
        events=ids(why),
    )


def _of_seat(seat: Seat, _: Name) -> PipelineHealthPart:
    taken = [fact for _, acceptance in seat.taken for fact in (acceptance.fact, acceptance.undone) if fact]
    return PipelineHealthPart(kind="seat", opening_id=seat.event.opening_id, events=ids([seat.opened, *taken]))


def _with_chance(part: PipelineHealthPart, chances: Chances) -> PipelineHealthPart:
    if part.milestone is None:
        return part
    chance = chances.of(part.milestone, part.department)
    return part.model_copy(update={"department": chance.department, "chance": chance.shown})


def _asks_for_chances(question: PipelineHealth, clocks: Clocks) -> HireChance:
    return HireChance(by=("department",), zone=question.zone, as_of=clocks.as_of)


ASKED: Sequence[Any] = [names for n in range(len(DIMENSIONS) + 1) for names in combinations(DIMENSIONS, n)]
SEATS = Counts[PipelineHealth, PipelineHealthRow, PipelineHealthPart](
    Ways(_asked, [PipelineHealth.model_construct(None, by=names) for names in ASKED]),
    open_seats, rows, lambda shape, _: None if shape == SHARED_SEAT else "told", of=(OpeningEvent,), subject="opening",
    alike=whenever(lambda world: all(len(seat.event.jobs) < 2 for seat in seats.seats(world))),
)  # fmt: skip

FIGURES = {
    "active": Rule("applications under way", under_way),
    "expected": Rule("applications under way: the sum of the `chance` of each; hire-chance explains those", under_way),
    "open_seats": Rule("seats that are open", lambda shape, *_: not under_way(shape)),
    "health": Rule("all: the chances of those under way over the open seats"),
    "untouched": Rule(
        "applications that no person saw to for more than 14 days",
        lambda shape, *_: under_way(shape) and _Standing(*shape).untouched,
    ),
    "waiting": Rule(
        "applications in their present stage for more than 90 days",
        lambda shape, *_: under_way(shape) and _Standing(*shape).waiting,
    ),
    "stale": Rule(
        "applications that are untouched or waiting", lambda shape, *_: under_way(shape) and _Standing(*shape).stale
    ),
    "unknown": Rule(
        "applications of which no chance can be told",
        lambda shape, _, __, chances: under_way(shape) and _Standing(*shape).chance(chances).share is None,
    ),
}
PIPELINE_HEALTH = Definition(
    "pipeline-health", 1, "People under way for each open seat", TEXT,
    "sum over the active of (hired / reached the same milestone before) / open seats", PipelineHealth,
    PipelineHealthRow, PipelineHealthPart,
    applications.NEEDS | requisitions.NEEDS | seats.NEEDS | staleness.NEEDS | {JobClosed},
    Counts(
        ways(PipelineHealth), counted, rows, lambda *_: "told", also=(SEATS,),
        beside=Beside(CHANCES, _asks_for_chances, Chances, _with_chance),
    ),
    figures=FIGURES,
)  # fmt: skip
