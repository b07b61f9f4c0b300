"""A report of what was counted one by one: of many at once where it is kept in columns, and of those just folded."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from services.reporting.metrics.block import Block, Flags, Indexes, Places, alike
from services.reporting.metrics.clocks import midnight, month_of, quarter_of, year_of
from services.reporting.metrics.counting import Asks, Counted, Key, LeftOut, Shape, Tally, Took, labelled
from services.reporting.metrics.dimensions import Current
from services.reporting.metrics.fact import ERA, micros
from services.reporting.metrics.keeping import ALWAYS, NEVER, NOT_AT_ALL, RUNS, Keeps
from services.reporting.metrics.report import Group
from services.reporting.metrics.selection import UNASKED, ranked
from services.reporting.metrics.told import Told
from services.reporting.metrics.vocabulary import SILENT, Codes, Value, Vocabulary

MANY = 2**22
"""Codes, from which on those that there are are looked for first."""
PERIODS = {"month": month_of, "quarter": quarter_of, "year": year_of}


@dataclass
class Summed:
    """Of one group."""

    counts: Counter[Shape]
    took: dict[Shape, list[Took]]

    def tally(self, beside: Any, told: Told | None) -> Tally:
        return Tally(self.counts, {shape: np.concatenate(of) for shape, of in self.took.items()}, beside, told)


@dataclass(frozen=True)
class Stretches:
    """What counts in one group: parts of a block from place to place, of which run, and the group's code.

    `known`: by dimension, which value each digit of a code stands for.
    """

    starts: Places
    ends: Places
    runs: Places
    codes: Codes
    known: Sequence[Sequence[Value]]

    @property
    def size(self) -> int:
        """How many codes there may be."""
        return prod(len(known) for known in self.known)

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
    """Of what was counted in one or more ways. `end` is the as_of that it was counted at; `words` are already those of
    `current`, where the question asks for that.
    """

    def __init__(self, question: Any, end: datetime, words: Vocabulary, current: Current | None = None) -> None:
        self._question, self._end, self._words, self._current = question, end, words, current
        self._by = tuple(question.by)
        self._asked = self._words.asked(question)
        self._groups: dict[Key, Summed] = {}
        self.left_out: Counter[str] = Counter()

    def groups(self, beside: Any = None, told: Told | None = None) -> Iterator[tuple[Group, Key, Tally]]:
        if not self._by:
            self._groups.setdefault((), Summed(Counter(), {}))
        for key in ranked(self._groups):
            yield dict(zip(self._by, key, strict=True)), key, self._groups[key].tally(beside, told)

    def add(self, way: Keeps, counted: Iterable[Counted[Any] | LeftOut]) -> list[tuple[Key, Counted[Any]]]:
        """Returns those that were taken."""
        taken, same = [], defaultdict[tuple[Key, Shape], list[Counted[Any]]](list)
        for one in (labelled(each, self._current) for each in counted):
            if isinstance(one, LeftOut):
                if way.counts.says(one, self._question):
                    self._leave_out(one.why, one.values is None or self._question.asks_for(one.values))
                continue
            at, asked = one.at or self._end - way.counts.ends, self._question.asks_for(one.values)
            if not (asked and (one.always or self._question.covers(at))):
                self._leave_out_of(way, one.shape, asked)
                continue
            zone = self._question.tz
            key = tuple(PERIODS[name](at, zone) if name in PERIODS else one.values[name] for name in self._by)
            taken.append((key, one))
            same[key, one.shape].append(one)
        for (key, shape), of in same.items():
            timed = [one for one in of if one.took is not None]
            self._sum(key, shape, len(of), way.counts.took(timed, self._question, self._end) if timed else None)
        return taken

    def add_kept(self, way: Keeps, block: Block, stand: Flags | None) -> None:
        """Those of the items that stand; None: all of them do."""
        stand = self._of_variant(way, block, stand)
        inside = _both(stand, self._covered(way, block))
        asked = self._asked[block.values]
        if block.left:
            self._add_left(block, asked, block.count(stand), block.count(inside))
            return
        outside = block.count(stand) - np.where(asked, block.count(inside), 0)
        for shape, known, n in _by_shape(block, asked, outside):
            self._leave_out_of(way, self._words[shape][2:], known, n)
        self._sum_all(way, block, self._stretches(way, block, asked), inside)

    def owners(self, way: Keeps, block: Block, stand: Flags | None, key: Key | None, takes: Asks) -> Indexes:
        """Of those items of that group, or of any, that are of such shapes."""
        if block.left:
            return block.owner[:0]
        inside = _both(self._of_variant(way, block, stand), self._covered(way, block))
        found = self._stretches(way, block, self._asked[block.values])
        taken = {shape: takes(self._words[shape][2:]) for shape in set(block.shapes.tolist())}
        of_shape = np.array([taken[shape] for shape in block.shapes.tolist()], bool)
        chosen = of_shape[found.runs]
        if key is not None:
            code = found.code(key)
            chosen &= found.codes == (SILENT if code is None else code)
        return block.owner[_all_places(found.starts[chosen], found.ends[chosen], inside)]

    def _leave_out_of(self, way: Keeps, shape: Shape, asked: bool, n: int = 1) -> None:
        """What is counted, but not in the period, or of no kind that is asked for."""
        if way.counts.names(shape) and (dated := way.counts.dated(shape, self._question)) is not None:
            self._leave_out(f"{dated} outside the period", asked, n)

    def _leave_out(self, why: str, asked: bool, n: int = 1) -> None:
        self.left_out[why if asked else UNASKED] += n

    def _sum(self, key: Key, shape: Shape, n: int, took: Took | None) -> None:
        of = self._groups.setdefault(key, Summed(Counter(), defaultdict(list)))
        of.counts[shape] += n
        if took is not None:
            of.took[shape].append(took)

    def _of_variant(self, way: Keeps, block: Block, stand: Flags | None) -> Flags | None:
        if len(way.counts.variants) == 1:
            return stand
        bit = np.uint64(1 << way.counts.variants[way.counts.ways.of(self._question)])
        if alike(block.variants):
            return stand if block.variants[0] & bit else np.zeros(len(block), bool)
        return _both(stand, (block.variants & bit) != 0)

    def _covered(self, way: Keeps, block: Block) -> Flags | None:
        """By the period; None: all of them."""
        span = self._question.span
        if span is None:
            return None
        at = self._at(way, block)
        inside: Flags = (at >= micros(span.start)) & (at < micros(span.end)) | ((block.flags & ALWAYS) > 0)
        return inside

    def _at(self, way: Keeps, block: Block) -> npt.NDArray[np.int64]:
        return np.where(block.at == NEVER, micros(self._end - way.counts.ends), block.at)

    def _add_left(self, block: Block, asked: Flags, stand: Places, inside: Places) -> None:
        beside = block.at[block.starts[:-1]] != NEVER
        says = np.where(beside, np.where(asked, inside, 0), stand)
        for shape, known, n in _by_shape(block, asked, says):
            self._leave_out(self._words[shape][2], known, n)

    def _stretches(self, way: Keeps, block: Block, asked: Flags) -> Stretches:
        """Of the runs that are asked for; where times are told apart a run has one for each."""
        times = self._times(way, block) if PERIODS.keys() & {*self._by} else {}
        begins = np.zeros(len(block), bool)
        begins[block.starts[:-1]] = True
        for codes, _ in times.values():
            begins[1:] |= codes[1:] != codes[:-1]
        starts = np.flatnonzero(begins)
        runs = np.searchsorted(block.starts, starts, side="right") - 1
        chosen = asked[runs]
        ends = np.append(starts[1:], len(block))[chosen]
        starts, runs = starts[chosen], runs[chosen]
        total: Codes = np.zeros(len(runs), np.int64)
        all_known = []
        for name in self._by:
            if name in times:
                codes, known = times[name][0][starts], times[name][1]
            else:
                codes, known = self._words.codes(name)[block.values][runs], self._words.values(name)
            total = total * len(known) + codes
            all_known.append(known)
        return Stretches(starts, ends, runs, total, all_known)

    def _times(self, way: Keeps, block: Block) -> dict[str, tuple[Codes, list[Value]]]:
        """By period asked for: which one each item lies in, and what they are called."""
        at, zone, found = self._at(way, block), self._question.tz, {}
        begins = [midnight(day, zone) for day in _months(at)]
        months = np.searchsorted([micros(begin) for begin in begins], at, side="right") - 1
        for name in PERIODS.keys() & {*self._by}:
            labels: list[Value] = [PERIODS[name](begin, zone) for begin in begins]
            known = list(dict.fromkeys(labels))
            found[name] = np.array([known.index(label) for label in labels], np.int64)[months], known
        return found

    def _sum_all(self, way: Keeps, block: Block, found: Stretches, inside: Flags | None) -> None:
        shapes, shape = np.unique(block.shapes, return_inverse=True)
        both = found.codes * len(shapes) + shape[found.runs]
        if alike(block.took) and block.took[0] == NOT_AT_ALL:
            kinds, counts = _sums(both, found.size * len(shapes), _lengths(found.starts, found.ends, inside))
            took = None
        else:
            order = np.argsort(_small(both, found.size * len(shapes)), kind="stable")
            both, starts, ends = both[order], found.starts[order], found.ends[order]
            firsts = np.flatnonzero(np.concatenate([[True], both[1:] != both[:-1]])[: len(both)])
            lengths = _lengths(starts, ends, inside)
            kinds, counts = both[firsts], np.add.reduceat(lengths, firsts) if len(firsts) else firsts
            places = _all_places(starts, ends, inside)
            took = self._took(block, places)
        measures = [way.counts.measure(self._words[of][2:], self._question) for of in shapes.tolist()]
        start = 0
        for kind, count in zip(kinds.tolist(), counts.tolist(), strict=True):
            if count:
                code, of = divmod(kind, len(shapes))
                said, end = self._words[int(shapes[of])][2:], start + count
                of_kind = None if took is None or took[start] == NOT_AT_ALL else took[start:end]
                if of_kind is not None and (measure := measures[of]) is not None:
                    of_kind = measure(self._left(block, places[start:end]), of_kind)
                self._sum(found.key(code), said, count, of_kind)
                start = end

    def _left(self, block: Block, places: Places) -> npt.NDArray[np.int64]:
        at: npt.NDArray[np.int64] = block.at[places]
        return np.where(at == NEVER, micros(self._end), at)

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


def _lengths(starts: Places, ends: Places, inside: Flags | None) -> Places:
    """How many items of each stretch are inside."""
    if inside is None:
        return ends - starts
    before = np.concatenate([[0], np.cumsum(inside)])
    lengths: Places = before[ends] - before[starts]
    return lengths


def _all_places(starts: Places, ends: Places, inside: Flags | None) -> Places:
    """Those inside from each start to its end, one stretch after another."""
    if not len(starts):
        return starts
    lengths = ends - starts
    shift = starts - np.concatenate([[0], np.cumsum(lengths)[:-1]])
    places: Places = np.arange(lengths.sum(), dtype=np.int64) + np.repeat(shift, lengths)
    return places if inside is None else places[inside[places]]


def _sums(codes: Codes, size: int, n: Places) -> tuple[Codes, Places]:
    """How many of each code."""
    if size > MANY:
        codes, of = np.unique(codes, return_inverse=True)
        return codes, np.bincount(of, n, len(codes)).astype(np.int64)
    # What is of another way of asking has no code of its own, and nothing of it is inside.
    sums = np.bincount(np.maximum(codes, 0), n, size).astype(np.int64)
    kinds = np.flatnonzero(sums)
    return kinds, sums[kinds]


def _small(codes: Codes, size: int) -> npt.NDArray[Any]:
    """Short numbers are sorted by their digits, which is much faster."""
    return codes.astype(np.uint16) if size <= 2**16 else codes


def _months(at: npt.NDArray[np.int64]) -> list[date]:
    """First days of months, one more at each end: for a zone is off by a day at most."""
    if not len(at):
        return []
    first, last = (ERA + timedelta(microseconds=int(moment)) for moment in (at.min(), at.max()))
    day, starts = date(first.year, first.month, 1) - timedelta(days=31), []
    while day <= (last + timedelta(days=31)).date():
        day = day.replace(day=1)
        starts.append(day)
        day += timedelta(days=32)
    return starts
