"""`python -m tests.mutants`: a seeded sample of mutants of the kit, each against the fast tests of its module."""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from deploy.local.children import Child
from deploy.local.platform import Platform
from deploy.local.temporary import temporary_state
from tests.attached import SETTING
from tests.bugs.patches import ROOT
from tests.bugs.scratch import Scratch, Unclean, assert_clean, commit, end_on_terminate, say, scratch
from tests.mutants.session import Session
from tests.mutants.suites import SUITES, command

CONFIG = "tests/mutants/cosmic-ray.toml"
LOOK_S = 0.5
CONTROL_S = 600


class Broken(Exception):
    """Without a mutant the tests are red, so that of a mutant they would say nothing."""


class Mutating:
    """Cosmic-ray at work in a scratch worktree, with one platform for all its runs of the tests."""

    def __init__(self, session: Session, made: Scratch, platform: Path) -> None:
        self.session = session
        self._scratch, self._tree = made, made.tree
        self._log = made.directory / "cosmic-ray.log"
        # What finds `python` there is the interpreter that runs this.
        path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        self._environment = {**made.environment, SETTING: str(platform), "PATH": path}

    def sample(self, size: int, seed: int) -> None:
        if self.session.path.exists():
            return
        fresh = Session(self._tree.parent / "fresh.sqlite")
        self._run("init", CONFIG, str(fresh.path)).succeed()
        fresh.keep_sample(size, seed, self._tree)
        shutil.move(fresh.path, self.session.path)

    def control(self) -> None:
        """The tests without a mutant. Raises Broken."""
        whole = self._child("the tests without a mutant", *command(list(SUITES)))
        whole.start()
        try:
            code = whole.ended(CONTROL_S)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            whole.stop()
        if code != 0:
            raise Broken(f"The tests are red without a mutant:\n{whole.tail()}")

    def test(self) -> None:
        """Tries what is left, telling of each as it is done."""
        told = {mutant.job for mutant in self.session.mutants() if mutant.outcome}
        working = self._run("exec", CONFIG, str(self.session.path))
        began = time.monotonic()
        try:
            while working.running:
                time.sleep(LOOK_S)
                began = self._tell(told, began)
            working.succeed()
        finally:
            working.kill()
            self._scratch.end_what_is_left()
        self._tell(told, began)

    def _tell(self, told: set[str], began: float) -> float:
        known = self.session.mutants()
        for mutant in known:
            if mutant.outcome and mutant.job not in told:
                told.add(mutant.job)
                say(f"{len(told)}/{len(known)} {mutant.outcome} {mutant.where} {time.monotonic() - began:.0f} s")
                began = time.monotonic()
        return began

    def _run(self, *arguments: str) -> Child:
        child = self._child("cosmic-ray", sys.executable, "-m", "cosmic_ray.cli", *arguments)
        child.start()
        return child

    def _child(self, name: str, *arguments: str) -> Child:
        return Child(name, list(arguments), self._log, self._environment, self._tree)


def main() -> int:
    arguments = _arguments()
    assert_clean()
    default = f"hirelog-mutants-{commit()[:12]}-{arguments.seed}-{arguments.sample}.sqlite"
    session = Session(arguments.session or Path(tempfile.gettempdir(), default))
    with scratch() as made, temporary_state() as state, Platform(state, fsync=False, kafka_heap="256m"):
        mutating = Mutating(session, made, state)
        mutating.control()
        mutating.sample(arguments.sample, arguments.seed)
        say(f"{len(session.mutants())} mutants; the session is {session.path}")
        began = time.monotonic()
        mutating.test()
        say(f"{time.monotonic() - began:.0f} s")
        # A mutant that has harmed the platform would have killed all that came after it.
        mutating.control()
    _report(session)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=200, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--session", type=Path, help="a file to keep results in; one that is there is gone on with")
    return parser.parse_args()


def _report(session: Session) -> None:
    """As the tool prints it; below, what it does not say."""
    report = ["-m", "cosmic_ray.tools.report", "--surviving-only", "--show-diff", str(session.path)]
    subprocess.run([sys.executable, *report], cwd=ROOT, check=True)
    mutants = session.mutants()
    killed = [mutant for mutant in mutants if mutant.killed]
    at_import = sum(mutant.at_import for mutant in killed)
    slow = sum(mutant.too_slow for mutant in killed)
    made = [mutant for mutant in mutants if mutant.outcome != "incompetent"]
    say(f"killed: {len(killed)} of {len(made)}; {at_import} of them could not be imported, {slow} took too long")
    say(f"not counted: {len(mutants) - len(made)} that cosmic-ray could not make")
    every, dead = Counter(mutant.module for mutant in made), Counter(mutant.module for mutant in killed)
    for module in sorted(every):
        say(f"{module}: {dead[module]}/{every[module]}")


if __name__ == "__main__":
    end_on_terminate()
    try:
        sys.exit(main())
    except (Unclean, Broken) as error:
        sys.exit(str(error))
