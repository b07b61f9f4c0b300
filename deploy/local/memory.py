"""How much memory a process and all that it started hold, shared pages counted once."""

from collections import defaultdict
from pathlib import Path


def resident_bytes(pid: int) -> int | None:
    """Of the whole tree below and with `pid`; None where the system does not tell (only Linux does)."""
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    children: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended in between
            continue
        children[parent].append(int(stat.parent.name))
    tree, found = [pid], 0
    while tree:
        one = tree.pop()
        tree += children[one]
        found += _proportional(one)
    return found


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
