"""What changed between two answers, event by event: why it counts now, and what it did to the rows."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

from services.reporting.metrics.clocks import KNOWLEDGE, Clocks, corrected
from services.reporting.metrics.fact import Fact, in_order
from services.reporting.metrics.report import Report, Row
from shared.events.ats.application import SourceAttributed
from shared.events.correction import OccurrenceCorrected

Cause = Literal["time passed", "seen from an earlier day", "happened since", "arrived late", "corrected", "merged",
                "source corrected"]  # fmt: skip
_Group = tuple[Cause, Sequence[Fact]]


@dataclass(frozen=True)
class Step:
    cause: Cause
    facts: Sequence[Fact]
    _all: Sequence[_Group]
    _done: int

    @property
    def without(self) -> frozenset[UUID]:
        """Ids of facts that count only in a later one."""
        return frozenset(fact.id for _, of in self._all[self._done :] for fact in of)


@dataclass(frozen=True)
class Change:
    """`rows`: each row that it changed, before and after; None where there was, or is, no such row."""

    cause: Cause
    facts: Sequence[Fact]
    rows: Sequence[tuple[Row | None, Row | None]]


def steps(facts: Sequence[Fact], first: Clocks, second: Clocks, by_cause: bool = False) -> Iterator[Step]:
    """From the first answer to the second, whose known_at is no earlier. Taken one after another they lead there: after
    each, the report is that at the second clocks, without what a later one brings.

    `facts`: those that one of the answers counts and the other does not, perhaps among others, with what corrects them.
    """
    seen = [fact for fact in facts if fact.known < first.known_at]
    found = [*_grouped("happened since", _between(seen, first, second)), *_news(facts, first, second)]
    if by_cause:
        found = list(_by_cause(found))
    if first.as_of != second.as_of:
        passed: Cause = "time passed" if first.as_of < second.as_of else "seen from an earlier day"
        yield Step(passed, _between(seen, second, first), found, 0)
    for done, (cause, of) in enumerate(found, start=1):
        yield Step(cause, of, found, done)


def changed(step: Step, before: Report[Any, Any], after: Report[Any, Any]) -> Change:
    return Change(step.cause, step.facts, list(differing(before, after)))


def by_cause(facts: Sequence[Fact], first: Clocks, second: Clocks) -> Counter[Cause]:
    """How many events one of the two answers counts and the other does not."""
    seen = [fact for fact in facts if fact.known < first.known_at]
    found: Counter[Cause] = Counter()
    found["happened since"] = len(_between(seen, first, second))
    found["seen from an earlier day"] = len(_between(seen, second, first))
    for cause, of in _news(facts, first, second):
        found[cause] += len(of)
    return +found


def _between(seen: Sequence[Fact], earlier: Clocks, later: Clocks) -> list[Fact]:
    """What occurred between the two, as far as the first answer knew it; as it was written."""
    when = {fact.id: fact for fact in corrected(seen)}
    return [
        fact for fact in seen
        if not isinstance(fact.event, KNOWLEDGE) and earlier.as_of <= when[fact.id].occurred < later.as_of
    ]  # fmt: skip


def _news(facts: Sequence[Fact], first: Clocks, second: Clocks) -> Iterator[_Group]:
    amended = {fact.event.event_id for fact in facts if isinstance(fact.event, OccurrenceCorrected)}
    news = [
        fact for fact in facts
        if first.known_at <= fact.known < second.known_at
        and (isinstance(fact.event, KNOWLEDGE) or fact.occurred < second.as_of or fact.id in amended)
    ]  # fmt: skip
    ordered = sorted(news, key=lambda fact: (fact.known, fact.order))
    for (cause, _), of in groupby(ordered, key=lambda fact: (_cause(fact, first), _subject(fact))):
        yield cause, list(of)


def _grouped(cause: Cause, facts: Sequence[Fact]) -> Iterator[_Group]:
    for _, of in groupby(in_order(facts), key=_subject):
        yield cause, list(of)


def _by_cause(groups: Sequence[_Group]) -> Iterator[_Group]:
    together: dict[Cause, list[Fact]] = defaultdict(list)
    for cause, facts in groups:
        together[cause] += facts
    yield from together.items()


def _cause(fact: Fact, first: Clocks) -> Cause:
    if isinstance(fact.event, OccurrenceCorrected):
        return "corrected"
    if isinstance(fact.event, SourceAttributed):
        return "source corrected"
    if isinstance(fact.event, KNOWLEDGE):
        return "merged"
    return "arrived late" if fact.occurred < first.as_of else "happened since"


def _subject(fact: Fact) -> object:
    """What an event is about: its application, or what its stream is named after."""
    event = fact.event
    return getattr(event, "application_id", None) or getattr(event, next(iter(type(event).model_fields)))


def differing(before: Report[Any, Any], after: Report[Any, Any]) -> Iterator[tuple[Row | None, Row | None]]:
    old = {cell.row.cell: cell.row for cell in before.cells}
    new = {cell.row.cell: cell.row for cell in after.cells}
    for cell in {**old, **new}:
        if old.get(cell) != new.get(cell):
            yield old.get(cell), new.get(cell)
