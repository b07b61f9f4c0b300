"""Kaplan and Meier's estimate (J. Am. Stat. Assoc. 53, 1958, 457) in exact fractions."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from services.reporting.metrics.figures import Durations

HALF = Fraction(1, 2)
MOST_STEPS = 500


@dataclass(frozen=True)
class Step:
    """`share` waits longer than `after`: `left` of the `at_risk` who had waited so long went then."""

    after: int
    share: Fraction
    at_risk: int
    left: int


def survival(over: Durations, waiting: Durations) -> Iterator[Step]:
    """Of those for whom it is over, and those who were observed only so far: at that time they are still at risk.

    One step for each time at which somebody left.
    """
    share = Fraction(1)
    for after, left, at_risk in zip(*(each.tolist() for each in _steps(over, waiting)), strict=True):
        share *= 1 - Fraction(left, at_risk)
        yield Step(after, share, at_risk, left)


def thinned(over: Durations, waiting: Durations, most: int = MOST_STEPS) -> Iterator[Step]:
    """Where there are more steps, so many of them at even distances, the last among them.

    Their shares are rounded to nine decimals, for exact ones have as many digits as there are steps; `left` is since
    the step before.
    """
    after, left, at_risk = _steps(over, waiting)
    if len(after) <= most:
        yield from survival(over, waiting)
        return
    chosen = np.linspace(0, len(after) - 1, most).round().astype(np.int64)
    gone, shares = np.diff(np.cumsum(left)[chosen], prepend=0), np.cumprod(1 - left / at_risk)[chosen]
    for step, share in enumerate(shares.tolist()):
        place = chosen[step]
        yield Step(int(after[place]), Fraction(f"{share:.9f}"), int(at_risk[place]), int(gone[step]))


def survival_median(over: Durations, waiting: Durations) -> int | None:
    """The smallest time by which half have left; None where it has not come to that."""
    after, left, at_risk = _steps(over, waiting)
    # Shares fall from step to step. In floats they are good enough to begin with, and fractions decide.
    index = int(np.searchsorted(-np.cumprod(1 - left / at_risk), -0.5))
    while index > 0 and _share(left, at_risk, index - 1) <= HALF:
        index -= 1
    while index < len(after) and _share(left, at_risk, index) > HALF:
        index += 1
    return int(after[index]) if index < len(after) else None


def _steps(over: Durations, waiting: Durations) -> tuple[Any, Any, Any]:
    """The times at which somebody left, how many did, and of how many."""
    ended, seen = np.sort(np.asarray(over, np.int64)), np.sort(np.asarray(waiting, np.int64))
    # Where each time is first: so many had left before it.
    first = np.flatnonzero(np.concatenate([[True], ended[1:] != ended[:-1]])[: len(ended)])
    after = ended[first]
    left = np.diff(first, append=len(ended))
    return after, left, len(ended) + len(seen) - first - np.searchsorted(seen, after)


def _share(left: Any, at_risk: Any, last: int) -> Fraction:
    """After this step. Where nobody dropped out of sight in between, who stays is who is at risk in the next one."""
    stay, risk = (at_risk - left)[: last + 1], at_risk[: last + 1]
    lost = np.flatnonzero(stay[:-1] != risk[1:])
    share = Fraction(int(stay[-1]), int(risk[0]))
    for step in lost.tolist():
        share *= Fraction(int(stay[step]), int(risk[step + 1]))
    return share
