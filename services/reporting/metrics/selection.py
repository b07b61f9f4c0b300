"""What a question asks for, group by group; everything else is left out, each with the reason."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Cell, Group, Part, Report, Row

T = TypeVar("T")
R = TypeVar("R", bound=Row)
P = TypeVar("P", bound=Part)

UNASKED = "not of the kind asked for"


class Selection(Generic[T]):
    """Whatever is given to it is in a group or among those left out, once."""

    def __init__(self, question: Question, by: Sequence[str]) -> None:
        self.left_out: Counter[str] = Counter()
        self._question, self._by = question, by
        self._taken: list[tuple[Group, T]] = []

    def leave_out(self, why: str, values: Group | None = None) -> None:
        """With values only where they are asked for: a reason that nobody asked about says nothing."""
        self.left_out[why if values is None or self._question.asks_for(values) else UNASKED] += 1

    def take(self, item: T, values: Group, at: datetime | None, dated: str | None) -> None:
        """`at` is what the period cuts by, as `dated` tells; None: it counts whatever the period.

        Without `dated` it is not counted among those left out.
        """
        if self._question.asks_for(values) and (at is None or self._question.covers(at)):
            self._taken.append((values, item))
        elif dated is not None:
            self.leave_out(f"{dated} outside the period", values)

    def groups(self) -> list[tuple[Group, list[T]]]:
        """One for each value, or pair of values, sorted, unknown last; without a dimension one, even when empty."""
        return grouped(self._taken, self._by)

    def report(self, cell: Callable[[Group, list[T]], Cell[R, P]]) -> Report[R, P]:
        return Report([cell(group, of) for group, of in self.groups()], self.left_out)


def grouped(found: Sequence[tuple[Group, T]], by: Sequence[str]) -> list[tuple[Group, list[T]]]:
    groups: dict[tuple[str | None, ...], list[T]] = {} if by else {(): []}
    for values, item in found:
        groups.setdefault(tuple(values[name] for name in by), []).append(item)
    return [(dict(zip(by, key, strict=True)), groups[key]) for key in ranked(groups)]


def ranked(keys: Iterable[tuple[str | None, ...]]) -> list[tuple[str | None, ...]]:
    """Sorted, unknown last."""
    return sorted(keys, key=lambda key: [(value is None, value or "") for value in key])
