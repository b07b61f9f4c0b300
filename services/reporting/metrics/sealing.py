"""What a report was computed from and what it said, as digests that tell later whether both are the same."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from services.reporting.metrics.fact import Fact
from services.reporting.metrics.report import Report
from shared.events.ats.self_identification import SelfIdentificationRecorded
from shared.events.personal import Erased

Digests = dict[UUID, bytes]
"""Of facts, by event id."""

# Never what was told: of a handful of values a digest would give away which, and erasure would change it.
OF_WHOM = frozenset({"person_id", "application_id", "category"})

KEPT = 8
"""Bytes of each fact's digest: enough to see which one differs, once the root says that one does."""


@dataclass(frozen=True)
class Differing:
    """Ids of events whose facts are gone, have come, or say something else."""

    missing: tuple[UUID, ...]
    added: tuple[UUID, ...]
    changed: tuple[UUID, ...]


def digests(facts: Iterable[Fact]) -> Digests:
    return {fact.id: _digest(fact) for fact in facts}


def erased(facts: Iterable[Fact]) -> int:
    """How many of them tell nothing any more, since a key was destroyed."""
    told = (fact.event for fact in facts if isinstance(fact.event, SelfIdentificationRecorded))
    return sum(isinstance(event.value, Erased) for event in told)


def root(of: Mapping[UUID, bytes]) -> str:
    """SHA-256 over ids and digests, sorted by id; in hex."""
    return sha256(b"".join(event.bytes + of[event] for event in sorted(of))).hexdigest()


def table(report: Report[Any, Any]) -> str:
    """The rows as JSON, the same text for the same rows."""
    rows = [cell.row.model_dump(mode="json") for cell in report.cells]
    return json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def answer(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def differing(sealed: Mapping[UUID, bytes], found: Mapping[UUID, bytes]) -> Differing:
    """`sealed` may hold the first bytes of each digest only."""
    both = sealed.keys() & found.keys()
    return Differing(
        missing=tuple(sorted(sealed.keys() - both)),
        added=tuple(sorted(found.keys() - both)),
        changed=tuple(sorted(event for event in both if not found[event].startswith(sealed[event]))),
    )


def _digest(fact: Fact) -> bytes:
    # Without defaults: a field that a contract gains later changes nothing of what was said before.
    only = set(OF_WHOM) if isinstance(fact.event, SelfIdentificationRecorded) else None
    said = fact.event.model_dump(mode="json", exclude_defaults=True, include=only)
    text = json.dumps([fact.event.wire_type, fact.occurred.isoformat(), said], sort_keys=True)
    return sha256(text.encode()).digest()
