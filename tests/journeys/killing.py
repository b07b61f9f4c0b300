"""Killing one process of the system and bringing it back, as a crash and an operator would."""

import time
from pathlib import Path

from deploy.local.platform import Platform
from deploy.local.services import Services

GONE_S = 10


def kill_and_restart(name: str, platform: Platform, services: Services) -> None:
    """SIGKILL, then the same port and data. Returns when it is ready."""
    target: Platform | Services = platform if name in platform.children() else services
    left_behind = children((platform.children() | services.running)[name].pid)
    target.kill(name)
    # PostgreSQL's own children notice a moment later that it is gone, and hold its memory until then.
    deadline = time.monotonic() + GONE_S
    while any(_alive(pid) for pid in left_behind):
        assert time.monotonic() < deadline, f"{name} left processes behind: {left_behind}"
        time.sleep(0.02)
    target.restart(name)


def children(pid: int) -> list[int]:
    """The processes that this one has started and that are there yet; nothing where the system does not tell."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
