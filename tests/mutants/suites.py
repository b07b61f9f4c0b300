"""The fast tests of each module that is mutated; as a program, runs those of the module that is changed now."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

TESTS = Path("shared/kit/tests")
SUITES = {
    "shared/kit/store.py": ("store", "writes", "locks", "timers"),
    "shared/kit/unit.py": ("store", "writes", "locks", "timers", "idempotency", "read_models"),
    "shared/kit/relay.py": ("relay", "catch_up"),
    "shared/kit/consumer.py": ("brake", "consumer"),
    "shared/kit/triage.py": ("triage", "consumer"),
    "shared/kit/progress.py": ("effects", "consumer"),
    "shared/kit/positions.py": ("consumer",),
    "shared/kit/parking.py": ("parking", "consumer"),
    "shared/kit/http/access.py": ("access",),
    "shared/kit/http/tokens.py": ("tokens",),
}
PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--timeout=60")


def command(modules: Sequence[str]) -> list[str]:
    """pytest with the tests of these modules, each file once."""
    names = dict.fromkeys(name for module in modules for name in SUITES[module])
    return [sys.executable, *PYTEST, *(str(TESTS / f"test_{name}.py") for name in names)]


def changed() -> list[str]:
    """The modules that differ from what is committed."""
    done = subprocess.run(["git", "diff", "--name-only", "HEAD"], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.split()


if __name__ == "__main__":
    if not (mutated := changed()):
        sys.exit("no module is changed: there is no mutant to be tested")
    os.execv(sys.executable, command(mutated))
