"""A scratch worktree of HEAD, and the tests run in it: bounded, and with nothing left behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from deploy.local.children import Child
from tests.bugs.patches import ROOT

END_S = 60
TOOLS = ".tools"
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--ignore=tests/bugs", "-o", "junit_family=xunit1")


class Unclean(Exception):
    """What is not committed would not be in the scratch worktree, so nothing could be said of it."""


def assert_clean() -> None:
    """Raises Unclean."""
    changes = _git("status", "--porcelain")
    if changes:
        raise Unclean(f"The working tree has changes; commit or remove them first:\n{changes}")


def commit() -> str:
    """The full name of HEAD."""
    return _git("rev-parse", "HEAD")


@dataclass(frozen=True)
class Red:
    """A test that failed, or could not be set up (`error`), and the first line of why."""

    test: str
    why: str
    error: bool

    @property
    def uncollected(self) -> bool:
        """It is a file that can't be imported; with -x pytest ends as it does for a test that failed."""
        return self.error and self.why == "collection failure"


@dataclass(frozen=True)
class Run:
    """`code` is pytest's, None for a run that was ended because it took too long; `end` is how its output ended."""

    code: int | None
    red: Sequence[Red]
    seconds: float
    end: str


@dataclass(frozen=True)
class Scratch:
    """`tree` is the worktree; temporary files of what runs there go beside it."""

    directory: Path

    @property
    def tree(self) -> Path:
        return self.directory / "tree"

    @property
    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(self.tree), "TMPDIR": str(self.directory / "temporary")}

    def pytest(self, *arguments: str, most_s: float) -> Run:
        """Runs the tests with the tree's own configuration."""
        report = self.directory / "report.xml"
        report.unlink(missing_ok=True)
        child = Child(
            "pytest", [sys.executable, *PYTEST, f"--junitxml={report}", *arguments], self.directory / "pytest.log",
            self.environment, self.tree, on_stop=signal.SIGINT,
        )  # fmt: skip
        began = time.monotonic()
        child.start()
        try:
            code = child.ended(most_s)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            child.stop(END_S)
            self.end_what_is_left()
        return Run(code, _red(report) if report.exists() else [], time.monotonic() - began, child.tail())

    def end_what_is_left(self) -> None:
        """Children of tests die with them; this finds those that were not started so, where the system tells."""
        mark = f"TMPDIR={self.directory}".encode()
        for environment in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in environment.read_bytes():
                    os.kill(int(environment.parent.name), signal.SIGKILL)
            except OSError:
                continue


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Removed at the end."""
    directory = Path(tempfile.mkdtemp(prefix="hirelog-scratch-"))
    made = Scratch(directory)
    # PostgreSQL's account must reach its data when the tests run as root.
    directory.chmod(0o711)
    (directory / "temporary").mkdir(mode=0o711)
    try:
        _git("worktree", "add", "--quiet", "--detach", str(made.tree), "HEAD")
        # Else the first command there would say that it fetches them, and a test that reads what it says be red.
        if (ROOT / TOOLS).exists():
            (made.tree / TOOLS).symlink_to(ROOT / TOOLS)
        yield made
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        _git("worktree", "prune")


def end_on_terminate() -> None:
    """SIGTERM ends this process as Ctrl-C does: with everything put away."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _red(report: Path) -> list[Red]:
    found = []
    for case in ElementTree.parse(report).iter("testcase"):
        for kind in ("failure", "error"):
            if (how := case.find(kind)) is not None:
                lines = (how.get("message") or "").splitlines() or [""]
                found.append(Red(_id(case.attrib), lines[0], kind == "error"))
    return found


def _id(case: Mapping[str, str]) -> str:
    return f"{case['file']}::{case['name']}" if "file" in case else case["name"]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.rstrip()
