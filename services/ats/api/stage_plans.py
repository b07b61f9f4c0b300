"""/stage-plans: the stages that applications pass."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ats.commands import stage_plans as commands
from services.ats.domain.stage_plan import STAGE_PLAN
from services.ats.projections.stage_plans import TABLE
from shared.events.ats.stage_plan import Milestone, Stage, StageType
from shared.kit.context import new_id
from shared.kit.http.body import Body
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes

router = APIRouter(prefix="/stage-plans", tags=["stage plans"])


class NewStage(Body):
    id: str = Field(min_length=1, max_length=60, examples=["screen"])
    name: str = Field(min_length=1, max_length=100, examples=["Phone screen"])
    type: StageType
    milestone: Milestone | None = Field(default=None, description="Makes the stages of different plans comparable")


class NewPlan(Body):
    name: str = Field(min_length=1, max_length=100)
    stages: tuple[NewStage, ...] = Field(min_length=1, max_length=30)


class NextVersion(Body):
    name: str | None = None
    stages: tuple[NewStage, ...] = Field(min_length=1, max_length=30)


@router.post("", status_code=201, operation_id="publish_stage_plan", summary="Publish a stage plan")
async def publish(body: NewPlan, write: Write = writes("plans:write")) -> Receipt:
    plan_id = new_id()
    return await write.run(lambda unit: commands.publish_stage_plan(unit, plan_id, body.name, _stages(body.stages)))


@router.post("/{plan_id}/publish", operation_id="republish_stage_plan", summary="Publish a plan's next version")
async def republish(plan_id: UUID, body: NextVersion, write: Write = writes("plans:write")) -> Receipt:
    stages = _stages(body.stages)
    return await write.run(lambda unit: commands.republish_stage_plan(unit, plan_id, body.name, stages))


@router.get("", operation_id="list_stage_plans", summary="List stage plans")
async def listing(pages: Pages, read: Read = reads("plans:read")) -> Items:
    rows = await pages.fetch(read.store.database, TABLE.select(), TABLE.c.id)
    return Items(items=[dict(row._mapping) for row in rows])


@router.get("/{plan_id}", operation_id="get_stage_plan", summary="Read a stage plan")
async def one(plan_id: UUID, read: Read = reads("plans:read")) -> dict[str, Any]:
    plan = await read.load(STAGE_PLAN, plan_id)
    stages = [stage.model_dump() for stage in plan.state.stages]
    return {"id": plan_id, "version": plan.version, "name": plan.state.name, "stages": stages}


def _stages(given: tuple[NewStage, ...]) -> list[Stage]:
    return [Stage(**stage.model_dump(), order=place) for place, stage in enumerate(given, start=1)]
