"""Computes a report: of what is kept where that answers it, of all its facts where not."""

from typing import Any, Literal
from uuid import UUID

from services.reporting.commands.questions import restricted
from services.reporting.commands.turns import FOLDS, SUMS
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Counts, computed
from services.reporting.metrics.keeping import answers
from services.reporting.metrics.report import Definition, Report, Rule
from services.reporting.metrics.told import Told, Word, last_words
from services.reporting.metrics.world import World
from services.reporting.projections import self_identifications
from services.reporting.projections.asked import Wanted
from services.reporting.projections.history import History
from services.reporting.projections.kept_reports import kept_reports
from shared.kit.computing import compute
from shared.kit.store import EventStore


async def answered(
    store: EventStore, definition: Definition[Any, Any, Any], question: Any, clocks: Clocks,
    parts: Wanted | Literal["none", "all"] = "none", rule: Rule | None = None,
) -> Report[Any, Any]:  # fmt: skip
    """With those parts at least, that the rule takes. Raises Invalid, TooMuch, Busy, TookTooLong, Unfolded."""
    counts = answers(definition, question)
    if counts is None or parts == "all" or (restricted(definition) and not store.codec.opens):
        async with FOLDS.turn():
            facts = await History(store.database, store.codec).load(definition.reads, clocks)
            return await compute(lambda: computed(definition, World(facts, clocks), question, rule))
    told = await _told(store, counts, question, clocks) if counts.told else None
    wanted = parts if isinstance(parts, Wanted) else None
    async with SUMS.turn():
        return await kept_reports(store.database).report(counts, question, clocks, wanted, rule, told)


async def _told(store: EventStore, counts: Counts[Any, Any, Any], question: Any, clocks: Clocks) -> Told:
    """What those told who count. To open it takes long: who asks for other figures does not wait for that.

    Who comes to count meanwhile is undisclosed until it is asked again.
    """
    async with FOLDS.turn():
        async with SUMS.turn():
            whom = await kept_reports(store.database).whom(counts, question, clocks)
        words: dict[UUID, Word] = {}
        asked = store.database, store.codec, whom.persons, question.category, clocks
        async for facts in self_identifications.last_words(*asked):
            words |= last_words(facts, question.category)
        return await compute(lambda: Told(words, whom.merged))
