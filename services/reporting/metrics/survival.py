"""Kaplan and Meier's estimate (J. Am. Stat. Assoc. 53, 1958, 457) in exact fractions."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Waited:
    """Microseconds until it was over, or, while it is not, until the end of observation."""

    duration: int
    over: bool


@dataclass(frozen=True)
class Step:
    """`share` waits longer than `after`: `left` of the `at_risk` who had waited so long went then."""

    after: int
    share: Fraction
    at_risk: int
    left: int


def survival(waited: Sequence[Waited]) -> Iterator[Step]:
    """One step for each time at which somebody left. Who was observed only so far is still at risk at that time."""
    share, at_risk = Fraction(1), len(waited)
    gone = Counter(one.duration for one in waited)
    left = Counter(one.duration for one in waited if one.over)
    for after in sorted(gone):
        if left[after]:
            share *= 1 - Fraction(left[after], at_risk)
            yield Step(after, share, at_risk, left[after])
        at_risk -= gone[after]


def survival_median(waited: Sequence[Waited]) -> int | None:
    """The smallest time by which half have left; None where it has not come to that."""
    return next((step.after for step in survival(waited) if step.share <= HALF), None)
