"""Something asynchronous in a thread of its own, so that the main thread can kill what it works on."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

POLL_S = 0.02


class Background:
    """Runs beside the block, whose end awaits its own and raises what went wrong; an error in the block ends it."""

    def __init__(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._run = run
        self._begun = threading.Event()

    def __enter__(self) -> Self:
        self._thread = ThreadPoolExecutor(1)
        self._end: Future[None] = self._thread.submit(asyncio.run, self._main())
        self._begun.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not self._end.done():
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.shutdown()
        if error is None:
            self._end.result()

    async def _main(self) -> None:
        self._loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        self._task = task
        self._begun.set()
        await self._run()

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
