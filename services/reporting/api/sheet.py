"""A report as CSV: a line for each row or part, nested figures as columns, and nothing that a spreadsheet evaluates."""

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from io import StringIO
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from services.reporting.metrics.report import Cell, Part, Row

# What makes a spreadsheet take a cell for a formula, in the wide letters of East Asian keyboards as well.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001
WHOLE = re.compile(r"-[0-9]+")
PREFIX = "'"

Path = tuple[str, ...]


def sheet_of(model: type[Row], rows: Iterable[Any], dimensions: Sequence[str]) -> str:
    """A line for each row; where a row holds a list of figures, a line for each of them."""
    columns = _columns(model, dimensions)
    lists = {name for name, field in model.model_fields.items() if get_origin(field.annotation) is tuple}
    return as_csv(map("_".join, columns), (line for row in rows for line in _lines(row, columns, lists)))


def sheet_behind(row: type[Row], part: type[Part], cells: Iterable[Cell[Any, Any]], dimensions: Sequence[str]) -> str:
    """A line for each part, behind what names its row: the group, and such as the stage."""
    group: list[Path] = [("group", dimension) for dimension in dimensions]
    named: list[Path] = [(name,) for name in row.NAMED]
    columns = _columns(part, ())
    lines = (
        [_cell(_at(cell.row, path)) for path in (*group, *named)] + [_cell(_at(of, path)) for path in columns]
        for cell in cells for of in sorted(cell.parts, key=lambda part: part.key)
    )  # fmt: skip
    header = (*group, *(("row", *path) for path in named), *columns)
    return as_csv(map("_".join, header), lines)


def as_csv(header: Iterable[str], lines: Iterable[Sequence[str]]) -> str:
    """RFC 4180."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(list(header))
    writer.writerows(lines)
    return text.getvalue()


def inert(text: str) -> str:
    """As it is, but behind an apostrophe where a spreadsheet would evaluate it; a negative number stays one."""
    return PREFIX + text if text.startswith(FORMULA) and not WHOLE.fullmatch(text) else text


def shown(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _columns(model: type[BaseModel], dimensions: Sequence[str], above: Path = ()) -> list[Path]:
    columns: list[Path] = []
    for name, field in model.model_fields.items():
        if name == "group":
            columns += [(*above, name, dimension) for dimension in dimensions]
        elif nested := _figure(field.annotation):
            columns += _columns(nested, (), (*above, name))
        else:
            columns.append((*above, name))
    return columns


def _figure(annotation: Any) -> type[BaseModel] | None:
    """The model of a figure, or of those in a list of them."""
    models = (a for a in (annotation, *get_args(annotation)) if isinstance(a, type) and issubclass(a, BaseModel))
    return next(models, None)


def _lines(row: Any, columns: Sequence[Path], lists: Collection[str]) -> Iterator[list[str]]:
    if not lists:
        yield [_cell(_at(row, path)) for path in columns]
        return
    [name] = lists
    for one in _at(row, (name,)) or (None,):
        yield [_cell(_at(one, path[1:]) if path[0] == name else _at(row, path)) for path in columns]


def _at(value: Any, path: Path) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return value


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case datetime():
            return shown(value)
        case tuple():
            return inert(" ".join(str(item) for item in value))
    return inert(str(value))
