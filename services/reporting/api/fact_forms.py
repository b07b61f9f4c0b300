"""A fact as a warehouse takes it: the columns, and pages of them as JSON, JSON lines and Parquet."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

JSON, LINES, PARQUET = "application/json", "application/x-ndjson", "application/vnd.apache.parquet"


class FactItem(BaseModel):
    """A fact as it is now; docs/facts.md tells what each column means."""

    change: int
    event_id: UUID
    type: str
    stream: str
    version: int
    position: int
    topic: str
    partition: int
    offset: int
    person_id: UUID | None
    application_id: UUID | None
    job_id: UUID | None
    occurred: datetime
    recorded: datetime
    known: datetime
    precision: str
    data: dict[str, Any]


class FactsPage(BaseModel):
    """`next` is where to go on, also when nothing more is there yet."""

    items: list[FactItem]
    next: str


Row = Mapping[str, Any]
"""A fact's columns by name, `data` as JSON text."""


def as_json(rows: Sequence[Row], cursor: str) -> bytes:
    return FactsPage(items=[_item(row) for row in rows], next=cursor).model_dump_json().encode()


def as_lines(rows: Sequence[Row]) -> bytes:
    return b"".join(_item(row).model_dump_json().encode() + b"\n" for row in rows)


def as_parquet(rows: Sequence[Row]) -> bytes:
    # pyarrow takes 75 MB and most of a second: only where somebody asks for it.
    from services.reporting.api.parquet import written  # noqa: PLC0415

    return written(rows)


def _item(row: Row) -> FactItem:
    return FactItem.model_validate({**row, "data": json.loads(row["data"])})
