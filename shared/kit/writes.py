"""Writes of one unit as few SQL statements: one round trip for most, and no BEGIN and COMMIT around a single one."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import asyncpg

PLACE = re.compile(r"\$(\d+)")


class Write(NamedTuple):
    """A statement that changes one table; its places are $1, $2, …"""

    table: str
    sql: str
    arguments: Sequence[Any]

    async def run(self, connection: asyncpg.Connection) -> None:
        await connection.execute(self.sql, *self.arguments)


def joined(writes: Sequence[Write]) -> Iterator[tuple[str, list[Any]]]:
    """The statements to execute, in order, each with its arguments.

    Writes share a statement until a table comes again: within one, nobody promises which is carried out first.
    """
    share: list[Write] = []
    for write in writes:
        if any(write.table == other.table for other in share):
            yield _one(share)
            share = []
        share.append(write)
    if share:
        yield _one(share)


def _one(writes: Sequence[Write]) -> tuple[str, list[Any]]:
    if len(writes) == 1:
        return writes[0].sql, list(writes[0].arguments)
    text = _text(tuple([(write.sql, len(write.arguments)) for write in writes]))
    return text, [argument for write in writes for argument in write.arguments]


@lru_cache(maxsize=1_000)
def _text(parts: tuple[tuple[str, int], ...]) -> str:
    before = 0
    named = []
    for number, (sql, places) in enumerate(parts):
        named.append(f"w{number} AS ({_shifted(sql, before)})")
        before += places
    return f"WITH {', '.join(named)} SELECT"


def _shifted(sql: str, by: int) -> str:
    return PLACE.sub(lambda place: f"${int(place[1]) + by}", sql)
