"""/adverse-impact-flags: groups whose selection was put on record as markedly lower than that of another."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from services.reporting.api.access import ADVERSE_IMPACT_WRITE, SELF_IDENTIFICATION
from services.reporting.api.impact import where_it_is_on
from services.reporting.commands.flags import flag_group
from services.reporting.commands.questions import defined, valid
from services.reporting.metrics.adverse_impact import ADVERSE_IMPACT
from services.reporting.metrics.considered import AdverseImpact
from services.reporting.projections import flags
from shared.kit.http.body import Body
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes

router = APIRouter(prefix="/adverse-impact-flags", tags=["adverse impact"])


class NewFlag(Body):
    question: dict[str, Any] = Field(
        description="The parameters of the report; without clocks: a flag is told as known now",
        examples=[{"period": "2026-Q1"}],
    )
    cell: str = Field(max_length=100, description="Of a row that is flagged, as its link `explain` names it")


@router.post("", status_code=201, operation_id="flag_adverse_impact", summary="Put a flagged group on record")
async def flag(body: NewFlag, request: Request, write: Write = writes(ADVERSE_IMPACT_WRITE)) -> Receipt:
    question = where_it_is_on(valid(AdverseImpact, body.question), request)
    definition = defined(ADVERSE_IMPACT.id, question.version)
    return await write.run(lambda unit: flag_group(unit, definition, question, body.cell))


@router.get("", operation_id="list_adverse_impact_flags", summary="List what was put on record")
async def listing(pages: Pages, read: Read = reads(SELF_IDENTIFICATION)) -> Items:
    rows = await pages.fetch(read.store.database, flags.TABLE.select(), flags.TABLE.c.id)
    return Items(items=[dict(row._mapping) for row in rows])
