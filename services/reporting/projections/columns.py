"""What is kept of everybody, in the memory of a process that answers: by columns, to look through a million at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
import numpy.typing as npt

from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.gathering import Said
from services.reporting.metrics.keeping import ERA, FAMILIES, ITEM, LIFE, WAYS, Keeps, Word, read
from services.reporting.projections.kept import SPOKEN

Indexes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

GENERATION = """
SELECT concat_ws('-', oid, 'public.kept'::regclass::oid) FROM pg_database WHERE datname = current_database()
"""
CHANGED = "SELECT uuid_send(person) AS person, lives, items, change FROM kept WHERE change > $1 ORDER BY person"
CHUNK = 20_000
TAIL = 0.1
"""Of all items: so many stand apart until they are put to the others."""
FAR = 2**31 - 1


@dataclass(frozen=True)
class Items(Said):
    """Of one way of counting. `owner`: the index of a person; `written`: in which round, the newest of theirs holds."""

    owner: Indexes
    written: Indexes

    def __len__(self) -> int:
        return len(self.owner)

    def where(self, chosen: Flags) -> "Items":
        return Items(*(getattr(self, each.name)[chosen] for each in fields(Items)))

    @staticmethod
    def of(parts: Sequence["Items"]) -> "Items":
        return Items(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Items)))


def _no_items() -> Items:
    none = np.empty(0, ITEM)
    nobody = np.empty(0, np.int32)
    return Items(owner=nobody, written=nobody, **_columns(none))


def _columns(of: npt.NDArray[np.void]) -> dict[str, npt.NDArray[Any]]:
    """Each field lies together, which is much faster to look through."""
    return {name: np.ascontiguousarray(of[name]) for name in ITEM.names or ()}


class Columns:
    def __init__(self) -> None:
        self._begin_anew("")

    def _begin_anew(self, generation: str) -> None:
        self._generation, self._change, self._round = generation, 0, 0
        self.words: list[Word] = []
        # The persons of the first reading are sorted, and found so; those who came later by their place.
        self._sorted, self._later, self._many = 0, dict[bytes, int](), 0
        self._persons = np.empty(0, "S16")
        self._written = np.empty(0, np.int32)
        self._lives = np.empty((len(FAMILIES), 0), LIFE)
        self._items = {name: _no_items() for name in WAYS}
        self._new: dict[str, list[Items]] = {name: [] for name in WAYS}

    async def follow(self, connection: asyncpg.Connection) -> None:
        """What was kept since; in a transaction that sees one moment."""
        generation: str = await connection.fetchval(GENERATION)
        if generation != self._generation:
            self._begin_anew(generation)
        self.words += [read(row["word"]) for row in await connection.fetch(SPOKEN, len(self.words) - 1)]
        first, change = not self._change, self._change
        cursor = await connection.cursor(CHANGED, change)
        while rows := await cursor.fetch(CHUNK):
            self.take(rows, first)
            change = max(change, max(row["change"] for row in rows))
        self._change = change

    def indexes(self, persons: Collection[UUID]) -> Indexes:
        """Of those of whom anything was ever kept."""
        found = self._found(np.array([person.bytes for person in persons], "S16"))
        return found[found >= 0]

    def persons(self, indexes: Indexes) -> list[UUID]:
        # numpy takes zeros at the end of a text for nothing.
        return [UUID(bytes=person.ljust(16, b"\0")) for person in self._persons[indexes].tolist()]

    def by_person(self, indexes: Indexes) -> npt.NDArray[np.bytes_]:
        """In the order of ids."""
        return self._persons[indexes]

    def items(self, way: Keeps) -> list[Items]:
        """Of everybody, in parts; older ones among them."""
        new = self._new[way.name]
        if len(new) > 1:
            self._new[way.name] = new = [Items.of(new)]
        if new and len(new[0]) > TAIL * len(self._items[way.name]):
            whole = Items.of([self._items[way.name], *new])
            self._items[way.name], self._new[way.name] = whole.where(self.newest(whole)), []
        return [self._items[way.name], *self._new[way.name]]

    def newest(self, items: Items) -> Flags:
        newest: Flags = self._written[items.owner] == items.written
        return newest

    def standing(self, way: Keeps, clocks: Clocks) -> tuple[Flags, Indexes]:
        """By person, whether what is kept is what was so at these clocks; and of whom it is not, and was something."""
        life = self._lives[way.family, : self._many]
        as_of, known_at = _seconds(clocks.as_of), _seconds(clocks.known_at)
        holds = (life["occurred"] <= as_of) & (life["known"] <= known_at) & (as_of < life["until"])
        begun = (life["begins"] <= as_of) & (life["heard_of"] <= known_at)
        return holds, np.flatnonzero(begun & ~holds).astype(np.int32)

    def take(self, rows: Sequence[Any], first: bool) -> None:
        """Sorted by person; `first`: nothing is there but what such rows have brought."""
        self._round += 1
        index = self._indexes(np.frombuffer(b"".join(row["person"] for row in rows), "S16"), first)
        self._written[index] = self._round
        self._lives["begins"][:, index] = FAR
        self._lives["until"][:, index] = -FAR
        owner = np.repeat(index, [len(row["lives"]) // LIFE.itemsize for row in rows])
        lives = np.frombuffer(b"".join(row["lives"] for row in rows), LIFE)
        self._lives[lives["family"], owner] = lives
        owner = np.repeat(index, [len(row["items"]) // ITEM.itemsize for row in rows])
        said = np.frombuffer(b"".join(row["items"] for row in rows), ITEM)
        numbers = np.array([WAYS[word[0]].number if word[0] in WAYS else -1 for word in self.words], np.int32)
        ways = numbers[said["shape"]] if len(said) else np.empty(0, np.int32)
        for way in WAYS.values():
            of = ways == way.number
            if of.any():
                own = said[of]
                written = np.full(len(own), self._round, np.int32)
                self._new[way.name].append(Items(owner=owner[of], written=written, **_columns(own)))

    def _found(self, persons: npt.NDArray[np.bytes_]) -> Indexes:
        """-1 of who is new."""
        found = np.full(len(persons), -1, np.int32)
        if self._sorted:
            at = np.minimum(np.searchsorted(self._persons[: self._sorted], persons), self._sorted - 1)
            same = self._persons[at] == persons
            found[same] = at[same]
        if self._later:
            for place in np.flatnonzero(found < 0):
                found[place] = self._later.get(persons[place], -1)
        return found

    def _indexes(self, persons: npt.NDArray[np.bytes_], first: bool) -> Indexes:
        found = self._found(persons)
        new = np.flatnonzero(found < 0)
        if len(new):
            found[new] = np.arange(self._many, self._many + len(new), dtype=np.int32)
            self._make_room(len(new))
            self._persons[found[new]] = persons[new]
            self._many += len(new)
            if first:
                self._sorted = self._many
            else:
                self._later.update(zip(persons[new].tolist(), found[new].tolist(), strict=True))
        return found

    def _make_room(self, more: int) -> None:
        """With some to spare: or each who is new would have all the others copied."""
        if self._many + more > len(self._persons):
            spare = more + len(self._persons) // 4
            self._persons = np.concatenate([self._persons, np.zeros(spare, "S16")])
            self._written = np.concatenate([self._written, np.zeros(spare, np.int32)])
            self._lives = np.concatenate([self._lives, np.zeros((len(FAMILIES), spare), LIFE)], axis=1)


def _seconds(moment: datetime) -> int:
    return (moment - ERA) // timedelta(seconds=1)
