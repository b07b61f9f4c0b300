"""Items of many persons in columns, sorted so that what counts alike lies together."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from services.reporting.metrics.keeping import ITEM

Indexes = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Items:
    """As they were read. `owner`: the index of the person."""

    owner: Indexes
    shape: npt.NDArray[np.int32]
    values: npt.NDArray[np.int32]
    variants: npt.NDArray[np.uint64]
    at: npt.NDArray[np.int64]
    took: npt.NDArray[np.int64]
    flags: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.owner)

    @staticmethod
    def read(owner: Indexes, said: npt.NDArray[np.void]) -> "Items":
        return Items(owner, *(_short(np.ascontiguousarray(said[name])) for name in ITEM.names or ()))

    def where(self, chosen: Flags) -> "Items":
        return Items(*(getattr(self, each.name)[chosen] for each in fields(Items)))

    @staticmethod
    def of(parts: Sequence["Items"]) -> "Items":
        return Items(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Items)))


@dataclass(frozen=True)
class Block:
    """Items of one way of counting, all counted or all `left` out, sorted by shape, by values and by when.

    Those alike in shape and values are a run: `shapes` and `values` are by run, `starts` where each begins, and where
    the last one ends. Each was its person's newest in that `round`.
    """

    left: bool
    round: int
    shapes: npt.NDArray[np.int32]
    values: npt.NDArray[np.int32]
    starts: Places
    owner: Indexes
    variants: npt.NDArray[np.uint64]
    at: npt.NDArray[np.int64]
    took: npt.NDArray[np.int64]
    flags: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.owner)

    @staticmethod
    def of(left: bool, round: int, items: Items) -> "Block":
        order = np.lexsort((items.at, items.values, items.shape))
        shape, values = items.shape[order], items.values[order]
        changes = (shape[1:] != shape[:-1]) | (values[1:] != values[:-1])
        starts = np.concatenate([[0], np.flatnonzero(changes) + 1, [len(order)]])
        columns = (items.variants, items.at, items.took, items.flags)
        return Block(
            left, round, shape[starts[:-1]], values[starts[:-1]], starts, items.owner[order],
            *(_short(column if alike(column) else column[order]) for column in columns),
        )  # fmt: skip

    def items(self) -> Items:
        """To be sorted with others."""
        lengths = np.diff(self.starts)
        return Items(
            self.owner, np.repeat(self.shapes, lengths), np.repeat(self.values, lengths),
            self.variants, self.at, self.took, self.flags,
        )  # fmt: skip

    def count(self, chosen: Flags | None) -> Places:
        """By run; None: all of them."""
        if chosen is None:
            return np.diff(self.starts)
        counted: Places = np.add.reduceat(chosen, self.starts[:-1], dtype=np.int64)
        return counted


def alike(column: npt.NDArray[Any]) -> bool:
    """Whether it is one value for all items."""
    return column.strides == (0,)


def _short(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Takes no memory where all are alike, as most of what is left out."""
    return np.broadcast_to(column[:1].copy(), column.shape) if (column == column[0]).all() else column
