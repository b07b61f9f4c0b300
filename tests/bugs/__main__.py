"""`python -m tests.bugs`: each seeded bug in a worktree of its own, where the ordinary tests must find it."""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bugs.patches import BLIND, HERE, DoesNotApply, Patch, patches
from tests.bugs.scratch import Run, Scratch, Unclean, assert_clean, end_on_terminate, say, scratch

FAILED = 1
MOST_S = 1_500
CONTROL_S = 400
DOUBTFUL = 4


@dataclass(frozen=True)
class Verdict:
    """`caught_by` is None for a bug that survived; `why` is how the test failed, or why none counts."""

    patch: Patch
    caught_by: str | None
    why: str
    seconds: float


@dataclass
class Control:
    """The same tree without a bug: a test that is red there as well has caught nothing."""

    scratch: Scratch
    _green: dict[str, bool] = field(default_factory=dict)

    def is_green(self, test: str) -> bool:
        if test not in self._green:
            self._green[test] = self.scratch.pytest(test, most_s=CONTROL_S).code == 0
        return self._green[test]


def main() -> int:
    arguments = _arguments()
    chosen = patches(arguments.only.split(",") if arguments.only else (), BLIND if arguments.blind else HERE)
    if arguments.check:
        return _check(chosen)
    assert_clean()
    verdicts = []
    with scratch() as unharmed:
        control = Control(unharmed)
        for patch in chosen:
            verdicts.append(_tried(patch, control, arguments.most))
            say(_line(verdicts[-1]))
    caught = sum(verdict.caught_by is not None for verdict in verdicts)
    say(f"\n{_table(verdicts)}\n\ncaught {caught}/{len(verdicts)}")
    return int(caught < len(verdicts))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bugs", description=__doc__)
    parser.add_argument("--only", metavar="NN,NN", help="numbers or names of patches, instead of all")
    parser.add_argument("--blind", action="store_true", help="those that were written without a look at the tests")
    parser.add_argument(
        "--check", action="store_true", help="only see whether they apply and leave Python; runs nothing"
    )
    parser.add_argument("--most", type=float, default=MOST_S, metavar="SECONDS", help="for the tests of one patch")
    return parser.parse_args()


def _check(chosen: Sequence[Patch]) -> int:
    wrong = 0
    for patch in chosen:
        try:
            patch.check()
        except (DoesNotApply, SyntaxError) as error:
            say(f"{patch.name}: {error}")
            wrong += 1
    say(f"{len(chosen) - wrong} of {len(chosen)} patches apply")
    return int(wrong > 0)


def _tried(patch: Patch, control: Control, most_s: float) -> Verdict:
    began, doubtful = time.monotonic(), list[str]()

    def verdict(caught_by: str | None, why: str) -> Verdict:
        return Verdict(patch, caught_by, why, time.monotonic() - began)

    with scratch() as harmed:
        patch.apply(harmed.tree)
        while len(doubtful) < DOUBTFUL:
            run = harmed.pytest("-x", *(f"--deselect={test}" for test in doubtful), most_s=most_s)
            if run.code != FAILED or not run.red:
                return verdict(None, _unclear(run))
            first = run.red[0]
            if first.uncollected:
                return verdict(None, f"{first.test} can't be imported: no bug, but no Python")
            # Red with the bug, and again; green without it: else it was the machine, and the next red test may know.
            if harmed.pytest(first.test, most_s=CONTROL_S).code == FAILED and control.is_green(first.test):
                return verdict(first.test, f"in its set-up: {first.why}" if first.error else first.why)
            doubtful.append(first.test)
    return verdict(None, f"red without the bug too, or only once with it: {', '.join(doubtful)}")


def _unclear(run: Run) -> str:
    if run.code == 0:
        return "no test is red"
    return f"the tests {'took too long' if run.code is None else f'ended with code {run.code}'}: {run.end[-500:]}"


def _line(verdict: Verdict) -> str:
    found = f"caught by {verdict.caught_by}" if verdict.caught_by else "SURVIVED"
    return f"{verdict.patch.name}: {found} ({verdict.why[:120]}) {verdict.seconds:.0f} s"


def _table(verdicts: Sequence[Verdict]) -> str:
    rows = [
        (
            verdict.patch.name, verdict.patch.what, ", ".join(map(str, verdict.patch.rows)),
            ", ".join(verdict.patch.invariants), f"`{verdict.caught_by}`" if verdict.caught_by else "**survived**",
            f"{verdict.seconds:.0f}",
        )
        for verdict in verdicts
    ]  # fmt: skip
    head = ("patch", "what is broken", "rows", "invariants", "caught by", "seconds")
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows))


if __name__ == "__main__":
    end_on_terminate()
    try:
        sys.exit(main())
    except (Unclean, DoesNotApply, ValueError) as error:
        sys.exit(str(error))
