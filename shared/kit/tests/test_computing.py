"""Work in a thread of its own ends with whoever waits for it."""

import asyncio
import contextvars
import itertools
import threading

import pytest

from shared.kit.computing import compute

WHO = contextvars.ContextVar("WHO", default="nobody")


async def test_it_returns_or_raises_what_the_work_does_and_knows_the_context() -> None:
    WHO.set("somebody")
    assert await compute(WHO.get) == "somebody"
    with pytest.raises(ZeroDivisionError):
        await compute(lambda: 1 // 0)


async def test_the_loop_goes_on_meanwhile() -> None:
    turned = threading.Event()
    asyncio.get_running_loop().call_later(0.01, turned.set)
    assert await compute(lambda: turned.wait(10))


@pytest.mark.parametrize("swallows", [False, True])
async def test_it_is_broken_off_where_the_waiting_task_is_cancelled(swallows: bool) -> None:
    counter, begun, caught, ran_in = itertools.count(), threading.Event(), [], []

    def endless() -> None:
        ran_in.append(threading.current_thread())
        begun.set()
        while True:
            try:
                while True:
                    next(counter)
            except BaseException as told:
                # As code that catches too much: it is told again.
                caught.append(told)
                if not swallows or len(caught) > 1:
                    raise

    task = asyncio.create_task(compute(endless))
    assert await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    [thread] = ran_in
    thread.join(10)
    assert not thread.is_alive()
    assert len(caught) == 1 + swallows


async def test_an_error_of_work_that_is_broken_off_is_nobody_s() -> None:
    begun = threading.Event()

    def fails() -> None:
        begun.set()
        try:
            while True:
                pass
        except BaseException:
            raise ValueError("while it was broken off") from None

    async def limited() -> None:
        async with asyncio.timeout(0.05):
            await compute(fails)

    with pytest.raises(TimeoutError):
        await limited()
    assert begun.is_set()
