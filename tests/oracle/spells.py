"""Spells of time, from a beginning up to, not with, an end."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Spell = tuple[datetime, datetime]


def union(spells: Iterable[Spell]) -> Sequence[Spell]:
    """The same time without overlaps, in order."""
    united: list[Spell] = []
    for begin, end in sorted(spells):
        if united and begin <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        elif begin < end:
            united.append((begin, end))
    return united


def within(spells: Iterable[Spell], begin: datetime, end: datetime) -> timedelta:
    """How much of the time from begin to end the spells cover."""
    parts = [min(until, end) - max(since, begin) for since, until in union(spells)]
    return sum((part for part in parts if part > timedelta(0)), timedelta(0))
