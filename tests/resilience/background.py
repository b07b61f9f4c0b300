"""Something asynchronous in a thread of its own, so that the main thread can kill what it works on."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

POLL_S = 0.02


class Background:
    """Runs while the block does; leaving it awaits the end and raises what went wrong."""

    def __init__(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._run = run

    def __enter__(self) -> Self:
        self._thread = ThreadPoolExecutor(1)
        self._end: Future[None] = self._thread.submit(asyncio.run, self._run())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._end.result()
        finally:
            self._thread.shutdown(wait=error is None)

    @property
    def over(self) -> bool:
        return self._end.done()

    def await_(self, reached: Callable[[], bool], what: str) -> None:
        """Until it holds. Raises what went wrong in the background, and AssertionError when that ended before."""
        while not reached():
            if self._end.done():
                self._end.result()
                assert reached(), f"the end came before {what}"
                return
            time.sleep(POLL_S)
