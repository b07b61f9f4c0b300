"""Stage plans: which one holds for a job at a moment, and what its stages mean (rules X18)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shared.events.ats.job import JobOpened, StagePlanChanged
from shared.events.ats.stage_plan import Stage, StagePlanPublished
from tests.oracle.happened import Happened, of_type

MILESTONES = ("applied", "screened", "interviewed", "onsite", "offer", "hired")


class Plans:
    def __init__(self, world: Sequence[Happened]) -> None:
        self.published = {
            (event.plan_id, event.version): event.stages for _, event in of_type(world, StagePlanPublished)
        }
        self._of_job: dict[UUID, list[tuple[datetime, tuple[UUID, int]]]] = {}
        for happened in world:
            match happened.event:
                case JobOpened() | StagePlanChanged() as event:
                    plan = (event.plan_id, event.plan_version)
                    self._of_job.setdefault(event.job_id, []).append((happened.occurred, plan))

    def stages(self, job: UUID, moment: datetime, stage: str) -> Sequence[Stage]:
        """All stages of the plan by which this one is read: the plan in force, else an earlier, else a later one."""
        plans = self._of_job.get(job, [])
        so_far = [plan for since, plan in plans if since <= moment]
        later = [plan for since, plan in plans if since > moment]
        for plan in (*reversed(so_far), *later):
            stages = self.published.get(plan, ())
            if any(known.id == stage for known in stages):
                return stages
        return ()

    def stage(self, job: UUID, moment: datetime, stage: str) -> Stage | None:
        return next((known for known in self.stages(job, moment, stage) if known.id == stage), None)

    def is_lead(self, job: UUID, moment: datetime, stage: str) -> bool:
        known = self.stage(job, moment, stage)
        return known is not None and "lead" in (known.type, known.milestone)

    def milestones(self) -> Sequence[str]:
        """Those of the six that any plan has; everybody applies, and somebody is hired, whatever the plan."""
        of_plans = {stage.milestone for stages in self.published.values() for stage in stages}
        return [milestone for milestone in MILESTONES if milestone in of_plans | {"applied", "hired"}]
