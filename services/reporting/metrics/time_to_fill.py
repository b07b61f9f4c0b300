"""time-to-fill: from the opening of a seat to the acceptance that fills it now, without holds and hires that went."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.reporting.metrics import applications, requisitions, seats
from services.reporting.metrics.counting import Counted, Counts, LeftOut, Name, Shape, Tally, no_part, of_kind, ways
from services.reporting.metrics.dimensions import ByJob, JobQuestion, of_job
from services.reporting.metrics.fact import Fact, covered, elapsed
from services.reporting.metrics.figures import Duration, median
from services.reporting.metrics.report import IMPOSSIBLE, Definition, Group, Part, Row, Rule, ids
from services.reporting.metrics.requisitions import Hold
from services.reporting.metrics.seats import Seat
from services.reporting.metrics.world import World
from shared.events.ats.opening import OpeningEvent
from shared.events.ats.posting import PostingPublished

NET, GROSS, OPEN = "net", "gross", "open"
TEXT = """\
Time from the opening of a seat to the acceptance that fills it now. `net` leaves out the time in which the \
requisition was held or the seat was filled by a hire that was undone, each moment once; `gross` does not. A seat \
that is reopened keeps its clock. Medians over the seats that are filled, dated by that acceptance; `open` ones are \
counted apart, as of the end, with their age in the explanation. Seats that were closed without a hire, and those of \
evergreen jobs, are left out."""


class TimeToFill(JobQuestion):
    by: ByJob = ()
    start: Literal["opening", "requisition", "posting"] = Field(
        "opening",
        description="requisition: its first approval; posting: the first of its jobs, or the opening that came later",
    )

    @model_validator(mode="after")
    def _known_in_that_version(self) -> Self:
        if (self.version, self.start) == (1, "posting"):
            raise ValueError("start=posting came with version 2: leave version out, or ask for another start")
        return self


class TimeToFillRow(Row):
    n: int
    net: Duration
    gross: Duration
    open: int


class TimeToFillPart(Part):
    """One seat; `filled`, and by which application, is null while it is open. `net` is `gross` without `away`."""

    SUBJECT = "opening_id"
    opening_id: UUID
    requisition_id: UUID
    application_id: UUID | None
    started: datetime
    filled: datetime | None
    gross: Duration
    away: Duration
    net: Duration


@dataclass(frozen=True)
class _Filling:
    """`until`: when it was filled, or the end of observation."""

    seat: Seat
    start: Fact
    until: datetime
    holds: Sequence[Hold]

    @property
    def gross(self) -> int:
        return elapsed(self.start.occurred, self.until)

    @property
    def away(self) -> int:
        gone = [(acceptance.fact, acceptance.undone) for _, acceptance in self.seat.taken if acceptance.undone]
        return covered(
            (max(began.occurred, self.start.occurred), min(ended.occurred if ended else self.until, self.until))
            for began, ended in (*gone, *self.holds)
        )


def counted(world: World, question: TimeToFill) -> Iterator[Counted[TimeToFillPart] | LeftOut]:
    for seat in seats.seats(world):
        until = seat.fill[1].fact.occurred if seat.fill else world.clocks.as_of
        values, whose = of_job(seat.job, until, world.jobs), seat.event.opening_id
        one = _filling(seat, until, world, question)
        if isinstance(one, str):
            yield LeftOut(one, values)
        elif seat.fill:
            yield Counted(values, until, (NET,), partial(_part, one), whose, one.gross - one.away)
            # The other figure of the same seat.
            yield Counted(values, until, (GROSS,), no_part, whose, one.gross)
        else:
            yield Counted(values, None, (OPEN,), partial(_part, one), whose, always=True)


def _filling(seat: Seat, until: datetime, world: World, question: TimeToFill) -> _Filling | str:
    """Or why the seat is not counted."""
    requisition = seat.event.requisition_id
    start = _start(seat, world, question)
    if seat.event.evergreen:
        return "of an evergreen job"
    if seat.closed and seat.fill is None:
        return "closed without a hire"
    if start is None:
        return "its requisition was never approved" if question.start == "requisition" else "never posted"
    if start.occurred > until:
        return IMPOSSIBLE
    return _Filling(seat, start, until, world.requisitions.holds(requisition, start.occurred, until))


def _start(seat: Seat, world: World, question: TimeToFill) -> Fact | None:
    match question.start:
        case "requisition":
            return world.requisitions.approved(seat.event.requisition_id)
        case "posting":
            posted = [first for job in seat.event.jobs if (first := world.jobs.posted(job))]
            first = min(posted, key=lambda fact: fact.order, default=None)
            return first and max(first, seat.opened, key=lambda fact: fact.order)
    return seat.opened


filled, is_open = of_kind(NET), of_kind(OPEN)


def rows(group: Group, tally: Tally, world: World, question: TimeToFill) -> Iterator[TimeToFillRow]:
    net, gross = tally.took(filled), tally.took(of_kind(GROSS))
    yield TimeToFillRow(
        group=group,
        n=len(net),
        net=median(net),
        gross=median(gross),
        open=tally.count(is_open),
    )


def _names(shape: Shape) -> Sequence[Name]:
    return () if shape == (GROSS,) else (None,)


def _part(one: _Filling, _: Name) -> TimeToFillPart:
    fill = one.seat.fill
    taken = [fact for _, acceptance in one.seat.taken for fact in (acceptance.fact, acceptance.undone) if fact]
    held = [fact for hold in one.holds for fact in hold if fact]
    return TimeToFillPart(
        opening_id=one.seat.event.opening_id,
        requisition_id=one.seat.event.requisition_id,
        application_id=fill[0].id if fill else None,
        started=one.start.occurred,
        filled=one.until if fill else None,
        gross=Duration.of(one.gross),
        away=Duration.of(one.away),
        net=Duration.of(one.gross - one.away),
        events=ids([one.start, one.seat.opened, *taken, *held]),
    )


FIGURES = {
    "n": Rule("seats that are filled now", filled),
    "net": Rule("the same seats: half of them took no longer, by the `net` time of each, without `away`", filled),
    "gross": Rule("the same seats: half of them took no longer, by the `gross` time of each", filled),
    "open": Rule("seats that are open, as of the end, each with its age", is_open),
}
NEEDS = applications.NEEDS | requisitions.NEEDS | seats.NEEDS
COUNTS = Counts(
    ways(TimeToFill, "start"), counted, rows, lambda *_: "filled", _names, of=(OpeningEvent,), subject="opening",
)  # fmt: skip
TIME_TO_FILL = [
    Definition(
        "time-to-fill", version, "From the opening of a seat to its acceptance", TEXT,
        "median(OfferAccepted - OpeningOpened - (held or filled))", TimeToFill, TimeToFillRow, TimeToFillPart, needs,
        COUNTS, figures=FIGURES,
    )
    for version, needs in ((1, NEEDS), (2, NEEDS | {PostingPublished}))
]  # fmt: skip
