"""Asks a metric: the facts that it needs at the clocks of the question, and what it makes of them."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from services.reporting.commands.questions import defined, restricted
from services.reporting.commands.turns import TURNS
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import behind as behind_figure
from services.reporting.metrics.differences import Change, changes
from services.reporting.metrics.question import Between, Question
from services.reporting.metrics.report import Definition, Part, Report, Row
from services.reporting.metrics.world import World
from services.reporting.projections import facts
from services.reporting.projections.history import Freshness, History
from services.reporting.projections.kept_reports import Wanted, kept_reports
from services.reporting.projections.standing import EVERYBODY, Behind, Standing
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
        raise Invalid(str(error), "ask for an earlier as_of, or leave it out: then it is known_at") from None


async def ask(
    name: str,
    question: Question,
    read: Read,
    parts: Wanted | Literal["none", "all"] = "none",
    figure: str | None = None,
) -> Answered[Any, Any]:
    """With those parts at least; where a figure is named, with those behind it alone. Raises Invalid, TooMuch, Busy."""
    definition = defined(name, question.version)
    rule = None if figure is None else definition.figures[figure]
    with possible():
        clocks = question.clocks(now())
    history = History(read.store.database, read.store.codec)
    # Read first: the figures hold that event and perhaps newer ones, never fewer.
    freshness, behind = await history.freshness(), await Standing(read.store.database).behind(_consumers(definition))
    async with TURNS.turn():
        report = None
        if parts != "all":
            wanted = parts if isinstance(parts, Wanted) else None
            report = await kept_reports(read.store.database).report(definition, question, clocks, wanted, rule)
        if report is None:
            loaded = await history.load(definition.reads, clocks)
            report = await asyncio.to_thread(_folded, definition, World(loaded, clocks), question, figure)
    return Answered(definition, question, clocks, freshness, behind, report)


def _folded(
    definition: Definition[Any, Any, Any], world: World, question: Question, figure: str | None
) -> Report[Any, Any]:
    return definition.compute(world, question) if figure is None else behind_figure(definition, figure, world, question)


def _consumers(definition: Definition[Any, Any, Any]) -> Sequence[str]:
    """Whose facts it is computed from."""
    return EVERYBODY if restricted(definition) else (facts.CONSUMER,)


@dataclass(frozen=True)
class Compared:
    """What leads from the first answer to the second."""

    definition: Definition[Any, Any, Any]
    question: Between
    first: Clocks
    second: Clocks
    changes: Sequence[Change]


async def compare(name: str, question: Between, read: Read) -> Compared:
    """Raises Invalid, TooMuch, Busy."""
    definition = defined(name, question.version)
    with possible():
        first, second = question.both(now())
    # All that either may count.
    widest = replace(second, as_of=second.known_at)

    def computed(world: World) -> Report[Any, Any]:
        report: Report[Any, Any] = definition.compute(world, question)
        return report

    async with TURNS.turn():
        loaded = await History(read.store.database).load(definition.reads, widest)
        found = await asyncio.to_thread(lambda: changes(computed, loaded, first, second))
    return Compared(definition, question, first, second, found)
