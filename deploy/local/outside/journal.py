"""The last records by key, in memory and as lines of JSON in a file."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

Record = TypeVar("Record", bound=BaseModel)

LINE_BYTES = 8 * 1024 * 1024


class JournalUnreadable(Exception):
    """A line that is not a record; the message names file and line, and what to do."""


class Journal(Generic[Record]):
    """Keeps the newest `limit` records; a later record takes the place of an earlier one of its key.

    What `put` has returned for survives the death of the process. The file never holds more than 2 * `limit` lines.
    """

    def __init__(self, path: Path, model: type[Record], key: Callable[[Record], str], limit: int = 10_000) -> None:
        self._path, self._model, self._key, self._limit = path, model, key, limit
        self._records: dict[str, Record] = {}
        self._lines = 0
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._read()

    def put(self, record: Record) -> None:
        """Raises pydantic's errors for a record that JSON cannot carry, OSError when the disk refuses."""
        self._append(_line(record))
        self._keep(record)
        if self._lines >= 2 * self._limit:
            self._compact()

    def get(self, key: str) -> Record | None:
        return self._records.get(key)

    def __iter__(self) -> Iterator[Record]:
        """Oldest first."""
        return iter(self._records.values())

    def __len__(self) -> int:
        return len(self._records)

    def last(self) -> Record | None:
        return next(reversed(self._records.values()), None)

    def _keep(self, record: Record) -> None:
        self._records[self._key(record)] = record
        if len(self._records) > self._limit:
            del self._records[next(iter(self._records))]

    def _append(self, line: bytes) -> None:
        end = os.fstat(self._fd).st_size
        written = 0
        try:
            written = os.write(self._fd, line)
        finally:
            # A disk that fills up must not leave half a line for the next record to be glued to.
            if written != len(line):
                os.ftruncate(self._fd, end)
        if written != len(line):
            raise OSError(f"Only {written} of {len(line)} bytes could be written to {self._path}; free some disk.")
        self._lines += 1

    def _read(self) -> None:
        whole = 0
        with self._path.open("rb") as file:
            while line := file.readline(LINE_BYTES):
                if not line.endswith(b"\n") and file.tell() == self._path.stat().st_size:
                    break
                self._lines += 1
                try:
                    self._keep(self._model.model_validate_json(line))
                except ValidationError as error:
                    raise JournalUnreadable(
                        f"Line {self._lines} of {self._path} is not a {self._model.__name__.lower()}; "
                        "delete the file to start empty."
                    ) from error
                whole = file.tell()
        # The process may have died while writing: the torn last line was never acknowledged.
        os.ftruncate(self._fd, whole)

    def _compact(self) -> None:
        fresh = self._path.with_suffix(".new")
        fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        with os.fdopen(os.dup(fd), "wb") as file:
            file.writelines(_line(record) for record in self)
        fresh.replace(self._path)
        os.close(self._fd)
        self._fd, self._lines = fd, len(self)


def _line(record: BaseModel) -> bytes:
    line = record.model_dump_json(by_alias=True).encode()
    # Nesting can be deep enough to be written and too deep to be read: one such line would cost the whole file.
    type(record).model_validate_json(line)
    return line + b"\n"
