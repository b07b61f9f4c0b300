"""The shape of an answer: definition, clocks, freshness, and the rows, plain or with what is behind them."""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Definition, Part, Report, Row
from services.reporting.projections.history import Freshness

R = TypeVar("R", bound=Row)
P = TypeVar("P", bound=Part)


class Stated(BaseModel):
    """A definition as data, with the parameters of this answer: those asked for and the defaults of the others."""

    id: str
    version: int
    text: str
    parameters: dict[str, Any]


class Heading(BaseModel):
    """`freshness`: of the event last taken from the log, null before the first."""

    definition: Stated
    as_of: datetime
    known_at: datetime
    freshness: Freshness | None
    note: Literal["no data"] | None = None


class Answer(Heading, Generic[R]):
    rows: list[R]


class ExplainedRow(BaseModel, Generic[R, P]):
    """The row as the report shows it, and each of those that it was computed from."""

    row: R
    parts: list[P]


class Explanation(Heading, Generic[R, P]):
    """`left_out`: how many were not counted, by reason."""

    rows: list[ExplainedRow[R, P]]
    left_out: dict[str, int]


class Answered(Generic[R, P]):
    """A computed report, to be shown in either shape."""

    def __init__(
        self, definition: Definition[Any, R, P], question: Question, clocks: Clocks, freshness: Freshness | None,
        report: Report[R, P],
    ) -> None:  # fmt: skip
        parameters = question.model_dump(mode="json", exclude={"as_of", "known_at"})
        self._report = report
        self._heading = {
            "definition": Stated(
                id=definition.id, version=definition.version, text=definition.text, parameters=parameters
            ),
            "as_of": clocks.as_of,
            "known_at": clocks.known_at,
            "freshness": freshness,
            "note": None if any(cell.parts for cell in report.cells) else "no data",
        }

    def answer(self) -> Answer[R]:
        return Answer[R](**self._heading, rows=[cell.row for cell in self._report.cells])

    def explanation(self) -> Explanation[R, P]:
        rows = [ExplainedRow[R, P](row=cell.row, parts=list(cell.parts)) for cell in self._report.cells]
        return Explanation[R, P](**self._heading, rows=rows, left_out=dict(self._report.left_out))
