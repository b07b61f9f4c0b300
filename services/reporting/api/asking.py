"""Asks a metric: the facts that it needs at the clocks of the question, and what it makes of them."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from services.reporting.commands.questions import consumers, defined
from services.reporting.commands.turns import TURNS
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.differences import Change, changes
from services.reporting.metrics.question import Between, Question
from services.reporting.metrics.report import Definition, Part, Report, Row
from services.reporting.metrics.world import World
from services.reporting.projections.history import Freshness, History
from services.reporting.projections.kept_reports import Wanted, kept_reports
from services.reporting.projections.standing import Behind, Standing
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
    name: str, question: Question, read: Read, parts: Wanted | Literal["none", "all"] = "none"
) -> Answered[Any, Any]:
    """With those parts at least. Raises Invalid, TooMuch, Busy."""
    definition = defined(name, question.version)
    with possible():
        clocks = question.clocks(now())
    history = History(read.store.database, read.store.codec)
    # Read first: the figures hold that event and perhaps newer ones, never fewer.
    freshness, behind = await history.freshness(), await Standing(read.store.database).behind(consumers(definition))
    async with TURNS.turn():
        report = None
        if parts != "all":
            wanted = parts if isinstance(parts, Wanted) else None
            report = await kept_reports(read.store.database).report(definition, question, clocks, wanted)
        if report is None:
            loaded = await history.load(definition.reads, clocks)
            report = await asyncio.to_thread(lambda: definition.compute(World(loaded, clocks), question))
    return Answered(definition, question, clocks, freshness, behind, report)


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
