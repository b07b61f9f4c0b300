"""/snapshots: reports that are frozen, and run again to the same bytes."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from services.reporting.api.access import REPORTS, SNAPSHOTS_WRITE
from services.reporting.api.asking import possible
from services.reporting.api.frozen import Kind, add_routes
from services.reporting.commands.questions import to_freeze
from services.reporting.commands.snapshots import seal_report
from services.reporting.domain.snapshot import SNAPSHOT
from services.reporting.projections.snapshots import TABLE
from shared.kit.context import new_id, now
from shared.kit.http.body import Body
from shared.kit.http.writes import Receipt, Write, writes

router = APIRouter(prefix="/snapshots", tags=["snapshots"])


class NewSnapshot(Body):
    report: str = Field(max_length=100, examples=["funnel"])
    question: dict[str, Any] = Field({}, description="The parameters of the report", examples=[{"period": "2026-Q1"}])


@router.post("", status_code=201, operation_id="seal_report", summary="Freeze a report")
async def seal(body: NewSnapshot, write: Write = writes(SNAPSHOTS_WRITE)) -> Receipt:
    definition, question = to_freeze(body.report, body.question)
    with possible():
        clocks = question.clocks(now())
    snapshot_id = new_id()
    return await write.run(lambda unit: seal_report(unit, snapshot_id, definition, question, clocks))


add_routes(router, Kind("snapshot", SNAPSHOT, TABLE, REPORTS))
