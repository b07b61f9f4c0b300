"""pipeline-health: whether the people under way are enough for the open seats, and whether anybody sees to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, field_validator

from services.reporting.metrics import applications, requisitions, seats, staleness
from services.reporting.metrics.application import MILESTONES, Application, furthest
from services.reporting.metrics.chances import Chance, Chances, first_reached
from services.reporting.metrics.dimensions import BY, JobQuestion, different, of_job
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.figures import Number, Share
from services.reporting.metrics.report import LEAD, Cell, Definition, Group, Part, Report, Row, Rule, ids
from services.reporting.metrics.seats import Seat
from services.reporting.metrics.selection import UNASKED, Selection
from services.reporting.metrics.staleness import Attention
from services.reporting.metrics.world import World
from shared.events.ats.job import JobClosed

TEXT = """\
Whether the people under way are enough for the open seats, as of one moment. Each active application stands at the \
furthest milestone that it has reached; its chance is the share of hires among those that reached that milestone \
before: in the twelve months that end 90 days before that moment, so that they had the time to be hired, and in its \
department, or in the whole company where fewer than 30 of the department did. `expected` hires are the sum of the \
chances, `health` is that for each open seat: below 1 the people under way will hardly do. Where nobody came so far in \
that time there is no chance to tell, and the application counts as 0 and among the `unknown`. Left out are \
applications to jobs that are closed or held, and seats that are filled, closed, held or of an evergreen job; a seat \
that several jobs offer counts once. `untouched`: no person did anything about it for more than 14 days; `waiting`: \
more than 90 days in its present stage, less the time in which the requisition was held; `stale`: either."""

NO_PERIOD = "it tells of one moment: give as_of, and no period"


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
    """An application, a seat, or what a chance was counted from: what does not belong to its `kind` is null.

    `department`: whose `chance` it is, null for that of the whole company.
    """

    kind: Literal["application", "seat", "chance"]
    application_id: UUID | None = None
    person_id: UUID | None = None
    opening_id: UUID | None = None
    milestone: str | None = None
    department: str | None = None
    chance: Share | None = None
    untouched: bool | None = None
    waiting: bool | None = None


@dataclass(frozen=True)
class _Standing:
    application: Application
    chance: Chance
    untouched: bool
    waiting: bool
    why: Sequence[Fact]


def compute(world: World, question: PipelineHealth) -> Report[PipelineHealthRow, PipelineHealthPart]:
    found = Selection[_Standing | Seat](question, question.by)
    chances, attention = Chances(world, question.tz), Attention(world)
    for application in world.applications:
        values = _values(application.leg_at(None).job, world, question)
        why_not = _not_under_way(application, world)
        if why_not:
            found.leave_out(why_not, values)
        else:
            found.take(_standing(application, chances, attention), values, None, "")
    for seat in seats.seats(world):
        offered = [_values(job, world, question) for job in seat.event.jobs or (None,)]
        why_not = _not_open(seat, world)
        # Once in each group, however many of its jobs offer it.
        groups = {tuple(of[name] for name in question.by): of for of in offered if question.asks_for(of)}
        if why_not or not groups:
            found.leave_out(why_not or UNASKED, next(iter(groups.values()), offered[0]))
        else:
            for values in groups.values():
                found.take(seat, values, None, "")
    return found.report(_cell)


def expected(chances: Iterable[Fraction | None]) -> Fraction:
    """Hires; a chance that nobody can tell counts as none."""
    return sum((chance for chance in chances if chance is not None), Fraction())


def health(hires: Fraction, open_seats: int) -> Fraction | None:
    return hires / open_seats if open_seats else None


def _values(job: UUID | None, world: World, question: PipelineHealth) -> Group:
    return of_job(job, world.clocks.as_of, world.jobs)


def _not_under_way(application: Application, world: World) -> str | None:
    """Why it is not counted, if so."""
    job = application.leg_at(None).job
    if application.hire is not None:
        return "hired"
    if not application.active:
        return "rejected or withdrawn"
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


def _standing(application: Application, chances: Chances, attention: Attention) -> _Standing:
    milestone = MILESTONES[furthest(application.reached)]
    chance, brought = chances.of(milestone, application), first_reached(application)[milestone]
    stay = attention.stay(application)
    return _Standing(
        application,
        chance,
        attention.untouched(application),
        attention.waiting(application),
        [brought, attention.last(application), *([stay.start] if stay else []), *application.merges],
    )


def _cell(group: Group, of: Sequence[_Standing | Seat]) -> Cell[PipelineHealthRow, PipelineHealthPart]:
    under_way = [one for one in of if isinstance(one, _Standing)]
    open_seats = [one for one in of if isinstance(one, Seat)]
    chances = {(one.chance.milestone, one.chance.department): one.chance for one in under_way if one.chance.before}
    hires = expected(one.chance.share for one in under_way)
    row = PipelineHealthRow(
        group=group,
        active=len(under_way),
        expected=Number.of(hires),
        open_seats=len(open_seats),
        health=Number.of(health(hires, len(open_seats))),
        untouched=sum(one.untouched for one in under_way),
        waiting=sum(one.waiting for one in under_way),
        stale=sum(one.untouched or one.waiting for one in under_way),
        unknown=sum(one.chance.share is None for one in under_way),
    )
    parts = [_of_application(one) for one in under_way], map(_of_seat, open_seats), map(_of_chance, chances.values())
    return Cell(row, [part for each in parts for part in each])


def _of_application(one: _Standing) -> PipelineHealthPart:
    application, chance = one.application, one.chance
    return PipelineHealthPart(
        kind="application",
        application_id=application.id,
        person_id=application.person,
        milestone=chance.milestone,
        department=chance.department,
        chance=Share.among(chance.hired, len(chance.before)),
        untouched=one.untouched,
        waiting=one.waiting,
        events=ids(one.why),
    )


def _of_seat(seat: Seat) -> PipelineHealthPart:
    taken = [fact for _, acceptance in seat.taken for fact in (acceptance.fact, acceptance.undone) if fact]
    return PipelineHealthPart(kind="seat", opening_id=seat.event.opening_id, events=ids([seat.opened, *taken]))


def _of_chance(chance: Chance) -> PipelineHealthPart:
    hires = [one.application.hire.fact for one in chance.before if one.application.hire]
    return PipelineHealthPart(
        kind="chance",
        milestone=chance.milestone,
        department=chance.department,
        chance=Share.among(chance.hired, len(chance.before)),
        events=ids([*(one.brought for one in chance.before), *hires]),
    )


FIGURES = {
    "active": Rule("applications under way", lambda part, *_: part.kind == "application"),
    "expected": Rule(
        "applications under way, each with its `chance`, and what the chances were counted from",
        lambda part, *_: part.kind != "seat",
    ),
    "open_seats": Rule("seats that are open", lambda part, *_: part.kind == "seat"),
    "health": Rule("all: the chances of those under way over the open seats"),
    "untouched": Rule("applications that no person saw to for more than 14 days", lambda part, *_: part.untouched),
    "waiting": Rule("applications in their present stage for more than 90 days", lambda part, *_: part.waiting),
    "stale": Rule("applications that are untouched or waiting", lambda part, *_: part.untouched or part.waiting),
    "unknown": Rule(
        "applications of which no chance can be told",
        lambda part, *_: part.kind == "application" and not part.chance.of,
    ),
}
PIPELINE_HEALTH = Definition(
    "pipeline-health", 1, "People under way for each open seat", TEXT,
    "sum over the active of (hired / reached the same milestone before) / open seats", PipelineHealth,
    PipelineHealthRow, PipelineHealthPart,
    applications.NEEDS | requisitions.NEEDS | seats.NEEDS | staleness.NEEDS | {JobClosed},
    compute, figures=FIGURES,
)  # fmt: skip
