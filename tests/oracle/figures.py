"""Exact figures: durations in microseconds, medians, Kaplan-Meier (rules D2, D11)."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

Exact = int | Fraction
ENOUGH_FOR_P90 = 10


def microseconds(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1)


def quantile(values: Sequence[Exact], share: Fraction) -> Exact | None:
    """Type 7: on the straight line between the two values around it."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def median(values: Sequence[Exact]) -> Exact | None:
    return quantile(values, Fraction(1, 2))


def p90(values: Sequence[Exact]) -> Exact | str | None:
    if 0 < len(values) < ENOUGH_FOR_P90:
        return "too few"
    return quantile(values, Fraction(9, 10))


def mean(values: Sequence[Exact]) -> Exact | None:
    return Fraction(sum(values)) / len(values) if values else None


def kaplan_meier_median(exits: Sequence[Exact], censored: Sequence[Exact]) -> Exact | None:
    """The smallest duration by which half have left; None where that is not reached."""
    halves = (point["after"] for point in kaplan_meier(exits, censored) if point["share"] <= Fraction(1, 2))
    return next(halves, None)


def kaplan_meier(exits: Sequence[Exact], censored: Sequence[Exact]) -> Iterator[dict[str, Any]]:
    """Each duration after which some `left` of those `at_risk`, and the share that stays longer."""
    staying = Fraction(1)
    for duration in sorted(set(exits)):
        # One censored at this very duration was still there when the others left.
        there = sum(other >= duration for other in (*exits, *censored))
        left = list(exits).count(duration)
        staying *= 1 - Fraction(left, there)
        yield {"after": duration, "share": staying, "at_risk": there, "left": left}
