"""The shape of an answer: definition, clocks, freshness, and the rows, plain or with what is behind them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, Field, create_model

from services.reporting.api.asking import Answered
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Cell, Definition, Part, Row
from services.reporting.projections.asked import Wanted
from services.reporting.projections.history import Freshness
from services.reporting.projections.standing import Behind
from shared.kit.refusals import Invalid, Missing

R = TypeVar("R", bound=Row)
P = TypeVar("P", bound=Part)
Link = Callable[..., str]

MOST = 200
START_OVER = "open the link `explain` of the row again"


class Stated(BaseModel):
    """A definition as data, with the parameters of this answer: those asked for and the defaults of the others.

    `tables`: the releases of what it was computed with besides the events, such as holidays.
    """

    id: str
    version: int
    text: str
    formula: str
    tables: str | None
    parameters: dict[str, Any]


class FigureRule(BaseModel):
    """`explain` leads to what is behind the figure, when it is put at the end of a row's own `explain`."""

    rule: str
    explain: str


class Heading(BaseModel):
    """`freshness`: of the event last taken from the log, null before the first. `behind`: what the log has beyond.

    `figures`: of each row, by name.
    """

    definition: Stated
    as_of: datetime
    known_at: datetime
    freshness: Freshness | None
    behind: Behind
    note: Literal["no data"] | None = None
    figures: dict[str, FigureRule]


class Answer(Heading, Generic[R]):
    rows: list[R]


class ExplainedRow(BaseModel, Generic[R, P]):
    """The row as the report shows it, and what it was computed from: `count` in all, further ones under `next`.

    `others`: of the row as well, but not behind the figure that was asked for.
    """

    row: R
    count: int
    others: int
    parts: list[P]
    next: str | None


class Explanation(Heading, Generic[R, P]):
    """`figure`: whose parts these are, by what `rule`; null: of each row all. `left_out`: not counted, by reason."""

    figure: str | None
    rule: str | None
    rows: list[ExplainedRow[R, P]]
    left_out: dict[str, int]


class Opening(BaseModel):
    """What an explanation can be asked besides the question."""

    cell: str | None = Field(None, max_length=100, description="of one row, as its link `explain` names it")
    figure: str | None = Field(None, description="of each row; omitted: everything behind the row")


class Paged(Opening):
    limit: int = Field(50, ge=1, le=MOST, description="parts of a row at once")
    after: str | None = Field(None, max_length=100, description="as the link `next` names it")


def linked(row: type[R]) -> type[R]:
    """The row with the link that every answer gives it."""
    link = Field(description="where what this row was computed from can be read")
    return create_model(row.__name__, __base__=row, __doc__=row.__doc__, explain=(str, link))


def heading(answered: Answered[Any, Any]) -> dict[str, Any]:
    return {
        "definition": stated(answered.definition, answered.question),
        "as_of": answered.clocks.as_of,
        "known_at": answered.clocks.known_at,
        "freshness": answered.freshness,
        "behind": answered.behind,
        "note": None if any(cell.count or cell.others for cell in answered.report.cells) else "no data",
        "figures": {
            name: FigureRule(rule=rule.text, explain=f"&figure={name}")
            for name, rule in answered.definition.figures.items()
        },
    }


def stated(definition: Definition[Any, Any, Any], question: Question) -> Stated:
    return Stated(
        id=definition.id,
        version=definition.version,
        text=definition.text,
        formula=definition.formula,
        tables=definition.tables,
        parameters=definition.parameters(question),
    )


def rows(answered: Answered[Any, Any], path: str) -> list[dict[str, Any]]:
    link = _link(answered, path)
    return [{**cell.row.model_dump(), "explain": link(cell=cell.row.cell)} for cell in answered.report.cells]


def wanted(asked: Paged) -> Wanted:
    return Wanted(asked.cell, asked.after, asked.limit)


def asks_for_figure(definition: Definition[Any, Any, Any], paged: type[Opening], name: str) -> type[Opening]:
    """The question of the definition, and which of its figures is to be explained."""
    field = paged.model_fields["figure"]
    figures: Any = Literal[*definition.figures] | None
    return create_model(name, __base__=(paged, definition.question), figure=(figures, field))


def explanation(answered: Answered[Any, Any], path: str, asked: Paged) -> dict[str, Any]:
    """Raises Missing, Invalid."""
    return {
        **heading(answered),
        "figure": asked.figure,
        "rule": asked.figure and answered.definition.figures[asked.figure].text,
        "rows": explained(answered, path, asked),
        "left_out": answered.report.left_out,
    }


def explained(answered: Answered[Any, Any], path: str, asked: Paged) -> list[dict[str, Any]]:
    """Each row with the first of its parts, or the one row of a cell with those that come `after`.

    Raises Missing, Invalid.
    """
    if asked.cell is None and asked.after is not None:
        raise Invalid("`after` goes on in one row, and no `cell` is given", START_OVER)
    link = _link(answered, path)
    return [_explained(cell, asked, link) for cell in opened(answered, asked)]


def opened(answered: Answered[R, P], asked: Opening) -> Sequence[Cell[R, P]]:
    """The row that is asked for, or every one. Raises Missing."""
    cells = [cell for cell in answered.report.cells if asked.cell in (None, cell.row.cell)]
    if asked.cell is not None and not cells:
        raise Missing(f"The answer has no row {asked.cell!r}", START_OVER)
    return cells


def _explained(cell: Cell[Any, Any], asked: Paged, link: Link) -> dict[str, Any]:
    ordered: Sequence[Part] = sorted(cell.parts, key=lambda part: part.key)
    rest = [part for part in ordered if asked.after is None or part.key > asked.after]
    page, here = rest[: asked.limit], cell.row.cell
    of = {} if asked.figure is None else {"figure": asked.figure}
    more = link(cell=here, **of, limit=asked.limit, after=page[-1].key) if len(rest) > len(page) else None
    return {
        "row": {**cell.row.model_dump(), "explain": link(cell=here)},
        "count": cell.count,
        "others": cell.others,
        "parts": [part.model_dump() for part in page],
        "next": more,
    }


def _link(answered: Answered[Any, Any], path: str) -> Link:
    """To the same answer, whatever comes to be known later."""
    given = answered.question.model_dump(mode="json", exclude_defaults=True, exclude=set(Paged.model_fields))
    # In a URL an empty list is nothing at all.
    given = {name: "" if value == [] else value for name, value in given.items()}
    fixed: Mapping[str, Any] = {
        **given,
        "version": answered.definition.version,
        "as_of": answered.clocks.as_of.isoformat(),
        "known_at": answered.clocks.known_at.isoformat(),
    }
    start = f"{path}?{urlencode(fixed, doseq=True)}"
    return lambda **more: f"{start}&{urlencode(more)}"
