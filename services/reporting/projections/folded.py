"""What was folded of those for whom what is kept does not answer, held for who asks at the same clocks once more.

Whoever opens an explanation does, and of a past they may be thousands.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.reporting.metrics.block import Indexes
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Counted, Counts, LeftOut
from services.reporting.metrics.keeping import Keeps
from services.reporting.metrics.world import World
from services.reporting.projections.columns import Columns, Moment

HELD, HELD_S = 60_000, 120
"""Facts in all, of some 3 kB; of more, those that were held first are let go, and all after a while."""


@dataclass(frozen=True)
class Folded:
    """A world, and what is counted in it: once for each way of counting and of asking."""

    world: World
    _counted: dict[Any, Sequence[Any]] = field(default_factory=dict)

    def counted(self, counts: Counts[Any, Any, Any], question: Any) -> Sequence[Counted[Any] | LeftOut]:
        asked = counts.counted, counts.ways.of(question)
        if asked not in self._counted:
            self._counted[asked] = list(counts.counted(self.world, question))
        return self._counted[asked]


@dataclass(frozen=True)
class _Held:
    way: Keeps
    clocks: Clocks
    whom: Indexes
    moment: Moment
    until: float
    folded: Folded


class LastFolded:
    """About whom something came since is kept anew, or marked and not among them: no answer is older than its facts."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._all: list[_Held] = []

    def of(self, way: Keeps, clocks: Clocks, whom: Indexes) -> Folded | None:
        """What was folded of the same subjects, for a way that reads no less."""
        self._all = [one for one in self._all if self._columns.unchanged(one.whom, one.moment)]
        for one in self._all:
            reads_enough = one.way.subject == way.subject and one.way.reads >= way.reads
            if reads_enough and one.clocks == clocks and np.array_equal(one.whom, whom):
                return one.folded
        return None

    def hold(self, way: Keeps, clocks: Clocks, whom: Indexes, folded: Folded) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + HELD_S
        self._all.append(_Held(way, clocks, whom, self._columns.moment, until, folded))
        while sum(len(one.folded.world.facts) for one in self._all) > HELD:
            self._all.pop(0)
        # By the time, for whoever names one keeps it.
        loop.call_at(until, self._let_go, until)

    def _let_go(self, now: float) -> None:
        self._all = [one for one in self._all if one.until > now]
