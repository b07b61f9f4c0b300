"""Chance and time: everything random comes from the seed, and office work happens in office hours."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")
OPENS, CLOSES = 8, 17
SATURDAY = 5


class Dice:
    """A source of chance of its own for each part of the plan, so that a change of one part leaves the others."""

    def __init__(self, seed: int, *part: object) -> None:
        self._random = Random(f"{seed}/{'/'.join(map(str, part))}")  # noqa: S311  a plan is repeatable, not secret

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def number(self, low: int, high: int) -> int:
        """Both ends included."""
        return self._random.randint(low, high)

    def one(self, of: Sequence[T]) -> T:
        return self._random.choice(of)

    def some(self, of: Sequence[T], count: int) -> list[T]:
        return self._random.sample(of, min(count, len(of)))

    def shuffled(self, of: Sequence[T]) -> list[T]:
        return self._random.sample(of, len(of))

    def weighted(self, of: dict[T, float]) -> T:
        return self._random.choices(list(of), list(of.values()))[0]

    def uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def around(self, median_days: float, sigma: float = 0.5) -> timedelta:
        """A log-normal duration."""
        return timedelta(days=median_days * math.exp(self._random.gauss(0, sigma)))

    def waiting(self, mean_days: float) -> timedelta:
        """An exponential duration: arrivals."""
        return timedelta(days=self._random.expovariate(1 / mean_days))

    def minutes(self, low: float, high: float) -> timedelta:
        return timedelta(minutes=self._random.uniform(low, high))

    def between(self, first: datetime, last: datetime) -> datetime:
        return first + (last - first) * self._random.random()

    def office(self, moment: datetime) -> datetime:
        """The moment itself in office hours, else some minute of the next morning's first hour; never earlier."""
        moment = moment.astimezone(UTC)
        if moment.hour >= CLOSES or moment.weekday() >= SATURDAY or moment.hour < OPENS:
            day = moment if moment.hour < OPENS else moment + timedelta(days=1)
            while day.weekday() >= SATURDAY:
                day += timedelta(days=1)
            start = day.replace(hour=OPENS, minute=0, second=0, microsecond=0)
            moment = max(moment, start) + self.minutes(0, 60)
        return moment


def shares(total: int, weights: dict[T, float]) -> dict[T, int]:
    """Splits a whole number by weights; the largest remainders get what rounding left."""
    scale = total / sum(weights.values())
    exact = {name: weight * scale for name, weight in weights.items()}
    found = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: found[name] - exact[name])
    for name in by_remainder[: total - sum(found.values())]:
        found[name] += 1
    return found
