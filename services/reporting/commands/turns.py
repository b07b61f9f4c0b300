"""Reports are computed one at a time in a process: two would be slower than one after the other, and slow all else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.kit.refusals import ReadOnly, Refusal

WAITING = 16
PATIENCE_S = 30.0
SUM_LIMIT_S, FOLD_LIMIT_S = 20.0, 60.0


class Busy(ReadOnly):
    slug, title = "busy", "More reports are asked for than this process computes"
    next_step = "ask again in a while; with known_at and its ETag an answer that has not changed is not computed"


class TookTooLong(Refusal):
    """Not ReadOnly: whoever repeats it at once keeps others waiting once more."""

    status, slug, title = 503, "took-too-long", "It was not done within the limit"
    next_step = "ask for an earlier as_of, or fold the facts elsewhere: /v1/facts gives all of them"
    retry_after = 60


class Turns:
    """`limit_s`: how long a turn lasts at most."""

    def __init__(self, limit_s: float, waiting: int = WAITING, patience_s: float = PATIENCE_S) -> None:
        self._limit_s, self._most, self._patience_s = limit_s, waiting, patience_s
        self._computing = asyncio.Lock()
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Raises Busy at once where too many wait, and after a while where none of them comes through; TookTooLong.

        What is awaited in a turn that ends is cancelled: what computes there has to end by that (shared/kit/computing).
        """
        if self._waiting >= self._most:
            raise Busy(f"{self._waiting} wait already")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience_s):
                await self._computing.acquire()
        except TimeoutError:
            raise Busy(f"It was not its turn within {self._patience_s:.0f} s") from None
        finally:
            self._waiting -= 1
        try:
            async with asyncio.timeout(self._limit_s) as limit:
                yield
        except TimeoutError:
            if not limit.expired():
                raise
            raise TookTooLong(f"It was broken off after {self._limit_s:.0f} s") from None
        finally:
            self._computing.release()


SUMS = Turns(SUM_LIMIT_S)
"""Of this process, for answers from what is kept: they never wait for one that folds all of its facts."""
FOLDS = Turns(FOLD_LIMIT_S)
