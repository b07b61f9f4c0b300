"""Compares two answers: what leads from the one to the other, by asking what the figures were in between."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.differences import Change, Step, changed, differing, steps
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.report import Report
from shared.kit.computing import compute

# Each step is one more report to compute; of more one looks closer where something changed.
MOST, MOST_ASKED = 40, 160
MOST_FACTS = 2_000
"""Of more, whom they concern would be folded too often."""

Ask = Callable[[Clocks, frozenset[UUID]], Awaitable[Report[Any, Any]]]
"""The answer at these clocks, without the facts of these ids."""
_After = Callable[[Step], Awaitable[Report[Any, Any]]]


@dataclass(frozen=True)
class Changes:
    """`by_cause`: there were too many to tell them apart; those of one cause are one, whatever has an effect."""

    all: Sequence[Change]
    by_cause: bool


class _TooMany(Exception):
    pass


async def changes(facts: Sequence[Fact], first: Clocks, second: Clocks, ask: Ask) -> Changes:
    """What leads from the first answer to the second, of facts as `steps` takes them.

    Of more than MOST steps those change nothing between which the answer is the same.
    """
    before, asked = await ask(first, frozenset()), 0

    async def after(step: Step) -> Report[Any, Any]:
        nonlocal asked
        asked += 1
        if asked > MOST_ASKED:
            raise _TooMany
        return await ask(second, await compute(lambda: step.without))

    if len(facts) <= MOST_FACTS:
        try:
            return Changes([change async for change in _all(list(steps(facts, first, second)), before, after)], False)
        except _TooMany:
            asked = 0
    few = await compute(lambda: list(steps(facts, first, second, by_cause=True)))
    return Changes([change async for change in _all(few, before, after)], True)


async def _all(every: Sequence[Step], before: Report[Any, Any], after: _After) -> AsyncIterator[Change]:
    at_once = max(1, -(-len(every) // MOST))
    for start in range(0, len(every), at_once):
        some = every[start : start + at_once]
        end = await after(some[-1])
        async for change in _apart(some, before, end, after):
            yield change
        before = end


async def _apart(
    some: Sequence[Step], before: Report[Any, Any], end: Report[Any, Any], after: _After
) -> AsyncIterator[Change]:
    """Of steps that lead from one answer to another."""
    if not any(differing(before, end)):
        for step in some:
            yield Change(step.cause, step.facts, ())
        return
    if len(some) == 1:
        yield changed(some[0], before, end)
        return
    half = len(some) // 2
    between = await after(some[half - 1])
    for part, start, stop in ((some[:half], before, between), (some[half:], between, end)):
        async for change in _apart(part, start, stop, after):
            yield change
