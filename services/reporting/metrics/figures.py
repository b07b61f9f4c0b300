"""Figures as they are shown: exact, rounded once for the eye, and null with a note where there is nothing to say."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

Durations = Sequence[int] | npt.NDArray[np.int64]
"""Microseconds, in any order."""

DAY = 86_400_000_000
P90 = Fraction(9, 10)
ENOUGH_FOR_P90 = 10
LONGEST_BITS = 10_000

Note = Literal["no data", "too few", "not reached", "impossible order"]


class Figure(BaseModel):
    model_config = ConfigDict(frozen=True)


class Duration(Figure):
    """`microseconds` is exact: a whole number or a fraction such as `5/2`. `days` has one decimal, half to even."""

    microseconds: str | None
    days: float | None
    note: Note | None = None

    @classmethod
    def of(cls, microseconds: Fraction | int | None, otherwise: Note = "no data") -> "Duration":
        if microseconds is None:
            return cls(microseconds=None, days=None, note=otherwise)
        days = rounded(microseconds.numerator, DAY * microseconds.denominator, 1)
        return cls(microseconds=str(microseconds), days=days)


class Share(Figure):
    """`count` of `of`; of nothing there is no share."""

    count: int | None
    of: int
    percent: float | None
    note: Note | None = None

    @classmethod
    def among(cls, count: int, of: int) -> "Share":
        if of == 0:
            return cls(count=None, of=0, percent=None, note="no data")
        return cls(count=count, of=of, percent=rounded(100 * count, of, 1))


class ExactShare(Figure):
    """`count` of `of`, both exact, such as `4/3`: what counts in several places counts in each for a part."""

    count: str
    of: str
    percent: float

    @classmethod
    def among(cls, count: Fraction, of: Fraction) -> "ExactShare":
        """`of` is never 0: of nothing there is no row."""
        return cls(count=str(count), of=str(of), percent=percent(count / of))


class Number(Figure):
    """`exact` is a whole number or a fraction such as `53/47`; `shown` has two decimals, half to even."""

    exact: str | None
    shown: float | None
    note: Note | None = None

    @classmethod
    def of(cls, number: Fraction | None) -> "Number":
        if number is None:
            return cls(exact=None, shown=None, note="no data")
        return cls(exact=str(number), shown=rounded(number.numerator, number.denominator, 2))


class Probability(Figure):
    """`exact` is a fraction; null where it would take thousands of digits. `shown` has four decimals."""

    exact: str | None
    shown: float

    @classmethod
    def of(cls, p: Fraction) -> "Probability":
        short = p.denominator.bit_length() <= LONGEST_BITS
        return cls(exact=str(p) if short else None, shown=rounded(p.numerator, p.denominator, 4))


def percent(share: Fraction) -> float:
    """One decimal, half to even."""
    return rounded(100 * share.numerator, share.denominator, 1)


def rounded(numerator: int, denominator: int, decimals: int) -> float:
    """Half to even. As round() of a Fraction, of which a report of thousands of rows would make ten for each."""
    tens: int = 10**decimals
    whole, rest = divmod(numerator * tens, denominator)
    up = 2 * rest > denominator or (2 * rest == denominator and whole % 2)
    return (whole + 1 if up else whole) / tens


def mean(durations: Durations) -> Duration:
    return Duration.of(Fraction(total(durations), len(durations)) if len(durations) else None)


def median(durations: Durations) -> Duration:
    return Duration.of(percentile(durations, Fraction(1, 2)))


def p90(durations: Durations) -> Duration:
    """Ten values at the least: of fewer it would be little more than the greatest."""
    if 0 < len(durations) < ENOUGH_FOR_P90:
        return Duration.of(None, "too few")
    return Duration.of(percentile(durations, P90))


def percentile(values: Durations, share: Fraction) -> Fraction | int | None:
    """Interpolated between neighbours: Hyndman and Fan's type 7, SQL's PERCENTILE_CONT."""
    if not len(values):
        return None
    lower, beyond = divmod((len(values) - 1) * share.numerator, share.denominator)
    upper = min(lower + 1, len(values) - 1)
    ranked = np.partition(np.asarray(values, np.int64), [lower, upper])
    exact = int(ranked[lower]) * share.denominator + beyond * (int(ranked[upper]) - int(ranked[lower]))
    whole, rest = divmod(exact, share.denominator)
    return Fraction(exact, share.denominator) if rest else whole


def total(durations: Durations) -> int:
    """Exact, also where it is beyond 64 bits: high and low halves are added up apart."""
    values = np.asarray(durations, np.int64)
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())
