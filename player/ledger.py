"""The player's own record: one JSON line for each acknowledged step, on disk before the next one goes out."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from player.lines import Lines, lines

FORMAT = 1


class OtherHistory(Exception):
    """The ledger is of another history: its sentence says which, and what to do."""


@dataclass(frozen=True)
class Entry:
    """`of`: the id that the path named; `said`: the body (of a look: its query) with ids; `at`: None for now."""

    key: str
    what: str
    id: str
    at: datetime | None
    by: str
    of: str | None
    said: dict[str, Any]


@dataclass(frozen=True)
class Heading:
    """Which history this is. `run` makes the Idempotency-Keys; with another `end` it would be another plan."""

    run: str
    seed: int
    size: str
    end: datetime


class Ledger:
    """Append-only; what stands in it is acknowledged. Opening one that exists goes on with it."""

    def __init__(self, path: Path, seed: int, size: str, end: datetime) -> None:
        """Raises OtherHistory when the file holds another seed or size; `end` counts for a new one only."""
        self.entries: list[Entry] = []
        self.finished = False
        self._lines = Lines(path)
        found = list(lines(path))
        if not found:
            self.heading = Heading(uuid4().hex, seed, size, end)
            self._lines.append({"ledger": FORMAT, **vars(self.heading), "end": end.isoformat()})
            self._lines.sync()
            return
        first = found[0]
        self.heading = Heading(first["run"], first["seed"], first["size"], datetime.fromisoformat(first["end"]))
        if (self.heading.seed, self.heading.size) != (seed, size):
            self._lines.close()
            raise OtherHistory(
                f"History {self.heading.size}, seed {self.heading.seed}, has been played here: ask for that one, or "
                f"delete the data to play {size}, seed {seed}."
            )
        for line in found[1:]:
            if "finished" in line:
                self.finished = True
            else:
                self.entries.append(_entry(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()

    async def write(self, entry: Entry) -> None:
        """Returns once the entry is on disk; those of one moment share a sync."""
        self.entries.append(entry)
        await self._lines.write({**vars(entry), "at": entry.at.isoformat() if entry.at else None})

    def finish(self) -> None:
        self._lines.append({"finished": len(self.entries)})
        self._lines.sync()
        self.finished = True


def read(path: Path) -> list[Entry]:
    """Every acknowledged step, in the order of acknowledgement."""
    return [_entry(line) for line in lines(path) if "key" in line]


def _entry(line: dict[str, Any]) -> Entry:
    return Entry(**{**line, "at": datetime.fromisoformat(line["at"]) if line["at"] else None})
