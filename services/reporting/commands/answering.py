"""Computes reports: of what is kept where that answers them, of all their facts where not."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Literal
from uuid import UUID

from services.reporting.commands.questions import restricted
from services.reporting.commands.turns import FOLDS, SUMS
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Counts, computed
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.keeping import answers
from services.reporting.metrics.report import Definition, Report, Rule
from services.reporting.metrics.told import Told, Word, last_words
from services.reporting.metrics.world import World
from services.reporting.projections import self_identifications
from services.reporting.projections.asked import Wanted
from services.reporting.projections.history import History
from services.reporting.projections.kept_reports import kept_reports
from services.reporting.projections.offsets import Offsets, Seen
from shared.kit.computing import compute
from shared.kit.store import EventStore

Ask = Callable[[Seen], Awaitable[Report[Any, Any]]]


async def answered(
    store: EventStore, definition: Definition[Any, Any, Any], question: Any, clocks: Clocks,
    parts: Wanted | Literal["none", "all"] = "none", rule: Rule | None = None,
) -> Report[Any, Any]:  # fmt: skip
    """With those parts at least, that the rule takes.

    Raises Invalid, TooMuch, Busy, TookTooLong, Unfolded, KeyAbsent, Damaged.
    """
    counts, seen = _summed(store, definition, question), Seen(clocks)
    if counts is None or parts == "all":
        async with FOLDS.turn():
            facts = await History(store.database, store.codec).load(definition.reads, seen)
            return await compute(partial(_computed, definition, facts, clocks, question, rule))
    told = None
    if counts.told:
        # To open it takes long: who asks for other figures does not wait for that.
        async with FOLDS.turn():
            told = await _told(store, counts, question, seen)
    wanted = parts if isinstance(parts, Wanted) else None
    async with SUMS.turn():
        return await kept_reports(store.database).report(counts, question, seen, wanted, rule, told)


async def asking(
    store: EventStore,
    definition: Definition[Any, Any, Any],
    question: Any,
    clocks: Sequence[Clocks],
    offsets: Offsets | None,
) -> Ask:
    """Asks the same for what is seen at some of these clocks, before these offsets; in a turn of FOLDS.

    It, and what it returns, raises Invalid, TooMuch, Busy, TookTooLong, Unfolded, KeyAbsent, Damaged.
    """
    if (counts := _summed(store, definition, question)) is not None:
        return partial(_kept, store, counts, question)
    # Facts are read once, and each sees fewer of them.
    widest = Clocks(max(each.as_of for each in clocks), max(each.known_at for each in clocks))
    facts = await History(store.database, store.codec).load(definition.reads, Seen(widest, offsets))
    return partial(_folded, definition, question, facts)


async def _folded(
    definition: Definition[Any, Any, Any], question: Any, facts: Sequence[Fact], seen: Seen
) -> Report[Any, Any]:
    counted = [fact for fact in facts if fact.id not in seen.without]
    return await compute(partial(_computed, definition, counted, seen.clocks, question))


def _computed(
    definition: Definition[Any, Any, Any],
    facts: Sequence[Fact],
    clocks: Clocks,
    question: Any,
    rule: Rule | None = None,
) -> Report[Any, Any]:
    return computed(definition, World(facts, clocks), question, rule)


async def _kept(store: EventStore, counts: Counts[Any, Any, Any], question: Any, seen: Seen) -> Report[Any, Any]:
    told = await _told(store, counts, question, seen) if counts.told else None
    # A turn for each: who asks for other figures comes in between.
    async with SUMS.turn():
        return await kept_reports(store.database).report(counts, question, seen, told=told)


def _summed(store: EventStore, definition: Definition[Any, Any, Any], question: Any) -> Counts[Any, Any, Any] | None:
    """What is summed, where what is kept answers; without a keyring nothing is known of what people told."""
    return None if restricted(definition) and not store.codec.opens else answers(definition, question)


async def _told(store: EventStore, counts: Counts[Any, Any, Any], question: Any, seen: Seen) -> Told:
    """What those told who count. Who comes to count meanwhile is undisclosed until it is asked again."""
    async with SUMS.turn():
        whom = await kept_reports(store.database).whom(counts, question, seen)
    words: dict[UUID, Word] = {}
    asked = store.database, store.codec, whom.persons, question.category, seen
    async for facts in self_identifications.last_words(*asked):
        words |= last_words(facts, question.category)
    return await compute(lambda: Told(words, whom.merged))
