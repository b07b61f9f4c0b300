"""What a report was computed from and what it said, as digests that tell later whether both are the same."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from services.reporting.metrics.fact import Fact
from services.reporting.metrics.report import Report
from shared.events.ats.self_identification import SelfIdentificationRecorded
from shared.events.personal import Erased

Kept = npt.NDArray[np.uint8]
RULE = 3
"""By which a fact's digest is made (projections/digests). By the first two none is made
any more: the database did not make them then, or they said nothing of position and actor.
"""
ID, DIGEST = 16, 32
KEPT = 8
"""Bytes of each fact's digest: enough to see which one differs, once the root says that one does."""
NAME = 16
"""Bytes of the SHA-256 of what is kept of a part."""
NAMED = 100
Part = tuple[bytes, bytes]
"""Of some thousand facts whose ids follow each other: its name, and what is kept of it."""


class Root:
    """SHA-256 over ids and digests of facts, sorted by id."""

    def __init__(self) -> None:
        self._sha, self.facts = sha256(), 0
        self.names: list[bytes] = []
        self._open = np.empty((0, ID + KEPT), np.uint8)

    def add(self, facts: bytes) -> list[Part]:
        """The next ones: each id with its digest. Returns the parts that have ended.

        Where one ends is up to ids alone: where some facts come or go, all parts but one or two stay as they are.
        """
        self._sha.update(facts)
        each = np.frombuffer(facts, np.uint8).reshape(-1, ID + DIGEST)[:, : ID + KEPT]
        self.facts += len(each)
        last = np.flatnonzero((each[:, ID - 1] == 0) & (each[:, ID - 2] & 0x0F == 0)) + 1
        *ended, self._open = np.split(np.concatenate([self._open, each]), last + len(self._open))
        return [self._named(part) for part in ended]

    def end(self) -> list[Part]:
        """The last part, if there is one more."""
        return [self._named(self._open)] if len(self._open) else []

    @property
    def hex(self) -> str:
        return self._sha.hexdigest()

    def _named(self, part: Kept) -> Part:
        kept = part.tobytes()
        name = sha256(kept).digest()[:NAME]
        self.names.append(name)
        return name, kept


@dataclass(frozen=True)
class Differing:
    """Events whose facts are gone, have come, or say something else: how many, and the ids of some."""

    counts: Mapping[str, int]
    named: Mapping[str, Sequence[UUID]]

    @classmethod
    def of(cls, sealed: bytes, found: bytes) -> "Differing":
        """What is kept of parts that are not the same."""
        (was, said), (now, says) = _columns(sealed), _columns(found)
        _, before, after = np.intersect1d(was, now, return_indices=True)
        events = {
            "missing": np.delete(was, before),
            "added": np.delete(now, after),
            "changed": was[before][said[before] != says[after]],
        }
        return cls(
            {kind: len(ids) for kind, ids in events.items()},
            # numpy takes zeros at the end of a text for nothing.
            {kind: [UUID(bytes=of.ljust(ID, b"\0")) for of in ids[:NAMED].tolist()] for kind, ids in events.items()},
        )


def erased(facts: Iterable[Fact]) -> int:
    """How many of them tell nothing any more, since a key was destroyed."""
    told = (fact.event for fact in facts if isinstance(fact.event, SelfIdentificationRecorded))
    return sum(isinstance(event.value, Erased) for event in told)


def table(report: Report[Any, Any]) -> str:
    """The rows as JSON, the same text for the same rows."""
    rows = [cell.row.model_dump(mode="json") for cell in report.cells]
    return json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def answer(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _columns(kept: bytes) -> tuple[npt.NDArray[np.bytes_], npt.NDArray[np.bytes_]]:
    """Ids, sorted, and the beginnings of digests."""
    each = np.sort(np.frombuffer(kept, np.dtype([("id", f"S{ID}"), ("digest", f"S{KEPT}")])), order="id")
    return each["id"], each["digest"]
