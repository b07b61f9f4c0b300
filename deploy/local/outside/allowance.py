"""So many messages a second per channel, with a burst in hand."""

import math
import time
from collections.abc import Callable


class Allowance:
    """A token bucket per channel: `per_second` refills it, `burst` is its size."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second, self._burst, self._clock = per_second, burst, clock
        self._left: dict[str, tuple[float, float]] = {}

    def retry_after(self, channel: str) -> int:
        """0 when the message may pass, and is counted; else the whole seconds to wait."""
        now = self._clock()
        left, since = self._left.get(channel, (float(self._burst), now))
        left = min(float(self._burst), left + (now - since) * self._per_second)
        passes = left >= 1
        self._left[channel] = (left - 1 if passes else left, now)
        return 0 if passes else max(1, math.ceil((1 - left) / self._per_second))
