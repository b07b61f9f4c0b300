"""/reports/{name}.csv and /reports/{name}/explain.csv: the same questions, answered for a spreadsheet."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from services.reporting.api import answers
from services.reporting.api.access import REPORTS, scope_of
from services.reporting.api.asking import Answered, ask
from services.reporting.api.conditional import Condition
from services.reporting.api.impact import where_it_is_on
from services.reporting.api.sheet import sheet_behind, sheet_of, shown
from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Definition
from services.reporting.projections.asked import MOST, Wanted
from services.reporting.projections.history import TooMuch
from shared.kit.http.negotiation import negotiated
from shared.kit.http.reads import Read, reads
from shared.kit.refusals import Missing, NotAcceptable

CSV = "text/csv"


class Sheet(Response):
    media_type = CSV


def add_sheets(router: APIRouter, definition: Definition[Any, Any, Any]) -> None:
    name, path = definition.id.replace("-", "_"), f"/reports/{definition.id}"
    scope = scope_of(definition)

    async def report(
        request: Request, response: Response, question: Any, condition: Condition, read: Read = reads(scope)
    ) -> Any:
        negotiated(request.headers.get("accept"), (CSV,))
        if same := await condition.unchanged(definition, question, read):
            return same
        answered = await ask(definition.id, where_it_is_on(question, request), read)
        response.headers.update(_headers(answered))
        rows = answers.rows(answered, str(request.app.url_path_for(f"explain_{name}")))
        return sheet_of(answers.linked(answered.definition.row), rows, _cut(question))

    async def explain(
        request: Request, response: Response, question: Any, condition: Condition, read: Read = reads(scope)
    ) -> Any:
        negotiated(request.headers.get("accept"), (CSV,))
        if same := await condition.unchanged(definition, question, read):
            return same
        parts: Wanted | Literal["all"] = "all" if question.cell is None else Wanted(question.cell, None, MOST)
        answered = await ask(definition.id, where_it_is_on(question, request), read, parts, question.figure)
        cells = answers.opened(answered, question)
        if any(len(cell.parts) < cell.count for cell in cells):
            raise TooMuch(f"More than {MOST:,} have to be folded for it", "ask for a shorter period, or page by page")
        if question.figure is None:
            response.headers.update(_headers(answered, "-explain"))
        else:
            response.headers.update(_headers(answered, f"-explain-{question.figure}"))
            response.headers["Report-Figure"] = question.figure
        response.headers["Report-Left-Out"] = json.dumps(answered.report.left_out)
        return sheet_behind(answered.definition.row, answered.definition.part, cells, _cut(question))

    opening = answers.asks_for_figure(definition, answers.Opening, f"ExplainSheet{definition.question.__name__}")
    for route, asked in ((report, definition.question), (explain, opening)):
        route.__annotations__["question"] = Annotated[asked, Query()]
        route.__annotations__["return"] = str
    for ending, route, operation in (
        (".csv", report, f"{name}_csv"), ("/explain.csv", explain, f"explain_{name}_csv"),
    ):  # fmt: skip
        router.get(path + ending, operation_id=operation, summary=f"{definition.title}, as CSV", response_class=Sheet)(
            route
        )


def refuse_other_endings(router: APIRouter) -> None:
    @router.get("/reports/{name}.{ending}", include_in_schema=False)
    @router.get("/reports/{name}/explain.{ending}", include_in_schema=False)
    async def unknown(name: str, ending: str, read: Read = reads(REPORTS)) -> None:
        if name not in DEFINITIONS:
            raise Missing(f"There is no report {name[:40]!r}", f"ask for one of {', '.join(DEFINITIONS)}")
        raise NotAcceptable(f"No report is had as {ending[:40]!r}", "ask without an ending for JSON, or with .csv")


def _cut(question: Question) -> list[str]:
    """What the groups are named by: a report on races or sexes has those beside what it is cut by."""
    category = getattr(question, "category", None)
    return [*getattr(question, "by", ()), *([category] if category else [])]


def _headers(answered: Answered[Any, Any], kind: str = "") -> dict[str, str]:
    """A line that is no row would be one to a program: what the answer says beside its rows is told here."""
    definition, clocks = answered.definition, answered.clocks
    named = f"{definition.id}{kind}-v{definition.version}-as-of-{clocks.as_of:%Y-%m-%dT%H-%M-%SZ}"
    return {
        "Content-Disposition": f'attachment; filename="{named}.csv"',
        "Report-Definition": definition.id,
        "Report-Version": str(definition.version),
        "Report-As-Of": shown(clocks.as_of),
        "Report-Known-At": shown(clocks.known_at),
        "Report-Parameters": json.dumps(definition.parameters(answered.question)),
    }
