"""A metric that counts one by one: what each one brings to a figure, whosever it is and whatever else is counted.

What is counted follows from the facts about one person, one seat or one approval, and from what is known of jobs and
members. So it can be kept for each of them, and rows be made of many without folding their facts again
(projections/kept). `compute` is the same without it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import product
from types import NoneType
from typing import Any, Generic, Literal, NamedTuple, TypeVar, get_args, get_origin
from uuid import UUID

import numpy as np
import numpy.typing as npt

from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.dimensions import Current, relabelled, times
from services.reporting.metrics.fact import elapsed, micros
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Cell, Definition, Group, Part, Report, Row, Rule
from services.reporting.metrics.selection import Selection
from services.reporting.metrics.told import Told
from services.reporting.metrics.world import World
from shared.events.ats.application import ApplicationEvent
from shared.events.event import Event

Subject = Literal["person", "opening", "approval"]
"""For what is folded together: a human with all ids, a seat with all who ever took it, a round of approval."""
Shape = tuple[Any, ...]
"""What rows need to know of something besides how long it took: few different ones, of numbers, texts and tuples."""
Name = str | None
"""Which row of a group something counts in; None where a group has one row."""
Key = tuple[str | None, ...]
"""Values of dimensions, in the order in which they are asked for."""
Took = npt.NDArray[np.int64]
Asks = Callable[[Shape], bool]
Measure = Callable[[Took, Took], Took]
"""Of the moments by which something is dated, and of how long it took."""
NOTHING = np.array([], np.int64)

R = TypeVar("R", bound=Row)
P = TypeVar("P", bound=Part)
Q = TypeVar("Q", bound=Question)


class Counted(NamedTuple, Generic[P]):
    """`values` of all dimensions but times; those are of `at`, None: of the end.

    `whose` part it is: the subject that the part names. `took` microseconds, or since when it goes on; or the number
    that Told knows it by. `always`: whatever the period.
    """

    values: Group
    at: datetime | None
    shape: Shape
    part: Callable[[Name], P]
    whose: UUID
    took: int | datetime | None = None
    always: bool = False


class LeftOut(NamedTuple):
    """With values only where they are asked for: a reason that nobody asked about says nothing.

    `at`: of something beside what is counted; it says nothing either where the period does not cover it.
    """

    why: str
    values: Group | None = None
    at: datetime | None = None


One = TypeVar("One", Counted[Any], LeftOut, Counted[Any] | LeftOut)


def labelled(one: One, current: Current | None) -> One:
    """As the question asks for it."""
    return one if current is None or one.values is None else one._replace(values=relabelled(one.values, current))


def of_kind(*kinds: str) -> Callable[..., bool]:
    """Of shapes that say first of what kind something is."""
    return lambda shape, *_: shape[0] in kinds


def no_part(_: Name) -> Any:
    """Of what is counted beside something else."""
    raise LookupError("What has no name is a part of no row")


class Tally:
    """How many there are of each shape, and how long they took. `beside`: what rows are told besides, see Beside."""

    def __init__(
        self, counts: Mapping[Shape, int], took: Mapping[Shape, Took], beside: Any = None, told: Told | None = None
    ) -> None:
        self._counts, self._took, self.beside, self.told = counts, took, beside, told

    def count(self, asks: Asks = lambda _: True) -> int:
        return sum(n for shape, n in self._counts.items() if asks(shape))

    def took(self, asks: Asks = lambda _: True) -> Took:
        """In no order."""
        found = [took for shape, took in self._took.items() if asks(shape)]
        return np.concatenate(found) if found else NOTHING

    def shapes(self) -> Iterable[tuple[Shape, int]]:
        return self._counts.items()


Tallies = Mapping[Key, Tally]


def _once(_: Shape) -> Sequence[Name]:
    return (None,)


@dataclass(frozen=True)
class Ways(Generic[Q]):
    """How a question may matter to what is counted: `of` says in which way, and `questions` has one for each."""

    of: Callable[[Q], Hashable]
    questions: Sequence[Q]


def ways(question: type[Q], *names: str) -> Ways[Q]:
    """It matters what it says of these fields; `job`: whether anything is asked about jobs."""
    fields = product(*(_ways(question, name) for name in names))
    questions = [question.model_validate({k: v for way in each for k, v in way.items()}) for each in fields]
    return Ways(lambda asked: tuple(_asks(asked, name) for name in names), questions)


Alike = Callable[[Any], Hashable] | None
"""The same for questions that are answered alike; None: all are."""


def _differ(_: World) -> Alike:
    return id


def whenever(alike: Callable[[World], bool]) -> Callable[[World], Alike]:
    return lambda world: None if alike(world) else _differ(world)


@dataclass(frozen=True)
class Counts(Generic[Q, R, P]):
    """`counted` depends on the world and on the way in which a question asks, none other than one of `ways`.

    `rows` of a group follow from its tally, from what is known of jobs, and from the question; a row that has a name
    holds what has its name among `names`. What has no names is more of something that is counted beside it: no part of
    any row, and never left out, but a figure may ask for it. `dated` says by what the period cuts, None: that is never
    left out. `ends`: how long before the end what goes on is dated. `alike`: of which questions a world gives the
    same. Where no event `of` these is known nothing is counted. `subject`: whose facts decide. `at`: the question, once
    its clocks are known. `also`: what else is counted in the same groups, named alike. `told`: what is opened when
    that is asked, and never kept. `few`: why those of a group are left out of which there is no row.
    `measure`: what counts of how long it took, where that depends on when it was.
    """

    ways: Ways[Q]
    counted: Callable[[World, Q], Iterator[Counted[P] | LeftOut]]
    rows: Callable[[Group, Tally, World, Q], Iterable[R]]
    dated: Callable[[Shape, Q], str | None]
    names: Callable[[Shape], Sequence[Name]] = _once
    ends: timedelta = timedelta(0)
    alike: Callable[[World], Alike] = _differ
    clocks: Callable[[Clocks, Q], Clocks] = lambda clocks, _: clocks
    of: tuple[type[Event], ...] = (ApplicationEvent,)
    subject: Subject = "person"
    at: Callable[[Q, Clocks], Q] = lambda question, _: question
    also: "tuple[Counts[Any, Any, Any], ...]" = ()
    beside: "Beside[Any, Any] | None" = None
    told: Callable[[World, Q], Told] | None = None
    few: str | None = None
    measure: Callable[[Shape, Q], Measure | None] = lambda *_: None

    def __call__(self, world: World, question: Q, rule: Rule | None = None) -> Report[R, P]:
        """With the parts of each row, or those alone that a rule takes."""
        question = self.at(question, world.clocks)
        current = world.current if question.relabels else None
        world = world.until(self.clocks(world.clocks, question))
        found = self.selected(world, question, current)
        beside = self.beside.told(world, question) if self.beside else None
        told, cells, groups = self.told and self.told(world, question), list[Cell[R, P]](), list[tuple[Group, Tally]]()
        for group, of in found.groups():
            tally = self.tally(of, question, world.clocks.as_of, beside, told)
            if self.told:
                groups.append((group, tally))
            for row in self.made(group, tally, world, question, found.left_out):
                takes = self.behind(rule, self.named(row), question, beside)
                parts = [self.part(one, self.named(row), beside) for one in of if takes(one.shape)]
                cells.append(Cell(row, parts, others=self.others(rule, self.named(row), tally, question)))
        return Report(cells, found.left_out, groups if self.told else None)

    def made(self, group: Group, tally: Tally, world: World, question: Q, left_out: Counter[str]) -> Sequence[R]:
        """The rows of a group."""
        rows = list(self.rows(group, tally, world, question))
        if self.few and not rows and (n := tally.count()):
            left_out[self.few] += n
        return rows

    def tally(
        self, counted: Sequence[Counted[P]], question: Q, end: datetime, beside: Any = None, told: Told | None = None
    ) -> Tally:
        timed: dict[Shape, list[Counted[P]]] = defaultdict(list)
        for one in counted:
            if one.took is not None:
                timed[one.shape].append(one)
        took = {shape: self.took(of, question, end) for shape, of in timed.items()}
        return Tally(Counter(one.shape for one in counted), took, beside, told)

    def took(self, of: Sequence[Counted[Any]], question: Q, end: datetime) -> Took:
        """Of one shape, how long each took that took any time."""
        took = [elapsed(one.took, end) if isinstance(one.took, datetime) else one.took for one in of]
        durations = np.array(took, np.int64)
        if (measure := self.measure(of[0].shape, question)) is None:
            return durations
        return measure(np.array([micros(one.at or end) for one in of], np.int64), durations)

    @property
    def summed(self) -> "tuple[Counts[Any, Any, Any], ...]":
        return self, *self.also

    def selected(self, world: World, question: Q, current: Current | None = None) -> Selection[Counted[P]]:
        found = Selection[Counted[P]](question, question.by)  # type: ignore[attr-defined]
        for each in self.summed:
            for one in each.counted(world, question):
                each.select(found, labelled(one, current), world.clocks.as_of, question)
        return found

    def select(self, found: Selection[Counted[P]], one: Counted[P] | LeftOut, end: datetime, question: Q) -> None:
        if isinstance(one, LeftOut):
            if self.says(one, question):
                found.leave_out(one.why, one.values)
            return
        at = one.at or end - self.ends
        values = {**one.values, **times(at, question)}
        dated = self.dated(one.shape, question) if self.names(one.shape) else None
        found.take(one, values, None if one.always else at, dated)

    def part(self, one: Counted[P], name: Name, beside: Any) -> P:
        return self.beside.tells(one.part(name), beside) if self.beside else one.part(name)

    def behind(self, rule: Rule | None, name: Name, question: Q, beside: Any) -> Asks:
        """What the row of that name holds, or what of it, and of what is counted beside, a rule takes."""
        if rule is None or (asks := rule.takes) is None:
            return lambda shape: name in self.names(shape)
        return lambda shape: name in (self.names(shape) or (name,)) and asks(shape, name, question, beside)

    def others(self, rule: Rule | None, name: Name, tally: Tally, question: Q) -> int:
        """How many the row holds besides those that the rule takes."""
        if rule is None:
            return 0
        holds, takes = (self.behind(each, name, question, tally.beside) for each in (None, rule))
        return tally.count(lambda shape: holds(shape) and not takes(shape))

    def named(self, row: R) -> Name:
        return getattr(row, row.NAMED[0]) if row.NAMED else None

    def says(self, left: LeftOut, question: Question) -> bool:
        return left.at is None or (question.covers(left.at) and question.asks_for(left.values or {}))

    @cached_property
    def variants(self) -> Mapping[Hashable, int]:
        """By way of asking the index of its question."""
        return {self.ways.of(question): number for number, question in enumerate(self.ways.questions)}


@dataclass(frozen=True)
class Beside(Generic[Q, P]):
    """What rows are told besides what is in their group: of what another metric counts, in all its groups.

    `asks`: how it is asked for that. `made`: what its tallies say. `tells`: a part with what that tells of it.
    """

    counts: Counts[Any, Any, Any]
    asks: Callable[[Q, Clocks], Any]
    made: Callable[[Tallies], Any]
    tells: Callable[[P, Any], P]

    def told(self, world: World, question: Q) -> Any:
        asked = self.asks(question, world.clocks)
        found = self.counts.selected(world, asked)
        end = world.clocks.as_of
        return self.made({tuple(group.values()): self.counts.tally(of, asked, end) for group, of in found.groups()})


def computed(definition: Definition[Q, R, P], world: World, question: Q, rule: Rule | None = None) -> Report[R, P]:
    """With the parts of each row, or those alone that a rule takes: of what is not counted one by one they are all."""
    counts = definition.compute
    if isinstance(counts, Counts):
        narrowed: Report[R, P] = counts(world, question, rule)
        return narrowed
    return counts(world, question)


def _asks(question: Question, name: str) -> Any:
    if name == "job":
        return "job" in question.by or question.job is not None  # type: ignore[attr-defined]
    return getattr(question, name)


def _ways(question: type[Question], name: str) -> list[dict[str, Any]]:
    if name == "job":
        return [{}, {"by": ("job",)}]
    return [{name: value} for value in _literals(question.model_fields[name].annotation)]


def _literals(annotation: Any) -> list[Any]:
    """All values that it allows, None among them where it does."""
    if annotation is NoneType:
        return [None]
    if get_origin(annotation) is Literal:
        return [*get_args(annotation)]
    return [value for each in get_args(annotation) for value in _literals(each)]
