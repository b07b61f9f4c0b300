"""/reports: each figure with its definition and clocks; /explain lists what is behind every row."""

import asyncio
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query

from services.reporting.api.access import REPORTS
from services.reporting.api.answers import Answer, Answered, Explanation
from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Definition, Part, Row
from services.reporting.metrics.world import World
from services.reporting.projections.history import History
from shared.kit.context import now
from shared.kit.http.reads import Read, reads
from shared.kit.refusals import Invalid, Missing

Q = TypeVar("Q", bound=Question)
R = TypeVar("R", bound=Row)
P = TypeVar("P", bound=Part)

router = APIRouter(tags=["reports"])


def _add_routes(definition: Definition[Any, Any, Any]) -> None:
    """Each metric has parameters and rows of its own, and all have the same two routes."""

    async def report(question: Any, read: Read = reads(REPORTS)) -> Any:
        return (await _ask(definition, question, read)).answer()

    async def explain(question: Any, read: Read = reads(REPORTS)) -> Any:
        return (await _ask(definition, question, read)).explanation()

    name, path = definition.id.replace("-", "_"), f"/reports/{definition.id}"
    row, part = definition.row, definition.part
    for route in (report, explain):
        route.__annotations__["question"] = Annotated[definition.question, Query()]
    report.__annotations__["return"] = Answer[row]  # type: ignore[valid-type]
    explain.__annotations__["return"] = Explanation[row, part]  # type: ignore[valid-type]
    router.get(path, operation_id=name, summary=definition.title)(report)
    router.get(f"{path}/explain", operation_id=f"explain_{name}", summary=f"{definition.title}: what is behind")(
        explain
    )


for each in DEFINITIONS.values():
    _add_routes(each)


@router.get("/reports/{name}", include_in_schema=False)
@router.get("/reports/{name}/explain", include_in_schema=False)
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
                "parameters": definition.question.model_json_schema()["properties"],
            }
            for definition in DEFINITIONS.values()
        ]
    }


async def _ask(definition: Definition[Q, R, P], question: Q, read: Read) -> Answered[R, P]:
    try:
        clocks = question.clocks(now())
    except ValueError as error:
        raise Invalid(str(error), "ask for an earlier as_of, or leave it out: then it is known_at") from None
    history = History(read.store.database)
    # Read first: the figures hold that event and perhaps newer ones, never fewer.
    freshness = await history.freshness()
    facts = await history.load(definition.reads, clocks)
    report = await asyncio.to_thread(lambda: definition.compute(World(facts, clocks), question))
    return Answered(definition, question, clocks, freshness, report)
