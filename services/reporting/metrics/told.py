"""What people told of themselves with their applications: opened for one answer, and held no longer than that."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import reduce
from operator import xor
from typing import NamedTuple
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


class Word(NamedTuple):
    """`order`: of the event. `value`: None where somebody would rather not say, or was erased."""

    order: tuple[datetime, str, int]
    value: str | None


def last_words(facts: Iterable[Fact], category: str) -> dict[UUID, Word]:
    """By application."""
    found: dict[UUID, Word] = {}
    for fact in facts:
        event = fact.event
        if isinstance(event, SelfIdentificationRecorded) and event.category == category:
            word = Word(fact.order, reveal(event.value))
            found[event.application_id] = max(word, found.get(event.application_id, word), key=_order)
    return found


class Told:
    def __init__(self, words: Mapping[UUID, Word], merged: Iterable[Collection[UUID]] = ()) -> None:
        """`words`: the last about each application; of `merged` ones, with several ids, the last under any of them."""
        found: dict[int, str] = {}
        for ids in (*((each,) for each in words), *merged):
            word = max((words[each] for each in ids if each in words), key=_order, default=None)
            if word is not None and word.value is not None:
                found[number_of(ids)] = word.value
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
    return Told(last_words(world.facts, category), merged(world))


def merged(world: World) -> list[Collection[UUID]]:
    """The ids of each application that turned out to be several."""
    return [application.ids for application in world.applications if len(application.ids) > 1]


def _order(word: Word) -> tuple[datetime, str, int]:
    return word.order
