"""The player's own record: one JSON line for each acknowledged step, on disk before the next one goes out."""

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

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
        path.parent.mkdir(parents=True, exist_ok=True)
        _drop_torn_line(path)
        self.entries: list[Entry] = []
        self.finished = False
        self._on_disk = 0
        self._syncing = asyncio.Lock()
        self._file = path.open("a")
        lines = list(_lines(path))
        if not lines:
            self.heading = Heading(uuid4().hex, seed, size, end)
            self._append({"ledger": FORMAT, **vars(self.heading), "end": end.isoformat()})
            self._sync()
            return
        first = lines[0]
        self.heading = Heading(first["run"], first["seed"], first["size"], datetime.fromisoformat(first["end"]))
        if (self.heading.seed, self.heading.size) != (seed, size):
            self._file.close()
            raise OtherHistory(
                f"History {self.heading.size}, seed {self.heading.seed}, has been played here: ask for that one, or "
                f"delete the data to play {size}, seed {seed}."
            )
        for line in lines[1:]:
            if "finished" in line:
                self.finished = True
            else:
                self.entries.append(_entry(line))
        self._on_disk = len(self.entries)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    async def write(self, entry: Entry) -> None:
        """Returns once the entry is on disk; those of one moment share a sync."""
        self._append({**vars(entry), "at": entry.at.isoformat() if entry.at else None})
        self.entries.append(entry)
        mine = len(self.entries)
        async with self._syncing:
            if self._on_disk < mine:
                everything = len(self.entries)
                await asyncio.to_thread(self._sync)
                self._on_disk = everything

    def finish(self) -> None:
        self._append({"finished": len(self.entries)})
        self._sync()
        self.finished = True

    def _append(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def _sync(self) -> None:
        os.fsync(self._file.fileno())


def read(path: Path) -> list[Entry]:
    """Every acknowledged step, in the order of acknowledgement."""
    return [_entry(line) for line in _lines(path) if "key" in line]


def _entry(line: dict[str, Any]) -> Entry:
    return Entry(**{**line, "at": datetime.fromisoformat(line["at"]) if line["at"] else None})


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as file:
        for line in file:
            yield json.loads(line)


def _drop_torn_line(path: Path) -> None:
    """A kill may leave half a line at the end: that step was never acknowledged to anybody."""
    if path.exists():
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)
