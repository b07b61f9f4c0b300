"""A report of what was counted one by one: of many at once where it is kept in columns, and of those just folded."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from services.reporting.metrics.block import Block, Flags, Indexes, Places, alike
from services.reporting.metrics.clocks import midnight, month_of, quarter_of, year_of
from services.reporting.metrics.counting import Counted, LeftOut, Name, Shape, Tally, Took
from services.reporting.metrics.dimensions import times
from services.reporting.metrics.fact import elapsed
from services.reporting.metrics.keeping import ALWAYS, ERA, NEVER, RUNS, Keeps, micros
from services.reporting.metrics.report import Group
from services.reporting.metrics.selection import UNASKED, ranked
from services.reporting.metrics.vocabulary import SILENT, Codes, Value, Vocabulary

Key = tuple[Value, ...]
PERIODS = {"month": month_of, "quarter": quarter_of, "year": year_of}


@dataclass
class Summed:
    """Of one group."""

    counts: Counter[Shape]
    took: dict[Shape, list[Took]]

    def tally(self) -> Tally:
        return Tally(self.counts, {shape: np.concatenate(of) for shape, of in self.took.items()})


@dataclass(frozen=True)
class Stretches:
    """Parts of a block in which all count in one group: from place to place, of which run, and the group's code.

    `known`: by dimension, which value each digit of a code stands for.
    """

    starts: Places
    ends: Places
    runs: Places
    codes: Codes
    known: Sequence[Sequence[Value]]

    def key(self, code: int) -> Key:
        found: list[Value] = []
        for known in reversed(self.known):
            code, of = divmod(code, len(known))
            found.insert(0, known[of])
        return tuple(found)

    def code(self, key: Key) -> int | None:
        code = 0
        for value, known in zip(key, self.known, strict=True):
            if value not in known:
                return None
            code = code * len(known) + known.index(value)
        return code


class Gathering:
    """`end` is the as_of that the metric was counted at."""

    def __init__(self, way: Keeps, question: Any, end: datetime, words: Vocabulary) -> None:
        self._way, self._question, self._end, self._words = way, question, end, words
        self._by = tuple(question.by)
        self._variant = way.counts.variants[way.counts.ways.of(question)]
        self._asked = words.asked(question)
        self._groups: dict[Key, Summed] = {}
        self.left_out: Counter[str] = Counter()

    def groups(self) -> Iterator[tuple[Group, Key, Tally]]:
        if not self._by:
            self._groups.setdefault((), Summed(Counter(), {}))
        for key in ranked(self._groups):
            yield dict(zip(self._by, key, strict=True)), key, self._groups[key].tally()

    def add(self, counted: Iterable[Counted[Any] | LeftOut]) -> list[tuple[Key, Counted[Any]]]:
        """Returns those that were taken."""
        taken = []
        for one in counted:
            if isinstance(one, LeftOut):
                if self._way.counts.says(one, self._question):
                    self._leave_out(one.why, one.values is None or self._question.asks_for(one.values))
                continue
            at, asked = one.at or self._end - self._way.counts.ends, self._question.asks_for(one.values)
            if not (asked and (one.always or self._question.covers(at))):
                self._leave_out_of(one.shape, asked)
                continue
            values = {**one.values, **times(at, self._question)}
            key = tuple(values[name] for name in self._by)
            took = elapsed(one.took, self._end) if isinstance(one.took, datetime) else one.took
            self._sum(key, one.shape, 1, None if took is None else np.array([took], np.int64))
            taken.append((key, one))
        return taken

    def add_kept(self, block: Block, stand: Flags | None) -> None:
        """Those of the items that stand; None: all of them do."""
        stand = self._of_variant(block, stand)
        inside = _both(stand, self._covered(block))
        asked = self._asked[block.values]
        if block.left:
            self._add_left(block, asked, block.count(stand), block.count(inside))
            return
        outside = block.count(stand) - np.where(asked, block.count(inside), 0)
        for shape, known, n in _by_shape(block, asked, outside):
            self._leave_out_of(self._words[shape][2:], known, n)
        self._sum_all(block, self._stretches(block, asked), inside)

    def owners(self, block: Block, stand: Flags | None, key: Key, name: Name) -> Indexes:
        """Of those items that the row of that name in that group holds."""
        if block.left:
            return block.owner[:0]
        inside = _both(self._of_variant(block, stand), self._covered(block))
        found = self._stretches(block, self._asked[block.values])
        names = {shape: self._way.counts.names(self._words[shape][2:]) for shape in set(block.shapes.tolist())}
        named = np.array([name in names[shape] for shape in block.shapes.tolist()], bool)
        code = found.code(key)
        chosen = named[found.runs] & (found.codes == (SILENT if code is None else code))
        places = _all_places(found.starts[chosen], found.ends[chosen])
        return block.owner[places if inside is None else places[inside[places]]]

    def _leave_out_of(self, shape: Shape, asked: bool, n: int = 1) -> None:
        """What is counted, but not in the period, or of no kind that is asked for."""
        if self._way.counts.names(shape):
            self._leave_out(f"{self._way.counts.dated(shape, self._question)} outside the period", asked, n)

    def _leave_out(self, why: str, asked: bool, n: int = 1) -> None:
        self.left_out[why if asked else UNASKED] += n

    def _sum(self, key: Key, shape: Shape, n: int, took: Took | None) -> None:
        of = self._groups.setdefault(key, Summed(Counter(), defaultdict(list)))
        of.counts[shape] += n
        if took is not None:
            of.took[shape].append(took)

    def _of_variant(self, block: Block, stand: Flags | None) -> Flags | None:
        if len(self._way.counts.variants) == 1:
            return stand
        bit = np.uint64(1 << self._variant)
        if alike(block.variants):
            return stand if block.variants[0] & bit else np.zeros(len(block), bool)
        return _both(stand, (block.variants & bit) != 0)

    def _covered(self, block: Block) -> Flags | None:
        """By the period; None: all of them."""
        span = self._question.span
        if span is None:
            return None
        at = self._at(block)
        inside: Flags = (at >= micros(span.start)) & (at < micros(span.end)) | ((block.flags & ALWAYS) > 0)
        return inside

    def _at(self, block: Block) -> npt.NDArray[np.int64]:
        return np.where(block.at == NEVER, micros(self._end - self._way.counts.ends), block.at)

    def _add_left(self, block: Block, asked: Flags, stand: Places, inside: Places) -> None:
        beside = block.at[block.starts[:-1]] != NEVER
        says = np.where(beside, np.where(asked, inside, 0), stand)
        for shape, known, n in _by_shape(block, asked, says):
            self._leave_out(self._words[shape][2], known, n)

    def _stretches(self, block: Block, asked: Flags) -> Stretches:
        """Of the runs that are asked for."""
        runs = np.flatnonzero(asked)
        starts, ends, of_times = block.starts[runs], block.starts[runs + 1], dict[str, tuple[Codes, list[Value]]]()
        if len(runs) and not PERIODS.keys().isdisjoint(self._by):
            at, zone = self._at(block), self._question.tz
            begins = _months(at)
            months = np.searchsorted([micros(midnight(day, zone)) for day in begins], at, side="right") - 1
            cut = np.flatnonzero(np.concatenate([[True], months[1:] != months[:-1]]))
            starts = np.unique(np.concatenate([cut, block.starts[:-1]]))
            of_run = np.searchsorted(block.starts, starts, side="right") - 1
            ends = np.concatenate([starts[1:], [len(block)]])
            chosen = asked[of_run]
            runs, starts, ends = of_run[chosen], starts[chosen], ends[chosen]
            of_times = {name: self._times(name, begins, months[starts]) for name in self._by if name in PERIODS}
        total: Codes = np.zeros(len(runs), np.int64)
        all_known = []
        for name in self._by:
            codes, known = of_times.get(name) or (self._words.codes(name)[block.values[runs]], self._words.values(name))
            total = total * len(known) + codes
            all_known.append(known)
        return Stretches(starts, ends, runs, total, all_known)

    def _times(self, name: str, begins: Sequence[date], months: Places) -> tuple[Codes, list[Value]]:
        zone = self._question.tz
        labels: list[Value] = [PERIODS[name](midnight(day, zone), zone) for day in begins]
        known = list(dict.fromkeys(labels))
        return np.array([known.index(label) for label in labels], np.int64)[months], known

    def _sum_all(self, block: Block, found: Stretches, inside: Flags | None) -> None:
        if not len(found.runs):
            return
        shapes, shape = np.unique(block.shapes[found.runs], return_inverse=True)
        both = found.codes * len(shapes) + shape
        order = np.argsort(both, kind="stable")
        both, starts, ends = both[order], found.starts[order], found.ends[order]
        counts, took = ends - starts, None
        if inside is not None:
            before = np.concatenate([[0], np.cumsum(inside)])
            counts = before[ends] - before[starts]
        if not (alike(block.took) and block.took[0] == 0):
            places = _all_places(starts, ends)
            took = self._took(block, places if inside is None else places[inside[places]])
        firsts = np.flatnonzero(np.concatenate([[True], both[1:] != both[:-1]]))
        edges = np.concatenate([np.concatenate([[0], np.cumsum(counts)])[firsts], [counts.sum()]]).tolist()
        for each, start, end in zip(both[firsts].tolist(), edges, edges[1:], strict=False):
            if start < end:
                code, of = divmod(each, len(shapes))
                said = self._words[int(shapes[of])][2:]
                self._sum(found.key(code), said, end - start, None if took is None else took[start:end])

    def _took(self, block: Block, places: Places) -> Took:
        took: Took = block.took[places]
        runs = (block.flags[places] & RUNS) > 0
        return np.where(runs, micros(self._end) - took, took)


def _both(one: Flags | None, other: Flags | None) -> Flags | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _by_shape(block: Block, asked: Flags, n: Places) -> Iterator[tuple[int, bool, int]]:
    """How many of each shape are asked for, and how many are not."""
    shapes, of = np.unique(block.shapes, return_inverse=True)
    for known in (True, False):
        sums = np.bincount(of, np.where(asked == known, n, 0), len(shapes)).astype(np.int64)
        yield from ((shape, known, many) for shape, many in zip(shapes.tolist(), sums.tolist(), strict=True) if many)


def _all_places(starts: Places, ends: Places) -> Places:
    """From each start to its end, one stretch after another."""
    lengths = ends - starts
    shift = starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]) if len(starts) else starts
    places: Places = np.arange(lengths.sum(), dtype=np.int64) + np.repeat(shift, lengths)
    return places


def _months(at: npt.NDArray[np.int64]) -> list[date]:
    """First days of months, one more at each end: for a zone is off by a day at most."""
    first, last = (ERA + timedelta(microseconds=int(moment)) for moment in (at.min(), at.max()))
    day, starts = date(first.year, first.month, 1) - timedelta(days=31), []
    while day <= (last + timedelta(days=31)).date():
        day = day.replace(day=1)
        starts.append(day)
        day += timedelta(days=32)
    return starts
