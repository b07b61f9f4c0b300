"""What a report answers, and what a definition is."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from services.reporting.metrics.clocks import corrections
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.figures import Figure
from services.reporting.metrics.question import Question
from services.reporting.metrics.world import World
from shared.events.event import Event

Group = dict[str, str | None]
"""Values of dimensions by name; empty for the whole, null where a value is not known."""


# Why something is left out, where more than one metric may say so.
IMPOSSIBLE = "impossible order: it ended before it began"
LEAD = "still a lead"
UNKNOWN_ENTRY = "imported: since when it stands in the stage is not known"


class Row(Figure):
    """`NAMED`: the fields that with the group tell which row of its report it is."""

    NAMED: ClassVar[tuple[str, ...]] = ()
    group: Group

    @classmethod
    def figures(cls) -> list[str]:
        return [name for name in cls.model_fields if name not in ("group", "note", *cls.NAMED)]

    @property
    def cell(self) -> str:
        """The same for this row whatever its figures are."""
        return _short([self.group, [getattr(self, name) for name in self.NAMED]])


class Part(Figure):
    """One of those that a row was computed from, and the events that say so.

    `SUBJECT`: the field with the id of whom or what it is folded for, where it has one.
    """

    SUBJECT: ClassVar[str] = "person_id"
    events: tuple[UUID, ...]

    @property
    def subject(self) -> UUID | str:
        return getattr(self, self.SUBJECT, "")

    @property
    def key(self) -> str:
        """Its place among the parts of a cell: by its subject, where it has one, and by its first event."""
        first = self.events[0] if self.events else ""
        return f"{self.subject}-{first}-{_short(self.model_dump(mode='json'))}"


def _short(of: Any) -> str:
    return sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()[:16]


R = TypeVar("R", bound=Row)
P = TypeVar("P", bound=Part)
Q = TypeVar("Q", bound=Question)


@dataclass(frozen=True)
class Cell(Generic[R, P]):
    """`of`: how many parts it has, where those given are not all. `others`: how many of its row are not among them."""

    row: R
    parts: Sequence[P]
    of: int | None = None
    others: int = 0

    @property
    def count(self) -> int:
        return len(self.parts) if self.of is None else self.of


@dataclass(frozen=True)
class Report(Generic[R, P]):
    """`left_out`: how many were not counted, by reason. `groups`: where something may be withheld, tallies of which
    nothing is.
    """

    cells: Sequence[Cell[R, P]]
    left_out: Counter[str] = field(default_factory=Counter)
    groups: Sequence[tuple[Group, Any]] | None = None


@dataclass(frozen=True)
class Rule:
    """What stands behind one figure of a row: in words, and which parts it `takes`; None: all of the row.

    `takes` is asked with the shape of what is counted, the name of the row, the question, and what is told besides.
    """

    text: str
    takes: Callable[[Any, str | None, Any, Any], bool] | None = None


@dataclass(frozen=True)
class Definition(Generic[Q, R, P]):
    """What a figure means, as data, and the function that computes it from a world made of the facts of `needs`.

    `tables`: the releases of what it reads besides the facts, where it does. `figures`: one rule for each of a row.
    """

    id: str
    version: int
    title: str
    text: str
    formula: str
    question: type[Q]
    row: type[R]
    part: type[P]
    needs: frozenset[type[Event]]
    compute: Callable[[World, Q], Report[R, P]]
    tables: str | None = None
    figures: Mapping[str, Rule] = field(kw_only=True)

    @property
    def reads(self) -> frozenset[type[Event]]:
        """What it needs, and what corrects that."""
        streams = {model.stream for model in self.needs}
        return self.needs | {model for model in corrections() if model.stream in streams}

    def parameters(self, question: Question) -> dict[str, Any]:
        """All that decides an answer besides the clocks and the version."""
        names = self.question.model_fields.keys() - {"as_of", "known_at", "version"}
        return question.model_dump(mode="json", include=set(names))


def ids(facts: Iterable[Fact]) -> tuple[UUID, ...]:
    """Of facts in the order in which they occurred, each once, followed by what corrected when it occurred."""
    ordered = sorted(facts, key=lambda fact: fact.order)
    return tuple(dict.fromkeys(of for fact in ordered for of in (fact.id, fact.corrected) if of is not None))
