"""/reports: the figures, each with its definition and clocks; /explain lists what is behind every row."""

import asyncio
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query

from services.reporting.api.access import REPORTS
from services.reporting.api.answers import Answer, Answered, Explanation
from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.engagement import ENGAGEMENT, Engagement, EngagementPart, EngagementRow
from services.reporting.metrics.funnel import FUNNEL, Funnel, FunnelPart, FunnelRow
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Definition, Part, Row
from services.reporting.metrics.time_to_hire import TIME_TO_HIRE, TimeToHire, TimeToHirePart, TimeToHireRow
from services.reporting.projections.history import History
from shared.kit.context import now
from shared.kit.http.reads import Read, reads
from shared.kit.refusals import Invalid, Missing

Q = TypeVar("Q", bound=Question)
R = TypeVar("R", bound=Row)
P = TypeVar("P", bound=Part)

router = APIRouter(tags=["reports"])


@router.get("/reports/time-to-hire", operation_id="time_to_hire", summary="From application to acceptance")
async def time_to_hire(
    question: Annotated[TimeToHire, Query()], read: Read = reads(REPORTS)
) -> Answer[TimeToHireRow]:  # fmt: skip
    return (await _ask(TIME_TO_HIRE, question, read)).answer()


@router.get("/reports/time-to-hire/explain", operation_id="explain_time_to_hire", summary="The hires behind it")
async def explain_time_to_hire(
    question: Annotated[TimeToHire, Query()], read: Read = reads(REPORTS)
) -> Explanation[TimeToHireRow, TimeToHirePart]:
    return (await _ask(TIME_TO_HIRE, question, read)).explanation()


@router.get("/reports/funnel", operation_id="funnel", summary="Milestones reached, and pass-through")
async def funnel(question: Annotated[Funnel, Query()], read: Read = reads(REPORTS)) -> Answer[FunnelRow]:
    return (await _ask(FUNNEL, question, read)).answer()


@router.get("/reports/funnel/explain", operation_id="explain_funnel", summary="The applications behind it")
async def explain_funnel(
    question: Annotated[Funnel, Query()], read: Read = reads(REPORTS)
) -> Explanation[FunnelRow, FunnelPart]:
    return (await _ask(FUNNEL, question, read)).explanation()


@router.get("/reports/engagement", operation_id="engagement", summary="Reached, engaged, handed over, hired")
async def engagement(question: Annotated[Engagement, Query()], read: Read = reads(REPORTS)) -> Answer[EngagementRow]:
    return (await _ask(ENGAGEMENT, question, read)).answer()


@router.get("/reports/engagement/explain", operation_id="explain_engagement", summary="The people behind it")
async def explain_engagement(
    question: Annotated[Engagement, Query()], read: Read = reads(REPORTS)
) -> Explanation[EngagementRow, EngagementPart]:
    return (await _ask(ENGAGEMENT, question, read)).explanation()


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
    facts = await history.load(definition.needs, clocks)
    report = await asyncio.to_thread(definition.compute, facts, question)
    return Answered(definition, question, clocks, freshness, report)
