"""A file of JSON lines that are on disk when they are said to be: what a ledger is made of."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Lines:
    """Append-only. Opening a file drops half a line that a kill left at its end: nobody was told that it was there."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _drop_torn_line(path)
        self._file = path.open("a")
        self._written = self._on_disk = 0
        self._syncing = asyncio.Lock()

    def append(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        self._written += 1

    async def write(self, line: dict[str, Any]) -> None:
        """Returns once the line is on disk; those of one moment share a sync."""
        self.append(line)
        mine = self._written
        async with self._syncing:
            if self._on_disk < mine:
                everything = self._written
                await asyncio.to_thread(self.sync)
                self._on_disk = everything

    def sync(self) -> None:
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Each line of the file."""
    with path.open() as file:
        for line in file:
            yield json.loads(line)


def _drop_torn_line(path: Path) -> None:
    if path.exists():
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)
