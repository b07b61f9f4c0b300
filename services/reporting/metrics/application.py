"""One application as reporting sees it: the jobs and stages it passed, when somebody was at work on it, its hire."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from services.reporting.metrics.fact import Fact, covered, elapsed
from shared.events.ats.application import ApplicationSubmitted

Milestones = frozenset[str]
NONE: Milestones = frozenset()
MILESTONES = ("applied", "screened", "interviewed", "onsite", "offer", "hired")
APPLIED, HIRED = MILESTONES[0], MILESTONES[-1]
# Nobody is hired by a move to a stage: only an acceptance does that.
ON_THE_WAY = frozenset(MILESTONES) - {HIRED}
RANK = {name: rank for rank, name in enumerate(MILESTONES)}


@dataclass(frozen=True)
class Visit:
    """An entry into a stage. `reached`: the milestones passed by it; `before`: those passed before its job saw it.

    `advanced`: somebody moved the application forward into it.
    """

    stage: str
    fact: Fact
    reached: Milestones
    before: Milestones = NONE
    lead: bool = False
    advanced: bool = False


@dataclass
class Leg:
    """The part of the way that one job saw. `left`: transferred out of it."""

    job: UUID
    entry: Fact
    visits: list[Visit] = field(default_factory=list)
    left: bool = False

    @property
    def reached(self) -> Milestones:
        passed = NONE.union(*(visit.reached for visit in self.visits))
        applied = isinstance(self.entry.event, ApplicationSubmitted) and not all(visit.lead for visit in self.visits)
        return passed | {APPLIED} if applied else passed


@dataclass(frozen=True)
class Acceptance:
    """An accepted offer. `reached`: what lay between the stage it was accepted in and the hire; `undone`: by what."""

    offer: UUID
    fact: Fact
    reached: Milestones
    undone: Fact | None = None


@dataclass
class Application:
    """`ids`: its own, and those of applications that a merge left out. `spells`: when it was active.

    `accepted`: offers whose acceptance stands, oldest first; `undone`: the others. `hires`: by offer, those that were
    not reversed; `reversed`: the others. `starts`, `missed`: by offer, who came to work and who did not.
    `corrected`: what set its source by hand; `credited`: what names another one beside it.
    """

    id: UUID
    person: UUID
    source: str
    legs: list[Leg]
    spells: list[tuple[Fact, Fact | None]]
    accepted: dict[UUID, Acceptance] = field(default_factory=dict)
    undone: dict[UUID, Acceptance] = field(default_factory=dict)
    hires: dict[UUID, Fact] = field(default_factory=dict)
    reversed: dict[UUID, Fact] = field(default_factory=dict)
    merges: list[Fact] = field(default_factory=list)
    others_closed: list[Fact] = field(default_factory=list)
    ids: set[UUID] = field(default_factory=set)
    corrected: Fact | None = None
    credited: Fact | None = None
    source_name: str | None = None
    internal: bool = False
    starts: dict[UUID, Fact] = field(default_factory=dict)
    missed: dict[UUID, Fact] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        return self.spells[-1][1] is None

    @property
    def closed(self) -> Fact | None:
        """Its rejection or withdrawal, where it is not active; of several that a merge made one the last."""
        own = self.spells[-1][1]
        return own and max(own, *self.others_closed, key=lambda fact: fact.order) if self.others_closed else own

    @property
    def hire(self) -> Acceptance | None:
        """The last acceptance that was not undone."""
        return next(reversed(self.accepted.values())) if self.accepted else None

    @property
    def acceptances(self) -> list[Acceptance]:
        """In order, whatever became of them."""
        return sorted([*self.accepted.values(), *self.undone.values()], key=lambda acceptance: acceptance.fact.order)

    def hired_by(self, acceptance: Acceptance) -> Fact | None:
        """The administrative step after it."""
        return self.hires.get(acceptance.offer) or self.reversed.get(acceptance.offer)

    @property
    def visits(self) -> Iterator[Visit]:
        return (visit for leg in self.legs for visit in leg.visits)

    @cached_property
    def submission(self) -> Fact | None:
        """What made it an application, once it is folded: a lead becomes one when it leaves the lead stage."""
        return self.first_entry()

    def first_entry(self) -> Fact | None:
        """Into a stage that is not for leads. None before."""
        entries = [visit.fact for visit in self.visits if not visit.lead]
        return min(entries, key=lambda fact: fact.order, default=None)

    @property
    def reached(self) -> Milestones:
        passed = NONE.union(*(visit.reached | visit.before for visit in self.visits))
        # Whatever its plan says of milestones, what is no lead any more has applied.
        return self._with_hire(passed | {APPLIED} if self.submission else passed)

    def reached_in(self, leg: Leg) -> Milestones:
        return self._with_hire(leg.reached) if leg is self.leg_at(None) else leg.reached

    def leg_at(self, at: datetime | None) -> Leg:
        """The leg under way then, the first before it began; None: the last. Legs that a merge brought have no say."""
        if len(self.legs) == 1:
            return self.legs[0]
        own = [leg for leg in self.legs if self.owns(leg.entry)]
        begun = [leg for leg in own if at is None or leg.entry.occurred <= at]
        return begun[-1] if begun else own[0]

    def closings(self, until: datetime) -> Iterator[Fact]:
        """What ended its spells, and what began them anew."""
        for began, ended in self.spells:
            yield from (fact for fact in (began, ended) if fact is not None and fact.occurred < until)

    def owns(self, fact: Fact) -> bool:
        """Not that of an application that a merge left out."""
        return getattr(fact.event, "application_id", None) == self.id

    def inactive(self, start: datetime, end: datetime) -> int:
        """Microseconds of the time between in which nobody could be at work on it: rejected or withdrawn."""
        pieces = [
            (max(start, began.occurred), min(end, ended.occurred if ended else end)) for began, ended in self.spells
        ]
        return elapsed(start, end) - covered(pieces)

    def _with_hire(self, passed: Milestones) -> Milestones:
        return passed | self.hire.reached if self.hire else passed


def of_one_leg(applications: Iterable[Application]) -> bool:
    """Whether no job saw but a part of an application."""
    return all(len(application.legs) == 1 for application in applications)


def entry_unknown(fact: Fact) -> bool:
    """Of the submission of an import, which stands in a stage that it did not enter then."""
    return isinstance(fact.event, ApplicationSubmitted) and fact.event.entry_unknown


def furthest(reached: Iterable[str]) -> int:
    return max((RANK[name] for name in reached if name in RANK), default=-1)
