"""Commands on stage plans."""

from collections.abc import Sequence
from uuid import UUID

from services.ats.domain import stage_plan
from services.ats.domain.stage_plan import STAGE_PLAN
from shared.events.ats.stage_plan import Stage
from shared.kit.unit import Unit


async def publish_stage_plan(unit: Unit, plan_id: UUID, name: str, stages: Sequence[Stage]) -> None:
    """The first version of a plan, or its next."""
    state = await unit.get(STAGE_PLAN, plan_id)
    await unit.append(STAGE_PLAN, plan_id, stage_plan.publish(state, plan_id, name, stages))


async def republish_stage_plan(unit: Unit, plan_id: UUID, name: str | None, stages: Sequence[Stage]) -> None:
    state = await unit.require(STAGE_PLAN, plan_id)
    await unit.append(STAGE_PLAN, plan_id, stage_plan.publish(state, plan_id, name or state.name, stages))
