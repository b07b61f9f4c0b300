"""kept_words: the words of what is kept, each by its number, whoever is the first to say it."""

import asyncpg
from sqlalchemy import Column, Integer, String, Table

from services.reporting.metrics.keeping import Word, read, written
from services.reporting.projections import metadata

WORDS = Table(
    "kept_words", metadata, Column("number", Integer, primary_key=True, autoincrement=False),
    Column("word", String, nullable=False),
)  # fmt: skip
SPEAKING = "SELECT pg_advisory_xact_lock(hashtextextended('reporting.kept.words', 0))"
# What it was truncated to, or swapped for, is another table.
SPEAKERS = "SELECT concat_ws('-', 'kept_words'::regclass::oid, pg_relation_filenode('kept_words'))"
SPOKEN = "SELECT number, word FROM kept_words WHERE number > $1 ORDER BY number"
SPEAK = "INSERT INTO kept_words (number, word) SELECT * FROM unnest($1::int[], $2::text[])"


class Words:
    """What stands in kept_words, by word, and what is new."""

    def __init__(self) -> None:
        self._numbers: dict[Word, int] = {}
        self._new: list[Word] = []
        self._table = ""

    def number(self, word: Word) -> int:
        if (number := self._numbers.get(word)) is None:
            self._numbers[word] = number = len(self._numbers)
            self._new.append(word)
        return number

    async def hear(self, connection: asyncpg.Connection) -> bool:
        """Those that others have added, and whether there were any; what was never written is forgotten."""
        for word in self._new:
            del self._numbers[word]
        self._new = []
        if (table := await connection.fetchval(SPEAKERS)) != self._table:
            self._table, self._numbers = table, {}
        added = await connection.fetch(SPOKEN, len(self._numbers) - 1)
        for row in added:
            self._numbers[read(row["word"])] = row["number"]
        return bool(added)

    async def say(self, connection: asyncpg.Connection) -> bool:
        """Those that are new; false where others have given their numbers to other words meanwhile."""
        if new := [*self._new]:
            await connection.execute(SPEAKING)
            if await self.hear(connection):
                return False
            numbers = [self.number(word) for word in new]
            await connection.execute(SPEAK, numbers, [written(word) for word in new])
        return True

    def all(self) -> list[Word]:
        return list(self._numbers)

    def said(self) -> None:
        """They are committed."""
        self._new = []
