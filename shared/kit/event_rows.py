"""An event as a row of the events table: its columns, its metadata, its hash, its envelope."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple, Protocol
from uuid import UUID

import asyncpg

from shared.events.envelope import Envelope, Precision, wire_time

COLUMNS = (
    "position, id, stream, version, type, schema_version, key, occurred, recorded, data::text, metadata::text, hash"
)
ENCODE = json.JSONEncoder(ensure_ascii=False).encode


class Circumstances(Protocol):
    """What an event's metadata say: of a unit's context before it is written, of its envelope ever after."""

    @property
    def actor(self) -> str: ...
    @property
    def correlation(self) -> UUID: ...
    @property
    def causation(self) -> UUID | None: ...
    @property
    def on_behalf_of(self) -> str | None: ...
    @property
    def precision(self) -> Precision: ...
    @property
    def traceparent(self) -> str | None: ...


class EventRow(NamedTuple):
    """As it is inserted; `data` and `metadata` are JSON as stored."""

    id: UUID
    category: str
    stream: str
    version: int
    type: str
    schema_version: int
    key: str
    occurred: datetime
    data: str
    metadata: str
    previous: bytes
    hash: bytes


class Facts(NamedTuple):
    """What the hash covers besides the event before, data and metadata. `occurred` as on the wire."""

    id: UUID
    stream: str
    version: int
    type: str
    schema_version: int
    key: str
    occurred: str


def metadata_of(about: Circumstances) -> str:
    values = {
        "actor": about.actor,
        "correlation": str(about.correlation),
        "causation": str(about.causation) if about.causation else None,
        "on_behalf_of": about.on_behalf_of,
        "precision": about.precision,
        "traceparent": about.traceparent,
    }
    return json.dumps({name: value for name, value in values.items() if value is not None})


def chained(previous: bytes, facts: Facts, data: str, metadata: str) -> bytes:
    """The hash of an event: over the one before it, its own attributes and its data as stored (ciphertext)."""
    return hashlib.sha256(previous + ENCODE([*map(str, facts), data, metadata]).encode()).digest()


def row_of(envelope: Envelope, data: str, previous: bytes) -> EventRow:
    """The row that an event on the log was read from."""
    metadata = metadata_of(envelope)
    facts = Facts(
        envelope.id, envelope.stream, envelope.version, envelope.type, envelope.schema_version, envelope.key,
        wire_time(envelope.occurred),
    )  # fmt: skip
    return EventRow(
        envelope.id, envelope.category, envelope.stream, envelope.version, envelope.type, envelope.schema_version,
        envelope.key, envelope.occurred, data, metadata, previous, chained(previous, facts, data, metadata),
    )  # fmt: skip


def envelope_of(row: asyncpg.Record, service: str) -> Envelope:
    """Of a row read with COLUMNS."""
    metadata = json.loads(row["metadata"])
    causation = metadata.get("causation")
    return Envelope(
        id=row["id"],
        type=row["type"],
        source=f"urn:hirelog:{service}",
        stream=row["stream"],
        version=row["version"],
        position=row["position"],
        schema_version=row["schema_version"],
        key=row["key"],
        occurred=row["occurred"],
        recorded=row["recorded"],
        actor=metadata["actor"],
        correlation=UUID(metadata["correlation"]),
        causation=UUID(causation) if causation else None,
        on_behalf_of=metadata.get("on_behalf_of"),
        precision=metadata.get("precision", "instant"),
        traceparent=metadata.get("traceparent"),
    )


@cache
def insert(rows: int) -> str:
    """In one INSERT positions follow the order of the rows."""
    columns: Sequence[str] = EventRow._fields
    places = range(1, rows * len(columns) + 1, len(columns))
    values = (", ".join(f"${place}" for place in range(first, first + len(columns))) for first in places)
    return f"INSERT INTO events ({', '.join(columns)}) VALUES ({'), ('.join(values)})"  # noqa: S608
