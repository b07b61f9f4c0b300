"""/adverse-impact-snapshots: adverse impact as it was told, frozen apart from the reports that all may read."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from services.reporting.api.access import ADVERSE_IMPACT_WRITE, SELF_IDENTIFICATION
from services.reporting.api.asking import possible
from services.reporting.api.frozen import Kind, add_routes
from services.reporting.api.impact import where_it_is_on
from services.reporting.commands.questions import defined, valid
from services.reporting.commands.snapshots import seal_report
from services.reporting.domain.snapshot import ADVERSE_IMPACT_SNAPSHOT
from services.reporting.metrics.adverse_impact import ADVERSE_IMPACT
from services.reporting.metrics.considered import AdverseImpact
from services.reporting.projections.snapshots import OF_ADVERSE_IMPACT
from shared.kit.context import new_id, now
from shared.kit.http.body import Body
from shared.kit.http.writes import Receipt, Write, writes

router = APIRouter(prefix="/adverse-impact-snapshots", tags=["adverse impact"])


class NewImpactSnapshot(Body):
    question: dict[str, Any] = Field({}, description="The parameters of the report", examples=[{"period": "2026-Q1"}])


@router.post("", status_code=201, operation_id="seal_adverse_impact", summary="Freeze adverse impact")
async def seal(body: NewImpactSnapshot, request: Request, write: Write = writes(ADVERSE_IMPACT_WRITE)) -> Receipt:
    question = where_it_is_on(valid(AdverseImpact, body.question), request)
    definition = defined(ADVERSE_IMPACT.id, question.version)
    with possible():
        clocks = question.clocks(now())
    snapshot_id = new_id()
    return await write.run(lambda unit: seal_report(unit, snapshot_id, definition, question, clocks))


add_routes(router, Kind("adverse_impact_snapshot", ADVERSE_IMPACT_SNAPSHOT, OF_ADVERSE_IMPACT, SELF_IDENTIFICATION))
