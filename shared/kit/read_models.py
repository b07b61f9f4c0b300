"""Inline projections: one table row per stream, a view of its state, written in the unit that changes it."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import Integer, Table

from shared.kit.aggregate import Aggregate
from shared.kit.writes import Write

S = TypeVar("S")


class ReadModel(Generic[S]):
    """`row` gives the columns of a state; the table also has an integer column `version`, the stream's.

    Rows hold no personal field: names are read from the stream, so that erasure needs no second place.
    """

    def __init__(self, aggregate: Aggregate[S], table: Table, row: Callable[[S], Mapping[str, Any]]) -> None:
        assert isinstance(table.c.version.type, Integer)
        self.aggregate = aggregate
        self.table = table
        self._row = row
        self._columns = [column.name for column in table.columns]

    def written(self, state: S, version: int, into: str | None = None) -> Write:
        """The row of this state, unless a later version stands there already."""
        values = {**self._row(state), "version": version}
        table = into or self.table.name
        return Write(table, self._upsert(table), [values[name] for name in self._columns])

    @cache  # noqa: B019  one of a kind, as long as the process
    def _upsert(self, table: str) -> str:
        keys = [column.name for column in self.table.primary_key]
        places = ", ".join(f"${i}" for i in range(1, len(self._columns) + 1))
        names = ", ".join(f'"{name}"' for name in self._columns)
        new = ", ".join(f'"{name}" = excluded."{name}"' for name in self._columns if name not in keys)
        return (
            f"INSERT INTO {table} AS live ({names}) VALUES ({places}) "  # noqa: S608
            f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {new} WHERE live.version < excluded.version"
        )
