"""/reports: each figure with its definition and clocks; /explain lists what is behind every row, /diff what changed."""

from functools import reduce
from operator import or_
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import create_model

from services.reporting.api import answers, changes
from services.reporting.api.access import REPORTS, scope_of
from services.reporting.api.answers import Answer, Explanation, Paged
from services.reporting.api.asking import ask, compare, compare_whole
from services.reporting.api.conditional import Condition
from services.reporting.api.impact import where_it_is_on
from services.reporting.api.sheets import add_sheets, refuse_other_endings
from services.reporting.commands.questions import restricted
from services.reporting.metrics.catalogue import DEFINITIONS, VERSIONS
from services.reporting.metrics.question import Between
from services.reporting.metrics.report import Definition
from shared.kit.http.reads import Read, reads
from shared.kit.refusals import Missing

router = APIRouter(tags=["reports"])


def _add_routes(definition: Definition[Any, Any, Any]) -> None:
    """Each metric has parameters and rows of its own, and all have the same routes."""
    name, path = definition.id.replace("-", "_"), f"/reports/{definition.id}"
    scope = scope_of(definition)

    async def report(request: Request, question: Any, condition: Condition, read: Read = reads(scope)) -> Any:
        if same := await condition.unchanged(definition, question, read):
            return same
        answered = await ask(definition.id, where_it_is_on(question, request), read)
        return {**answers.heading(answered), "rows": answers.rows(answered, _explaining(request, name))}

    async def explain(request: Request, question: Any, condition: Condition, read: Read = reads(scope)) -> Any:
        if same := await condition.unchanged(definition, question, read):
            return same
        on, wanted = where_it_is_on(question, request), answers.wanted(question)
        answered = await ask(definition.id, on, read, wanted, question.figure)
        return answers.explanation(answered, _explaining(request, name), question)

    async def diff(question: Any, condition: Condition, read: Read = reads(scope)) -> Any:
        if same := await condition.unchanged(definition, question, read):
            return same
        return changes.difference(await compare(definition.id, question, read))

    # Event by event it would tell which group somebody counts in.
    async def whole_diff(request: Request, question: Any, read: Read = reads(scope)) -> Any:
        on = where_it_is_on(question, request)
        return changes.whole_difference(await compare_whole(definition.id, on, read))

    # An older version may have had fewer figures.
    rows = tuple(dict.fromkeys(each.row for each in reversed(VERSIONS[definition.id].values())))
    row, shown, asked = reduce(or_, rows), reduce(or_, map(answers.linked, rows)), definition.question
    paged = answers.asks_for_figure(definition, Paged, f"Explain{asked.__name__}")
    between = create_model(f"Diff{asked.__name__}", __base__=(asked, Between))
    report.__annotations__["question"] = Annotated[asked, Query()]
    explain.__annotations__["question"] = Annotated[paged, Query()]
    for each in (diff, whole_diff):
        each.__annotations__["question"] = Annotated[between, Query()]
    report.__annotations__["return"] = Answer[shown]  # type: ignore[valid-type]
    explain.__annotations__["return"] = Explanation[shown, definition.part]  # type: ignore[valid-type, name-defined]
    diff.__annotations__["return"] = changes.Difference[row]  # type: ignore[valid-type]
    whole_diff.__annotations__["return"] = changes.WholeDifference[row]  # type: ignore[valid-type]
    router.get(path, operation_id=name, summary=definition.title)(report)
    router.get(
        f"{path}/explain", name=f"explain_{name}", operation_id=f"explain_{name}",
        summary=f"{definition.title}: what is behind",
    )(explain)  # fmt: skip
    router.get(
        f"{path}/diff", operation_id=f"diff_{name}", summary=f"{definition.title}: what changed between two answers"
    )(whole_diff if restricted(definition) else diff)


def _explaining(request: Request, name: str) -> str:
    return str(request.app.url_path_for(f"explain_{name}"))


for each in DEFINITIONS.values():
    _add_routes(each)
    add_sheets(router, each)
refuse_other_endings(router)


@router.get("/reports/{name}", include_in_schema=False)
@router.get("/reports/{name}/explain", include_in_schema=False)
@router.get("/reports/{name}/diff", include_in_schema=False)
async def unknown(name: str, read: Read = reads(REPORTS)) -> None:
    raise Missing(f"There is no report {name[:40]!r}", f"ask for one of {', '.join(DEFINITIONS)}")


@router.get("/metrics-definitions", operation_id="list_definitions", summary="What each figure means")
async def definitions(read: Read = reads(REPORTS)) -> dict[str, list[dict[str, Any]]]:
    return {
        "items": [
            {
                "id": definition.id,
                "version": definition.version,
                "title": definition.title,
                "text": definition.text,
                "formula": definition.formula,
                "tables": definition.tables,
                "figures": {name: rule.text for name, rule in definition.figures.items()},
                "parameters": definition.question.model_json_schema()["properties"],
            }
            for versions in VERSIONS.values()
            for definition in versions.values()
        ]
    }
