"""What is known of jobs at a moment: department, recruiter, and the stage plan that people pass."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.reporting.metrics.fact import Fact, in_order
from shared.events.ats.job import JobOpened, JobTeamChanged, JobTerms, JobUpdated, StagePlanChanged
from shared.events.ats.stage_plan import Stage, StagePlanPublished
from shared.events.event import Event

NEEDS: tuple[type[Event], ...] = (JobOpened, JobUpdated, JobTeamChanged, StagePlanChanged, StagePlanPublished)
RECRUITER = "recruiter"
LEAD = "lead"

Plan = dict[str, Stage]


@dataclass(frozen=True)
class Spell:
    """A recruiter of a job, from `since` until `until` or for good."""

    member: UUID
    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


class Jobs:
    def __init__(self, facts: Iterable[Fact]) -> None:
        self._departments: dict[UUID, list[tuple[datetime, str]]] = defaultdict(list)
        self._recruiters: dict[UUID, list[Spell]] = defaultdict(list)
        self._switches: dict[UUID, list[tuple[datetime, tuple[UUID, int]]]] = defaultdict(list)
        self._plans: dict[tuple[UUID, int], Plan] = {}
        for fact in in_order(facts):
            self._fold(fact)

    def department(self, job: UUID, at: datetime) -> str | None:
        """As it was then; for a time before the job was opened, as it was opened."""
        known = self._departments.get(job, [])
        return next((name for since, name in reversed(known) if since <= at), known[0][1] if known else None)

    def recruiter(self, job: UUID, at: datetime) -> UUID | None:
        """Of several at once, the one who came last."""
        held = [spell for spell in self._recruiters.get(job, []) if spell.holds(at)]
        return max(held, key=lambda spell: spell.since).member if held else None

    def stage(self, job: UUID, stage: str, at: datetime) -> Stage | None:
        return self.plan(job, stage, at).get(stage)

    def plan(self, job: UUID, stage: str, at: datetime) -> Plan:
        """The plan in force then, or the nearest of the job's that has the stage; empty when none has."""
        return next((plan for plan in self._candidates(job, at) if stage in plan), {})

    def milestones(self) -> set[str | None]:
        """Those that stages of any plan have."""
        return {stage.milestone for plan in self._plans.values() for stage in plan.values()}

    def _candidates(self, job: UUID, at: datetime) -> Iterator[Plan]:
        switches = self._switches.get(job, [])
        before = [plan for since, plan in switches if since <= at]
        after = [plan for since, plan in switches if since > at]
        for key in (*reversed(before), *after):
            if key in self._plans:
                yield self._plans[key]

    def _fold(self, fact: Fact) -> None:
        event = fact.event
        if isinstance(event, JobTerms):
            self._departments[event.job_id].append((fact.occurred, event.department))
        match event:
            case StagePlanPublished():
                self._plans[event.plan_id, event.version] = {stage.id: stage for stage in event.stages}
            case JobOpened() | StagePlanChanged():
                self._switches[event.job_id].append((fact.occurred, (event.plan_id, event.plan_version)))
            case JobTeamChanged(role="recruiter"):
                self._recruit(event)

    def _recruit(self, event: JobTeamChanged) -> None:
        spells = self._recruiters[event.job_id]
        for index, spell in enumerate(spells):
            # Another event about the same member says when a spell that was open ends.
            if spell.member == event.member and spell.until is None:
                spells[index] = replace(spell, until=event.until)
        spells.append(Spell(event.member, event.since, event.until))
