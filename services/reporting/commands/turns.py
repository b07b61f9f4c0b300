"""Reports are computed one at a time in a process: two would be slower than one after the other, and slow all else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.kit.refusals import ReadOnly

WAITING = 16
PATIENCE_S = 30.0


class Busy(ReadOnly):
    slug, title = "busy", "More reports are asked for than this process computes"
    next_step = "ask again in a while; with known_at and its ETag an answer that has not changed is not computed"


class Turns:
    def __init__(self, waiting: int = WAITING, patience_s: float = PATIENCE_S) -> None:
        self._most, self._patience_s = waiting, patience_s
        self._computing = asyncio.Lock()
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Raises Busy at once where too many wait, and after a while where none of them comes through."""
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
            yield
        finally:
            self._computing.release()


TURNS = Turns()
"""Of this process."""
