"""What changed between two answers, event by event: why it counts now, and what it did to the rows."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from services.reporting.metrics.clocks import KNOWLEDGE, Clocks, corrected
from services.reporting.metrics.fact import Fact, in_order
from services.reporting.metrics.report import Report, Row
from services.reporting.metrics.world import World
from shared.events.ats.application import SourceAttributed
from shared.events.correction import OccurrenceCorrected

Cause = Literal["time passed", "seen from an earlier day", "happened since", "arrived late", "corrected", "merged",
                "source corrected"]  # fmt: skip
Compute = Callable[[World], Report[Any, Any]]
# Each step is one more report to compute.
MOST = 40


@dataclass(frozen=True)
class Change:
    """`rows`: each row that it changed, before and after; None where there was, or is, no such row."""

    cause: Cause
    facts: Sequence[Fact]
    rows: Sequence[tuple[Row | None, Row | None]]


@dataclass(frozen=True)
class _Step:
    cause: Cause
    facts: Sequence[Fact]


def changes(compute: Compute, facts: Sequence[Fact], first: Clocks, second: Clocks, most: int = MOST) -> list[Change]:
    """From the first answer to the second, whose known_at is no earlier. Taken one after another they lead there.

    `facts`: all that either answer may count. Of more than `most` steps those of one cause are taken together.
    """
    seen = [fact for fact in facts if fact.known < first.known_at]
    since = _between(seen, first, second)
    steps = [*_grouped("happened since", since), *_news(facts, first, second)]
    if len(steps) > most:
        steps = list(_by_cause(steps))
    before = compute(World(seen, first))
    held = {fact.id for fact in since}
    counted = [fact for fact in seen if fact.id not in held]
    found = []
    if first.as_of != second.as_of:
        passed: Cause = "time passed" if first.as_of < second.as_of else "seen from an earlier day"
        steps.insert(0, _Step(passed, _between(seen, second, first)))
    for step in steps:
        counted += [fact for fact in step.facts if step.cause not in ("time passed", "seen from an earlier day")]
        after = compute(World(counted, second))
        found.append(Change(step.cause, step.facts, list(_differing(before, after))))
        before = after
    return found


def by_cause(facts: Sequence[Fact], first: Clocks, second: Clocks) -> Counter[Cause]:
    """How many events one of the two answers counts and the other does not."""
    seen = [fact for fact in facts if fact.known < first.known_at]
    found: Counter[Cause] = Counter()
    found["happened since"] = len(_between(seen, first, second))
    found["seen from an earlier day"] = len(_between(seen, second, first))
    for step in _news(facts, first, second):
        found[step.cause] += len(step.facts)
    return +found


def _between(seen: Sequence[Fact], earlier: Clocks, later: Clocks) -> list[Fact]:
    """What occurred between the two, as far as the first answer knew it; as it was written."""
    when = {fact.id: fact for fact in corrected(seen)}
    return [
        fact for fact in seen
        if not isinstance(fact.event, KNOWLEDGE) and earlier.as_of <= when[fact.id].occurred < later.as_of
    ]  # fmt: skip


def _news(facts: Sequence[Fact], first: Clocks, second: Clocks) -> Iterator[_Step]:
    news = [fact for fact in facts if first.known_at <= fact.known < second.known_at]
    ordered = sorted(news, key=lambda fact: (fact.known, fact.order))
    for (cause, _), of in groupby(ordered, key=lambda fact: (_cause(fact, first), _subject(fact))):
        yield _Step(cause, list(of))


def _grouped(cause: Cause, facts: Sequence[Fact]) -> Iterator[_Step]:
    for _, of in groupby(in_order(facts), key=_subject):
        yield _Step(cause, list(of))


def _by_cause(steps: Sequence[_Step]) -> Iterator[_Step]:
    together: dict[Cause, list[Fact]] = defaultdict(list)
    for step in steps:
        together[step.cause] += step.facts
    for cause, facts in together.items():
        yield _Step(cause, facts)


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


def _differing(before: Report[Any, Any], after: Report[Any, Any]) -> Iterator[tuple[Row | None, Row | None]]:
    old = {cell.row.cell: cell.row for cell in before.cells}
    new = {cell.row.cell: cell.row for cell in after.cells}
    for cell in {**old, **new}:
        if old.get(cell) != new.get(cell):
            yield old.get(cell), new.get(cell)
