"""`python -m bench NAME` runs one bench, `python -m bench all` each after the other, with a summary at the end."""

import re
import subprocess
import sys

from rich.console import Console
from rich.table import Table

NAMES = (
    "append", "append-limit", "relay", "project", "rebuild", "faust", "latency", "http", "growth", "memory", "reports",
    "replay",
)  # fmt: skip
LAST = re.compile(r"^\S+: ratio (\S+) \((.*)\)$")


def run(name: str) -> tuple[int, str]:
    """In a process of its own, so that none inherits another's memory; returns its code and its last line."""
    command = [sys.executable, "-m", f"bench.{name.replace('-', '_')}"]
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    return process.returncode, last


def run_all() -> int:
    table, failed = Table("bench", "ratio", "figures"), 0
    for name in NAMES:
        print(f"\n{name}", flush=True)
        code, last = run(name)
        found = LAST.match(last)
        failed += code != 0
        if code == 0 and found:
            table.add_row(name, *found.groups())
        else:
            table.add_row(name, "", f"did not end well: code {code}")
    Console().print(table)
    return int(failed > 0)


def main() -> int:
    if sys.argv[1:] == ["all"]:
        return run_all()
    if len(sys.argv) != 2 or sys.argv[1] not in NAMES:
        print(f"python -m bench {' | '.join((*NAMES, 'all'))}", file=sys.stderr)
        return 2
    return run(sys.argv[1])[0]


if __name__ == "__main__":
    sys.exit(main())
