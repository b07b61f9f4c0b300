"""The ordered stages that applications to a job pass."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from shared.events.ats.stage_plan import STREAM, Stage, StagePlanEvent, StagePlanPublished
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Refusal


class PlanNotUsable(Refusal):
    status, slug, title = 422, "plan-not-usable", "People could not pass through this plan"
    next_step = "give each stage an id of its own, begin with a lead or screen stage and end with one of type hired"


class UnknownStage(Refusal):
    status, slug, title = 422, "unknown-stage", "The plan has no such stage"


@dataclass(frozen=True)
class StagePlan:
    """The newest version; `earlier` are those before it, which jobs opened then keep using."""

    id: UUID
    version: int
    name: str
    stages: tuple[Stage, ...]
    earlier: tuple["StagePlan", ...] = ()

    def at(self, version: int) -> "StagePlan":
        """The plan as that version had it."""
        return next(plan for plan in (*self.earlier, self) if plan.version == version)

    @property
    def first(self) -> Stage:
        """Where applicants begin: the first stage that is not one for leads."""
        return next(stage for stage in self.stages if stage.type != "lead")

    @property
    def lead(self) -> Stage:
        """Where hand-overs begin: the lead stage, where the plan has one."""
        return self.stages[0]

    def entry(self, handed_over: bool) -> Stage:
        """Where those of their kind begin."""
        return self.lead if handed_over else self.first

    def stage(self, of: str) -> Stage:
        for stage in self.stages:
            if stage.id == of:
                return stage
        names = ", ".join(stage.id for stage in self.stages)
        raise UnknownStage(f"There is no stage {of} in {self.name}", f"choose among {names}")

    def between(self, start: str, end: str) -> tuple[str, ...]:
        """The stages skipped on the way from one to another; empty when going back."""
        low, high = self.stage(start).order, self.stage(end).order
        return tuple(stage.id for stage in self.stages if low < stage.order < high)


def publish(state: StagePlan | None, plan_id: UUID, name: str, stages: Sequence[Stage]) -> Sequence[StagePlanEvent]:
    ids = [stage.id for stage in stages]
    if len(set(ids)) < len(ids) or not stages:
        raise PlanNotUsable("Two stages have the same id, or there is none")
    if stages[-1].type != "hired" or all(stage.type in ("lead", "hired") for stage in stages):
        raise PlanNotUsable("The last stage is not of type hired, or nobody could apply")
    ordered = tuple(stage.model_copy(update={"order": place}) for place, stage in enumerate(stages, start=1))
    if state is not None and (state.name, state.stages) == (name, ordered):
        return []
    return [StagePlanPublished(plan_id=plan_id, version=(state.version if state else 0) + 1, name=name, stages=ordered)]


def evolve(state: StagePlan | None, event: StagePlanEvent) -> StagePlan:
    match event:
        case StagePlanPublished():
            earlier = (*state.earlier, replace(state, earlier=())) if state else ()
            return StagePlan(event.plan_id, event.version, event.name, event.stages, earlier)
    raise CorruptStream(state, event)


STAGE_PLAN = Aggregate(STREAM, evolve)
