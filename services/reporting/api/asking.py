"""Asks a metric: the facts that it needs at the clocks of the question, and what it makes of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from services.reporting.commands.answering import answered, asking
from services.reporting.commands.comparing import Changes, changes
from services.reporting.commands.questions import assert_readable, consumers, defined, rule_of
from services.reporting.commands.turns import FOLDS
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.considered import AdverseImpact
from services.reporting.metrics.differences import Cause, by_cause
from services.reporting.metrics.impact_difference import differing
from services.reporting.metrics.question import Between, Question
from services.reporting.metrics.report import Definition, Part, Report, Row
from services.reporting.projections.asked import Wanted
from services.reporting.projections.digests import undisturbed
from services.reporting.projections.history import Freshness, History
from services.reporting.projections.offsets import Seen, standing
from services.reporting.projections.standing import Behind, Standing
from shared.kit.computing import compute
from shared.kit.context import now
from shared.kit.http.reads import Read
from shared.kit.refusals import Invalid

R = TypeVar("R", bound=Row)
P = TypeVar("P", bound=Part)


@dataclass(frozen=True)
class Answered(Generic[R, P]):
    """A report as it was computed, with the clocks that it was computed at."""

    definition: Definition[Any, R, P]
    question: Question
    clocks: Clocks
    freshness: Freshness | None
    behind: Behind
    report: Report[R, P]


@contextmanager
def possible() -> Iterator[None]:
    """Makes clocks that can't be a refusal."""
    try:
        yield
    except ValueError as error:
        earlier = "ask for an earlier moment (a date alone is the end of that day), or leave it out: then it is now"
        raise Invalid(str(error), earlier) from None


async def ask(
    name: str,
    question: Question,
    read: Read,
    parts: Wanted | Literal["none", "all"] = "none",
    figure: str | None = None,
) -> Answered[Any, Any]:
    """With those parts at least; where a figure is named, with those behind it alone.

    Raises Invalid, TooMuch, Busy, TookTooLong, Unfolded.
    """
    definition = defined(name, question.version)
    rule = None if figure is None else rule_of(definition, figure)
    with possible():
        clocks = question.clocks(now())
    # Read first: the figures hold that event and perhaps newer ones, never fewer.
    freshness = await History(read.store.database).freshness()
    behind = await Standing(read.store.database).behind(consumers(definition))
    report = await answered(read.store, definition, question, clocks, parts, rule)
    return Answered(definition, question, clocks, freshness, behind, report)


@dataclass(frozen=True)
class Compared:
    """What leads from the first answer to the second."""

    definition: Definition[Any, Any, Any]
    question: Between
    first: Clocks
    second: Clocks
    changes: Changes


@dataclass(frozen=True)
class ComparedWhole:
    """How many events are between the two answers, by cause, and the rows that all of them together changed."""

    definition: Definition[Any, Any, Any]
    question: Between
    first: Clocks
    second: Clocks
    events: Mapping[Cause, int]
    rows: Sequence[tuple[Row | None, Row | None]]


async def compare(name: str, question: Between, read: Read) -> Compared:
    """Raises Invalid, TooMuch, Busy, TookTooLong, Unfolded."""
    definition = defined(name, question.version)
    first, second = _both(question)
    offsets = await standing(read.store.database, consumers(definition))

    async def found() -> Changes:
        facts = await History(read.store.database).between(definition.reads, first, second, offsets)
        ask = await asking(read.store, definition, question, (first, second), offsets)
        return await changes(facts, first, second, lambda clocks, without: ask(Seen(clocks, offsets, without)))

    async with FOLDS.turn():
        return Compared(definition, question, first, second, await undisturbed(read.store.database, offsets, found))


async def compare_whole(name: str, question: Between, read: Read) -> ComparedWhole:
    """Where event by event would tell too much. Raises as above, and KeyAbsent, Damaged."""
    definition = defined(name, question.version)
    assert_readable(definition, read.store.codec)
    assert isinstance(question, AdverseImpact)
    first, second = _both(question)
    offsets = await standing(read.store.database, consumers(definition))

    async def found() -> ComparedWhole:
        facts = await History(read.store.database).between(definition.reads, first, second, offsets)
        ask = await asking(read.store, definition, question, (first, second), offsets)
        reports = [await ask(Seen(clocks, offsets)) for clocks in (first, second)]
        events = await compute(lambda: by_cause(facts, first, second))
        rows = await compute(lambda: differing(question, *reports))
        return ComparedWhole(definition, question, first, second, events, rows)

    async with FOLDS.turn():
        return await undisturbed(read.store.database, offsets, found)


def _both(question: Between) -> tuple[Clocks, Clocks]:
    """Raises Invalid."""
    with possible():
        return question.both(now())
