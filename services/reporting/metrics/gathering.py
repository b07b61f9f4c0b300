"""A report of what was counted one by one: of many at once where it is kept in columns, and of those just folded."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from services.reporting.metrics.clocks import midnight, month_of, quarter_of, year_of
from services.reporting.metrics.counting import Counted, LeftOut, Name, Shape, Tally, Took
from services.reporting.metrics.dimensions import times
from services.reporting.metrics.fact import elapsed
from services.reporting.metrics.keeping import ALWAYS, ERA, NEVER, RUNS, Keeps, Word, micros
from services.reporting.metrics.report import Group
from services.reporting.metrics.selection import UNASKED, ranked

Key = tuple[str | None, ...]
Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
PERIODS = {"month": month_of, "quarter": quarter_of, "year": year_of}


@dataclass(frozen=True)
class Said:
    """Columns of items, see keeping."""

    shape: npt.NDArray[np.int32]
    values: npt.NDArray[np.int32]
    variants: npt.NDArray[np.uint64]
    at: npt.NDArray[np.int64]
    took: npt.NDArray[np.int64]
    flags: npt.NDArray[np.uint8]


@dataclass
class Summed:
    """Of one group."""

    counts: Counter[Shape]
    took: dict[Shape, list[Took]]

    def tally(self) -> Tally:
        return Tally(self.counts, {shape: np.concatenate(of) for shape, of in self.took.items()})


class Gathering:
    """`end` is the as_of that the metric was counted at."""

    def __init__(self, way: Keeps, question: Any, end: datetime, words: Sequence[Word]) -> None:
        self._way, self._question, self._end, self._words = way, question, end, words
        self._by: Sequence[str] = question.by
        self._dimensions = _Dimensions(words, question)
        self._left = np.array([len(word) > 1 and word[1] == "left out" for word in words], bool)
        self._variant = np.uint64(way.counts.variants[way.counts.ways.of(question)])
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

    def add_kept(self, said: Said, chosen: Flags) -> None:
        """Those of the items that are chosen."""
        taken, at = self._taken(said, chosen)
        if not len(taken):
            return
        codes, sizes = self._codes(said, taken, at)
        shapes, shape = np.unique(said.shape[taken], return_inverse=True)
        both = codes * len(shapes) + shape
        order = np.argsort(_small(both, sizes * len(shapes)), kind="stable")
        ordered = both[order]
        starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        took = self._took(said, taken)[order]
        for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(ordered)], strict=True):
            code, of = divmod(int(ordered[start]), len(shapes))
            said_shape = self._words[int(shapes[of])][2:]
            self._sum(self._dimensions.key(code), said_shape, stop - start, took[start:stop])

    def of_row(self, said: Said, chosen: Flags, key: Key, name: Name) -> npt.NDArray[np.int64]:
        """The places of those items that the row of that name in that group holds."""
        taken, at = self._taken(said, chosen)
        if not len(taken):
            return taken
        codes, _ = self._codes(said, taken, at)
        named = np.array([
            word[0] == self._way.name and word[1] == "counts" and name in self._way.counts.names(word[2:])
            for word in self._words
        ], bool)  # fmt: skip
        wanted = np.array([self._dimensions.key(code) == key for code in range(int(codes.max()) + 1)], bool)
        found: npt.NDArray[np.int64] = taken[named[said.shape[taken]] & wanted[codes]]
        return found

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

    def _taken(self, said: Said, chosen: Flags) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The places of those that are counted, and when each is dated; the others are left out."""
        if len(self._way.counts.variants) > 1:
            chosen = chosen & ((said.variants >> self._variant) & np.uint64(1)).astype(bool)
        asked = self._dimensions.asked(said.values)
        left = self._left[said.shape]
        end = micros(self._end - self._way.counts.ends)
        at = np.where(said.at == NEVER, end, said.at)
        covered = self._covered(said, at)
        says = chosen & left & ((said.at == NEVER) | covered & asked)
        self._count(said, says, asked, lambda word, known, n: self._leave_out(word[2], known, n))
        counted = chosen & ~left
        taken = counted & asked & covered
        self._count(said, counted & ~taken, asked, lambda word, known, n: self._leave_out_of(word[2:], known, n))
        places = np.flatnonzero(taken)
        return places, at[places]

    def _covered(self, said: Said, at: npt.NDArray[np.int64]) -> Flags:
        """By the period."""
        span = self._question.span
        if span is None:
            return np.ones(len(at), bool)
        inside: Flags = (at >= micros(span.start)) & (at < micros(span.end)) | ((said.flags & ALWAYS) > 0)
        return inside

    def _count(self, said: Said, of: Flags, asked: Flags, take: Callable[[Word, bool, int], None]) -> None:
        """By shape, and whether they are asked for."""
        for chosen, known in ((of & asked, True), (of & ~asked, False)):
            counts = np.bincount(said.shape[chosen], minlength=1)
            for number in np.flatnonzero(counts):
                take(self._words[int(number)], known, int(counts[number]))

    def _codes(self, said: Said, taken: npt.NDArray[np.int64], at: npt.NDArray[np.int64]) -> tuple[Codes, int]:
        """A number for the group of each, and how many there may be."""
        return self._dimensions.codes(said.values[taken], at)

    def _took(self, said: Said, taken: npt.NDArray[np.int64]) -> Took:
        took: Took = said.took[taken]
        runs = (said.flags[taken] & RUNS) > 0
        return np.where(runs, micros(self._end) - took, took)


class _Dimensions:
    """Numbers for the values by which a report is cut."""

    def __init__(self, words: Sequence[Word], question: Any) -> None:
        self._words, self._question = words, question
        self._by: Sequence[str] = question.by
        self._values: list[list[str | None]] = []

    def asked(self, values: npt.NDArray[np.int32]) -> Flags:
        """By item; what has no values is always asked for."""
        asks: Callable[[Group], bool] = self._question.asks_for
        flags = np.array([word[0] != "values" or asks(dict(word[1:])) for word in self._words] + [True], bool)
        found: Flags = flags[values]
        return found

    def codes(self, values: npt.NDArray[np.int32], at: npt.NDArray[np.int64]) -> tuple[Codes, int]:
        total: Codes = np.zeros(len(values), np.int64)
        self._values, size = [], 1
        for name in self._by:
            codes, known = self._times(name, at) if name in PERIODS else self._of_words(name, values)
            total = total * len(known) + codes
            size *= len(known)
            self._values.append(known)
        return total, size

    def key(self, code: int) -> Key:
        found: list[str | None] = []
        for known in reversed(self._values):
            code, of = divmod(code, len(known))
            found.insert(0, known[of])
        return tuple(found)

    def _of_words(self, name: str, values: npt.NDArray[np.int32]) -> tuple[Codes, list[str | None]]:
        numbers: dict[str | None, int] = {}
        by_word = np.zeros(len(self._words), np.int64)
        for number, word in enumerate(self._words):
            if word[0] == "values" and name in (of := dict(word[1:])):
                by_word[number] = numbers.setdefault(of[name], len(numbers))
        return by_word[values], list(numbers) or [None]

    def _times(self, name: str, at: npt.NDArray[np.int64]) -> tuple[Codes, list[str | None]]:
        """Months, quarters and years are of the zone; one more of each end, for a zone is off by a day at most."""
        zone, first, last = self._question.tz, _moment(int(at.min())), _moment(int(at.max()))
        day, starts = date(first.year, first.month, 1) - timedelta(days=31), []
        while day <= (last + timedelta(days=31)).date():
            day = day.replace(day=1)
            starts.append(day)
            day += timedelta(days=32)
        begins = np.array([micros(midnight(start, zone)) for start in starts], np.int64)
        labels = [PERIODS[name](midnight(start, zone), zone) for start in starts]
        known = list(dict.fromkeys(labels))
        of_month = np.array([known.index(label) for label in labels], np.int64)
        return of_month[np.searchsorted(begins, at, side="right") - 1], [*known]


def _moment(microseconds: int) -> datetime:
    return ERA.astimezone(UTC) + timedelta(microseconds=microseconds)


def _small(codes: Codes, size: int) -> npt.NDArray[Any]:
    """Short numbers are sorted by their digits, which is much faster."""
    return codes.astype(np.uint16) if size <= 2**16 else codes
