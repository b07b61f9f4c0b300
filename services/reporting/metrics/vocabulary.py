"""The words of what is kept, by number, and what they say of each dimension in columns."""

from collections.abc import Iterable
from copy import copy
from typing import Any

import numpy as np
import numpy.typing as npt

from services.reporting.metrics.block import Flags
from services.reporting.metrics.dimensions import Current
from services.reporting.metrics.keeping import WAYS, Keeps, Word

Codes = npt.NDArray[np.int64]
Value = str | None
SILENT = -1
"""The code of a word that says nothing of a dimension."""


class Vocabulary:
    def __init__(self) -> None:
        self._words: list[Word] = []
        self._ways: list[int] = []
        self._left: list[bool] = []
        self._codes: dict[str, list[int]] = {}
        self._values: dict[str, dict[Value, int]] = {}
        self._arrays: dict[str, Codes] = {}
        self._shapes: Codes = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self._words)

    def __getitem__(self, number: int) -> Word:
        return self._words[number]

    def learn(self, words: Iterable[Word]) -> None:
        """In the order of their numbers."""
        for word in words:
            if word[0] == "values":
                for name, value in word[1:]:
                    values = self._values.setdefault(name, {})
                    codes = self._codes.setdefault(name, [])
                    codes += [SILENT] * (len(self._words) - len(codes))
                    codes.append(values.setdefault(value, len(values)))
            self._ways.append(WAYS[word[0]].number if word[0] in WAYS else SILENT)
            self._left.append(word[1:2] == ("left out",))
            self._words.append(word)
            self._arrays.clear()

    def of_way(self, way: Keeps, left: bool) -> Flags:
        """By word, whether it is a shape of that way, and whether it says why something is left out."""
        if len(self._shapes) != len(self._words):
            self._shapes = np.array([2 * number + out for number, out in zip(self._ways, self._left, strict=True)])
        found: Flags = self._shapes == 2 * way.number + left
        return found

    def values(self, name: str) -> list[Value]:
        """Of a dimension, by code."""
        return list(self._values.get(name, ()))

    def codes(self, name: str) -> Codes:
        """Of a dimension, by word; one more for what has no word."""
        if name not in self._arrays:
            codes = self._codes.get(name, [])
            self._arrays[name] = np.array([*codes, *[SILENT] * (len(self._words) + 1 - len(codes))], np.int64)
        return self._arrays[name]

    def relabelled(self, current: Current) -> "Vocabulary":
        """The same words, saying of each job the values that it has."""
        other, jobs = copy(self), self.codes("job")
        other._values, other._arrays = self._values.copy(), self._arrays.copy()
        now = [current(job) if job else None for job in self.values("job")]
        for name in [*next((of for of in now if of is not None), ())]:
            values, codes = self._values.get(name, {}).copy(), self.codes(name)
            of_jobs = np.array([SILENT if of is None else values.setdefault(of[name], len(values)) for of in now])
            # By job; a word that names none keeps its own.
            said = np.where(jobs == SILENT, SILENT, of_jobs[jobs])
            other._values[name] = values
            other._arrays[name] = np.where((codes == SILENT) | (said == SILENT), codes, said)
        return other

    def asked(self, question: Any) -> Flags:
        """By word, whether the question asks for what it says, as Question.asks_for; one more as above."""
        asked = np.ones(len(self._words) + 1, bool)
        for name, values in self._values.items():
            if (wanted := question.filters.get(name)) is not None:
                codes = self.codes(name)
                asked &= (codes == SILENT) | np.isin(codes, [values[value] for value in wanted if value in values])
        return asked
