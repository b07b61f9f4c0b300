"""Named places where a process can be made to die, stand still or fail, so that what follows can be tested."""

import os
import signal
from collections.abc import Mapping
from typing import Final

POINTS: Final = frozenset({
    "unit.writing", "unit.committed", "relay.sent", "relay.committed", "consumer.applied", "consumer.committed",
    "rebuild.folded",
})  # fmt: skip
"""`writing` and `applied` stand before a commit, `committed` after it, `sent` after the acknowledgements of Kafka."""
ACTIONS: Final = ("kill", "stop", "fail")

_armed: dict[str, tuple[str, int]] = {}


class Failed(RuntimeError):
    """What `fail` raises: a fault that no code knows."""


def parse(text: str) -> tuple[str, int]:
    """`kill`, `stop` or `fail`, with `:n` at the n-th time only; every later time for `fail`. Raises ValueError."""
    action, _, times = text.partition(":")
    if action not in ACTIONS or not (times or "1").isdecimal():
        raise ValueError(f"{text!r} is none of {', '.join(ACTIONS)}, nor one of them with :n behind it")
    return action, int(times or 1)


def checked(points: dict[str, str]) -> dict[str, str]:
    """The same. Raises ValueError naming what is possible."""
    if unknown := points.keys() - POINTS:
        raise ValueError(f"there is no failpoint {', '.join(sorted(unknown))}: choose from {', '.join(sorted(POINTS))}")
    for action in points.values():
        parse(action)
    return points


def arm(points: Mapping[str, str]) -> None:
    """Sets what happens where, for this process."""
    _armed.clear()
    _armed.update({name: parse(action) for name, action in points.items()})


def reach(name: str) -> None:
    """Does nothing unless the point is armed."""
    if name not in _armed:
        return
    action, left = _armed[name]
    if left > 1:
        _armed[name] = action, left - 1
        return
    if action == "fail":
        raise Failed(name)
    del _armed[name]
    os.kill(os.getpid(), signal.SIGKILL if action == "kill" else signal.SIGSTOP)
