"""The command line, as a person would use it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.state import ROOT, alive


@contextmanager
def started(state: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.local", "--state", str(state), *arguments],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def refusal(state: Path, **settings: str) -> str:
    """What `up` says when it does not start; one sentence, and an exit code that is not 0."""
    with started(state, "up", "--bare", **settings) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "Traceback" not in said
    return said.strip().splitlines()[-1]


def until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Ready"):
            return
    assert process.stderr is not None
    raise AssertionError(process.stderr.read())


def pids(state: Path) -> list[str]:
    parts = json.loads((state / "state.json").read_text())
    return [str(parts["kafka"]["pid"]), str(parts["postgres"]["pid"])]


def gone(processes: list[str]) -> bool:
    return not any(alive(pid) for pid in processes)


def awaited(condition: Callable[[], bool], timeout_s: float = 10) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return condition()
