"""Work for the processor beside the loop, which ends when nobody waits for it any more."""

import asyncio
import contextvars
import ctypes
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class BrokenOff(SystemExit):
    """Raised wherever the work stands; a thread that ends by it ends quietly."""


async def compute(work: Callable[[], T]) -> T:
    """What the work returns or raises; it runs in a thread of its own. Where the waiting task is cancelled the work is
    broken off, and nothing of it runs any more once this has raised CancelledError.

    Only for what computes: it is broken off at the next call or turn of a loop that is written in Python. So it must
    hold no lock that others wait for, nor import anything for the first time, and what it changes outside of itself
    has to be one assignment.
    """
    loop, context = asyncio.get_running_loop(), contextvars.copy_context()
    done: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        outcome = _outcome_of(lambda: context.run(work))
        loop.call_soon_threadsafe(_tell, done, outcome)

    thread = threading.Thread(target=run, name=getattr(work, "__qualname__", "compute"), daemon=True)
    thread.start()
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        # Again and again: what is written in C, a sort or a query's answer, is not interrupted.
        while thread.is_alive() and not done.done():
            _break_off(thread)
            await asyncio.wait([done], timeout=0.05)
        if done.done():
            done.exception()
        raise


Outcome = tuple[Any, BaseException | None]


def _outcome_of(work: Callable[[], Any]) -> Outcome:
    try:
        return work(), None
    except BaseException as error:
        return None, error


def _tell(done: "asyncio.Future[Any]", outcome: Outcome) -> None:
    result, error = outcome
    if error is None:
        done.set_result(result)
    else:
        done.set_exception(error)


def _break_off(thread: threading.Thread) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(BrokenOff))
