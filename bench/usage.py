"""What processes take: resident memory and time of the processor, as Linux tells it."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident(pid: int) -> float:
    """MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6


def of_all(pid: int) -> list[float]:
    """MB of a process and of those that it started, as far as they are there."""
    try:
        return [resident(pid), *(held for child in _children(pid) for held in of_all(child))]
    except OSError:
        return []


def seconds(pid: int) -> float:
    """Of the processor, of a process and of those that it started, dead ones included."""
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / TICKS + sum(seconds(child) for child in _children(pid))


def _stat(pid: int) -> list[str]:
    """From the state on: the name before it may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
