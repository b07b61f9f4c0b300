"""The brake: a handler that parks key after key has a bug, and is stopped before it parks the rest."""

from collections import deque
from dataclasses import dataclass, field
from time import monotonic

WINDOW_S = 600.0
MOST_KEYS = 50
MOST_SHARE = 0.01
SHARE_FROM = 1_000


class Braked(RuntimeError):
    """Too many keys were parked in too short a time."""


@dataclass
class Brake:
    """Counts handled events and newly parked keys of the last ten minutes; `off` for a replay, judged at its end."""

    off: bool = False
    handled: deque[tuple[float, int]] = field(default_factory=deque)
    parked: deque[tuple[float, int]] = field(default_factory=deque)

    def count(self, handled: int, parked: int) -> None:
        """Raises Braked."""
        if self.off:
            return
        at = monotonic()
        for counts, new in ((self.handled, handled), (self.parked, parked)):
            if new:
                counts.append((at, new))
            while counts and counts[0][0] < at - WINDOW_S:
                counts.popleft()
        keys, events = sum(n for _, n in self.parked), sum(n for _, n in self.handled)
        if keys > MOST_KEYS or (events >= SHARE_FROM and keys > events * MOST_SHARE):
            raise Braked(f"{keys} keys of {events} events were parked within ten minutes: mend the handler, redrive")
