"""A check: what it means, what to do next, and the query whose rows are the events that show it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import asyncpg
from sqlalchemy import BigInteger, Integer, Select, String, Uuid, column, func, select, text
from sqlalchemy.sql.selectable import Subquery

from services.reporting.metrics.clocks import corrections
from shared.kit.database import Database

WITHIN_MS = 3_000


@dataclass(frozen=True)
class Check:
    """`sql` gives columns as COLUMNS has them and `detail`, each event at most once."""

    id: str
    title: str
    means: str
    next_step: str
    sql: str

    @cached_property
    def found(self) -> Subquery:
        # A colon would begin a parameter, and there are none.
        return (
            text(self.sql.replace(":", r"\:"))
            .columns(
                column("event_id", Uuid), column("type", String), column("stream", String), column("version", Integer),
                column("topic", String), column("partition", Integer), column("offset", BigInteger),
                column("detail", String),
            )
            .subquery("found")
        )  # fmt: skip

    @property
    def rows(self) -> Select[Any]:
        return select(self.found)

    async def count(self, database: Database, within_ms: int) -> int | None:
        """None where counting takes too long."""
        try:
            [row] = await database.rows(select(func.count()).select_from(self.found), within_ms)
        except asyncpg.QueryCanceledError:
            return None
        return int(row[0])


def columns(of: str) -> str:
    """An event's columns, of a table named so in the query."""
    names = ("event_id", "type", "stream", "version", "topic", "partition", '"offset"')
    return ", ".join(f"{of}.{name}" for name in names)


def told(*types: str) -> str:
    """Begins a query: `told` are the events of these types, or of all, each when it occurred as far as is known now."""
    some = f"WHERE f.type IN ({listed(types)})" if types else ""
    return f"""
    WITH corrected AS (
        SELECT DISTINCT ON ((data ->> 'event_id')::uuid) (data ->> 'event_id')::uuid AS event_id,
            (data ->> 'new')::timestamptz AS occurred
        FROM facts WHERE type IN ({listed(model.wire_type for model in corrections())})
        ORDER BY (data ->> 'event_id')::uuid, known DESC, position DESC
    ), told AS (
        SELECT {columns("f")}, f.data, coalesce(c.occurred, f.occurred) AS occurred,
            CASE WHEN c.event_id IS NULL THEN f.precision ELSE 'instant' END AS precision
        FROM facts f LEFT JOIN corrected c ON c.event_id = f.event_id {some}
    )
    """  # noqa: S608


def listed(types: Iterable[str]) -> str:
    return ", ".join(f"'{wire_type}'" for wire_type in types)


def earlier(one: str, other: str) -> str:
    """Whether one occurred before the other. A bare day is its noon: within a day of it nothing can be told."""
    return (
        f"({one}.occurred < {other}.occurred AND NOT ('day' IN ({one}.precision, {other}.precision) "
        f"AND {other}.occurred - {one}.occurred < interval '1 day'))"
    )
