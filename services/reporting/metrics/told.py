"""What people told of themselves with their applications: opened for one answer, and held no longer than that."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import reduce
from operator import xor
from uuid import UUID

import numpy as np
import numpy.typing as npt

from services.reporting.metrics.fact import Fact
from services.reporting.metrics.world import World
from shared.events.ats.self_identification import SelfIdentificationRecorded
from shared.events.personal import reveal

Numbers = npt.NDArray[np.int64]


def number_of(ids: Collection[UUID]) -> int:
    """Of an application with all its ids, in whatever order: 64 bits, for an item has no room for more.

    That any two of a million applications have the same has a chance of one in thirty million.
    """
    halves = (half for each in ids for half in (each.bytes[:8], each.bytes[8:]))
    return reduce(xor, (int.from_bytes(half, "big", signed=True) for half in halves))


class Told:
    def __init__(self, facts: Iterable[Fact], category: str, merged: Iterable[Collection[UUID]] = ()) -> None:
        """The last word about each application counts, also a refusal, or one that was erased; of `merged` ones, with
        several ids, the last under any of them.
        """
        last: dict[UUID, Fact] = {}
        for fact in sorted(facts, key=lambda fact: fact.order):
            if isinstance(fact.event, SelfIdentificationRecorded) and fact.event.category == category:
                last[fact.event.application_id] = fact
        found: dict[int, str] = {}
        for ids in (*((each,) for each in last), *merged):
            word = max((last[each] for each in ids if each in last), key=lambda fact: fact.order, default=None)
            if word is not None and (value := _value(word)) is not None:
                found[number_of(ids)] = value
        self._numbers = np.array(sorted(found), np.int64)
        values: dict[str, int] = {}
        codes = [values.setdefault(found[number], len(values)) for number in self._numbers.tolist()]
        self._codes, self._values = np.array(codes, np.int64), list(values)

    def groups(self, applications: Numbers) -> Iterator[tuple[str | None, int]]:
        """How many of them told what; None: nothing."""
        told = self._codes[:0]
        if len(self._numbers):
            at = np.minimum(np.searchsorted(self._numbers, applications), len(self._numbers) - 1)
            told = self._codes[at[self._numbers[at] == applications]]
        for code, many in sorted(Counter(told.tolist()).items()):
            yield self._values[code], many
        if len(told) < len(applications):
            yield None, len(applications) - len(told)


def told_in(world: World, category: str) -> Told:
    return Told(world.facts, category, merged(world))


def merged(world: World) -> list[Collection[UUID]]:
    """The ids of each application that turned out to be several."""
    return [application.ids for application in world.applications if len(application.ids) > 1]


def _value(word: Fact) -> str | None:
    event = word.event
    assert isinstance(event, SelfIdentificationRecorded)
    return reveal(event.value)
