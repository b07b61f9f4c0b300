"""Tumbling windows of a minute: counts by key, of the last hour, in whatever order the events come."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

WIDTH = timedelta(minutes=1)
KEPT = 60
# What callers name is theirs to choose: a window holds so many names, and counts all others as one.
MOST_KEYS = 50
OTHERS = "others"

Counts = Mapping[str, int]


def start_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


class Windows:
    """The running window and those before it, `kept` in all; times are UTC, and `now` is the caller's."""

    def __init__(self, kept: int = KEPT, most_keys: int = MOST_KEYS) -> None:
        self._kept, self._most_keys = kept, most_keys
        self._counts: dict[datetime, Counter[str]] = {}

    def oldest(self, now: datetime) -> datetime:
        """Where the oldest window begins that is kept."""
        return start_of(now) - (self._kept - 1) * WIDTH

    def count(self, key: str, occurred: datetime, now: datetime, times: int = 1) -> bool:
        """False for what occurred before the windows that are kept, or after the next one."""
        start = start_of(occurred)
        # Clocks of two machines differ a little: what is said to occur in the next minute is shown when that begins.
        if not self.oldest(now) <= start <= start_of(now) + WIDTH:
            return False
        if start not in self._counts:
            self._forget(now)
        window = self._counts.setdefault(start, Counter())
        window[key if key in window or len(window) < self._most_keys else OTHERS] += times
        return True

    def clear(self, end: datetime) -> None:
        """Empties the windows that ended by then."""
        for start in [start for start in self._counts if start + WIDTH <= end]:
            del self._counts[start]

    def shown(self, now: datetime) -> dict[datetime, Counts]:
        """Windows that hold something, oldest first, the running one last."""
        first, last = self.oldest(now), start_of(now)
        return {start: dict(sorted(self._counts[start].items())) for start in sorted(self._counts)
                if first <= start <= last}  # fmt: skip

    def _forget(self, now: datetime) -> None:
        first = self.oldest(now)
        for start in [start for start in self._counts if start < first]:
            del self._counts[start]
