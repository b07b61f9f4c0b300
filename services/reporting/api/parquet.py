"""Pages of facts as Parquet files: ids as text, times as UTC microseconds, `data` as JSON text."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, get_args
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet

from services.reporting.api.fact_forms import FactItem

TYPES = {int: pa.int64(), datetime: pa.timestamp("us", "UTC")}


def schema() -> pa.Schema:
    return pa.schema([_column(name, field.annotation) for name, field in FactItem.model_fields.items()])


def written(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """One file."""
    columns = [[_flat(row[name]) for row in rows] for name in FactItem.model_fields]
    file = BytesIO()
    pyarrow.parquet.write_table(pa.table(columns, schema=schema()), file)
    return file.getvalue()


def _column(name: str, annotation: Any) -> pa.Field:
    return pa.field(name, TYPES.get(annotation, pa.string()), nullable=type(None) in get_args(annotation))


def _flat(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
