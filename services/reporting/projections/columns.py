"""What is kept of all, in the memory of a process that answers: by columns, to look through a million at once."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
import numpy.typing as npt

from services.reporting.metrics.block import Block, Flags, Indexes, Items
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Subject
from services.reporting.metrics.fact import ERA
from services.reporting.metrics.keeping import FAMILIES, ITEM, LIFE, SPAN, WAYS, Keeps, read
from services.reporting.metrics.vocabulary import Vocabulary
from services.reporting.projections.words import SPOKEN

# A rebuild makes another table, and who begins anew empties it.
GENERATION = """
SELECT concat_ws('-', oid, 'public.kept'::regclass::oid, pg_relation_filenode('public.kept'),
    pg_relation_filenode('public.kept_words'))
FROM pg_database WHERE datname = current_database()
"""
CHANGED = """
SELECT left(kind, 1)::bytea || uuid_send(subject) AS key, life, items, change FROM kept WHERE change > $1
ORDER BY kind, subject
"""
KEY = "S17"
CHUNK = 20_000
TAIL = 0.1
"""Of all items: so many stand apart until they are put to the others."""
FAR = 2**31 - 1
LEFT_OUT = (False, True)
Moment = tuple[int, int]
"""How often it was begun anew, and how often something was read since."""
_Items = tuple[list[Block], list[tuple[int, Items]]]
"""Those sorted, and in which round what came since."""


def key_of(kind: Subject, of: UUID) -> bytes:
    """As in CHANGED: no two subjects begin with one letter."""
    return kind[:1].encode() + of.bytes


class Columns:
    def __init__(self) -> None:
        self._begun = 0
        self._begin_anew("")

    def _begin_anew(self, generation: str) -> None:
        self._begun += 1
        self._generation, self._change, self._round = generation, 0, 0
        self.words = Vocabulary()
        # The subjects of the first reading are sorted, and found so; those who came later by their place.
        self._sorted, self._later, self._many = 0, dict[bytes, int](), 0
        self._subjects = np.empty(0, KEY)
        self._written = np.empty(0, np.int32)
        self._lives = _Lives()
        # By way and whether they are left out.
        self._items: dict[tuple[str, bool], _Items] = {(name, left): ([], []) for name in WAYS for left in LEFT_OUT}

    async def of_these(self, connection: asyncpg.Connection) -> bool:
        """Whether what is held is of the tables that there are; before the first reading it is of none."""
        return bool(await connection.fetchval(GENERATION) == self._generation)

    async def follow(self, connection: asyncpg.Connection) -> None:
        """What was kept since; in a transaction that sees one moment."""
        try:
            await self._follow(connection)
        except BaseException:
            # Half of it is there, and would come again.
            self._begin_anew("")
            raise

    async def _follow(self, connection: asyncpg.Connection) -> None:
        generation: str = await connection.fetchval(GENERATION)
        if generation != self._generation:
            self._begin_anew(generation)
        self.words.learn([read(row["word"]) for row in await connection.fetch(SPOKEN, len(self.words) - 1)])
        first, change = not self._change, self._change
        cursor = await connection.cursor(CHANGED, change)
        while rows := await cursor.fetch(CHUNK):
            self.take(rows, first)
            change = max(change, max(row["change"] for row in rows))
        self._change = change

    @property
    def moment(self) -> Moment:
        return self._begun, self._round

    def unchanged(self, subjects: Indexes, since: Moment) -> bool:
        """Whether these are the same ones, and none of them was kept anew."""
        begun, round = since
        return begun == self._begun and not (self._written[subjects] > round).any()

    def indexes(self, kind: Subject, ids: Collection[UUID]) -> Indexes:
        """Of those of whom anything was ever kept."""
        found = self._found(np.array([key_of(kind, each) for each in ids], KEY))
        return found[found >= 0]

    def subjects(self, indexes: Indexes) -> list[UUID]:
        # numpy takes zeros at the end of a text for nothing.
        return [UUID(bytes=subject[1:].ljust(16, b"\0")) for subject in self._subjects[indexes].tolist()]

    def first(self, indexes: Indexes, after: bytes | None, few: int) -> list[UUID]:
        """Of these subjects, each perhaps more than once, the first few in the order of ids, from this one on."""
        sorted_ = indexes[indexes < self._sorted]
        if after is not None:
            sorted_ = sorted_[sorted_ >= np.searchsorted(self._subjects[: self._sorted], np.bytes_(after))]
        chosen = np.zeros(self._sorted, bool)
        chosen[sorted_] = True
        later = np.unique(indexes[indexes >= self._sorted])
        if after is not None:
            later = later[self._subjects[later] >= np.bytes_(after)]
        found = np.concatenate([np.flatnonzero(chosen)[:few].astype(np.int32), later])
        return self.subjects(found[np.argsort(self._subjects[found], kind="stable")[:few]])

    def blocks(self, way: Keeps) -> list[Block]:
        """Of all, older ones among them."""
        for left in LEFT_OUT:
            self._settle(way.name, left)
        return [block for left in LEFT_OUT for block in self._items[way.name, left][0]]

    def stand(self, block: Block, holds: Flags | None) -> Flags | None:
        """Which of its items are the newest of subjects of whom what is kept holds; None: all are."""
        newest = None if block.round == self._round else self._written[block.owner] <= block.round
        if holds is None:
            return newest
        return holds[block.owner] if newest is None else newest & holds[block.owner]

    def standing(self, way: Keeps, clocks: Clocks) -> tuple[Flags | None, Indexes]:
        """By subject, whether what is kept is what was so at these clocks; and of whom it is not, and was something.

        None: of all it is.
        """
        return self._lives.standing(way.family, self._many, clocks)

    def but(self, holds: Flags | None, others: Indexes) -> Flags | None:
        """The same without them."""
        if not len(others):
            return holds
        found = np.ones(self._many, bool) if holds is None else holds
        found[others] = False
        return found

    def take(self, rows: Sequence[Any], first: bool) -> None:
        """Sorted by subject; `first`: nothing is there but what such rows have brought."""
        index = self._indexes(np.frombuffer(b"".join(row["key"] for row in rows), KEY), first)
        # Of the first reading nobody comes twice.
        self._round += not first
        self._written[index] = self._round
        some = [bool(row["life"]) for row in rows]
        self._lives.write(index, index[some], np.frombuffer(b"".join(row["life"] for row in rows), LIFE))
        owner = np.repeat(index, [len(row["items"]) // ITEM.itemsize for row in rows])
        said = np.frombuffer(b"".join(row["items"] for row in rows), ITEM)
        for way in WAYS.values():
            for left in LEFT_OUT:
                of = self.words.of_way(way, left)[said["shape"]]
                if of.any():
                    self._items[way.name, left][1].append((self._round, Items.read(owner[of], said[of])))
                    if not first and self._later_than_many(way.name, left):
                        self._settle(way.name, left)

    def _later_than_many(self, way: str, left: bool) -> bool:
        """Whether more came since than need wait until somebody asks."""
        blocks, new = self._items[way, left]
        many = sum(len(items) for round, items in new if round)
        return many > CHUNK + TAIL * (
            len(blocks[0]) if blocks else sum(len(items) for round, items in new if not round)
        )

    def _settle(self, way: str, left: bool) -> None:
        """What came since to the others, once it is many, and else by itself."""
        blocks, new = self._items[way, left]
        if not new:
            return
        tail = Items.of([
            *(self._still(block.items(), block.round) for block in blocks[1:]),
            *(self._still(items, round) for round, items in new),
        ])  # fmt: skip
        if blocks and len(tail) <= TAIL * len(blocks[0]):
            whole = blocks[:1]
        else:
            tail, whole = Items.of([*(self._still(block.items(), block.round) for block in blocks[:1]), tail]), []
        # In one go: somebody who is broken off here would leave what is new behind twice.
        self._items[way, left] = [*whole, *([Block.of(left, self._round, tail)] if len(tail) else [])], []

    def _still(self, items: Items, round: int) -> Items:
        """Those that are the newest of their subjects."""
        return items.where(self._written[items.owner] <= round)

    def _found(self, subjects: npt.NDArray[np.bytes_]) -> Indexes:
        """-1 of who is new."""
        found = np.full(len(subjects), -1, np.int32)
        if self._sorted:
            at = np.minimum(np.searchsorted(self._subjects[: self._sorted], subjects), self._sorted - 1)
            same = self._subjects[at] == subjects
            found[same] = at[same]
        if self._later:
            for place in np.flatnonzero(found < 0):
                found[place] = self._later.get(subjects[place], -1)
        return found

    def _indexes(self, subjects: npt.NDArray[np.bytes_], first: bool) -> Indexes:
        found = self._found(subjects)
        new = np.flatnonzero(found < 0)
        if len(new):
            found[new] = np.arange(self._many, self._many + len(new), dtype=np.int32)
            self._make_room(len(new))
            self._subjects[found[new]] = subjects[new]
            self._many += len(new)
            if first:
                self._sorted = self._many
            else:
                self._later.update(zip(subjects[new].tolist(), found[new].tolist(), strict=True))
        return found

    def _make_room(self, more: int) -> None:
        """With some to spare: or each who is new would have all the others copied."""
        if self._many + more > len(self._subjects):
            spare = more + len(self._subjects) // 4
            self._subjects = np.concatenate([self._subjects, np.zeros(spare, KEY)])
            self._written = np.concatenate([self._written, np.zeros(spare, np.int32)])
            self._lives.make_room(spare)


class _Lives:
    """How far back what is kept holds, by subject; in seconds, see keeping."""

    def __init__(self) -> None:
        self._spans = {name: np.empty((len(FAMILIES), 0), np.int32) for name in SPAN.names or ()}
        self._heard_of, self._until = np.empty(0, np.int32), np.empty(0, np.int32)
        # From these clocks on everything holds, by family, and until when.
        self._occurred, self._known = np.full(len(FAMILIES), -FAR), np.full(len(FAMILIES), -FAR)
        self._first_until = FAR

    def make_room(self, more: int) -> None:
        for name, column in self._spans.items():
            self._spans[name] = np.concatenate([column, np.zeros((len(FAMILIES), more), np.int32)], axis=1)
        self._heard_of, self._until = (np.append(c, np.zeros(more, np.int32)) for c in (self._heard_of, self._until))

    def write(self, everybody: Indexes, some: Indexes, lives: npt.NDArray[np.void]) -> None:
        """Of some of them; of the others nothing is kept."""
        for name, otherwise in (("begins", FAR), ("occurred", -FAR), ("known", -FAR)):
            self._spans[name][:, everybody] = otherwise
            self._spans[name][:, some] = lives["spans"][name].T
        self._heard_of[everybody], self._until[everybody] = FAR, FAR
        self._heard_of[some], self._until[some] = lives["heard_of"], lives["until"]
        if len(some):
            self._occurred = np.maximum(self._occurred, lives["spans"]["occurred"].max(axis=0))
            self._known = np.maximum(self._known, lives["spans"]["known"].max(axis=0))
            self._first_until = min(self._first_until, int(lives["until"].min()))

    def standing(self, family: int, many: int, clocks: Clocks) -> tuple[Flags | None, Indexes]:
        as_of, known_at = _seconds(clocks.as_of), _seconds(clocks.known_at)
        if self._first_until <= as_of:
            # Those whose day had come may have been folded since.
            self._first_until = int(self._until[:many].min(initial=FAR))
        if self._occurred[family] <= as_of < self._first_until and self._known[family] <= known_at:
            return None, np.empty(0, np.int32)
        span = {name: column[family, :many] for name, column in self._spans.items()}
        holds = (span["occurred"] <= as_of) & (span["known"] <= known_at) & (as_of < self._until[:many])
        begun = (span["begins"] <= as_of) & (self._heard_of[:many] <= known_at)
        return holds, np.flatnonzero(begun & ~holds).astype(np.int32)


def _seconds(moment: datetime) -> int:
    return (moment - ERA) // timedelta(seconds=1)
