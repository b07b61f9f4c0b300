"""Asks a metric: the facts that it needs at the clocks of the question, and what it makes of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from services.reporting.commands.questions import defined, restricted
from services.reporting.commands.turns import FOLDS, SUMS
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.differences import Change, changes
from services.reporting.metrics.keeping import answers
from services.reporting.metrics.question import Between, Question
from services.reporting.metrics.report import Definition, Part, Report, Row
from services.reporting.metrics.world import World
from services.reporting.projections import facts
from services.reporting.projections.history import Freshness, History
from services.reporting.projections.kept_reports import Wanted, kept_reports
from services.reporting.projections.standing import EVERYBODY, Behind, Standing
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
        raise Invalid(str(error), "ask for an earlier as_of, or leave it out: then it is known_at") from None


async def ask(
    name: str, question: Question, read: Read, parts: Wanted | Literal["none", "all"] = "none"
) -> Answered[Any, Any]:
    """With those parts at least. Raises Invalid, TooMuch, Busy, TookTooLong, Unfolded."""
    definition = defined(name, question.version)
    with possible():
        clocks = question.clocks(now())
    history = History(read.store.database, read.store.codec)
    # Read first: the figures hold that event and perhaps newer ones, never fewer.
    freshness, behind = await history.freshness(), await Standing(read.store.database).behind(_consumers(definition))
    counts = None if parts == "all" else answers(definition, question)
    if counts is not None:
        wanted = parts if isinstance(parts, Wanted) else None
        async with SUMS.turn():
            report = await kept_reports(read.store.database).report(counts, question, clocks, wanted)
    else:
        async with FOLDS.turn():
            loaded = await history.load(definition.reads, clocks)
            report = await compute(lambda: definition.compute(World(loaded, clocks), question))
    return Answered(definition, question, clocks, freshness, behind, report)


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
    """Raises Invalid, TooMuch, Busy, TookTooLong."""
    definition = defined(name, question.version)
    with possible():
        first, second = question.both(now())
    # All that either may count.
    widest = replace(second, as_of=second.known_at)

    def computed(world: World) -> Report[Any, Any]:
        report: Report[Any, Any] = definition.compute(world, question)
        return report

    async with FOLDS.turn():
        loaded = await History(read.store.database).load(definition.reads, widest)
        found = await compute(lambda: changes(computed, loaded, first, second))
    return Compared(definition, question, first, second, found)
