"""What is known of jobs at a moment: department, location, team, and the stage plan that people pass."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.reporting.metrics.fact import Fact
from shared.events.ats.job import JobClosed, JobOpened, JobTeamChanged, JobTerms, JobUpdated, StagePlanChanged, TeamRole
from shared.events.ats.stage_plan import Stage, StagePlanPublished
from shared.events.event import Event

NEEDS: tuple[type[Event], ...] = (JobOpened, JobUpdated, JobTeamChanged, StagePlanChanged, StagePlanPublished)
LEAD = "lead"

Plan = dict[str, Stage]


@dataclass(frozen=True)
class Spell:
    """Somebody in a role for a job, from `since` until `until` or for good."""

    member: UUID
    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


class Jobs:
    def __init__(self, facts: Iterable[Fact]) -> None:
        """`facts` in order."""
        self._terms: dict[UUID, list[tuple[datetime, JobTerms]]] = defaultdict(list)
        self._teams: dict[tuple[UUID, str], list[Spell]] = defaultdict(list)
        self._switches: dict[UUID, list[tuple[datetime, tuple[UUID, int]]]] = defaultdict(list)
        self._maps: dict[UUID, list[tuple[Fact, Mapping[str, str]]]] = defaultdict(list)
        self._plans: dict[tuple[UUID, int], Plan] = {}
        self._open: set[UUID] = set()
        for fact in facts:
            self._fold(fact)

    def department(self, job: UUID, at: datetime) -> str | None:
        terms = self._terms_at(job, at)
        return terms.department if terms else None

    def location(self, job: UUID, at: datetime) -> str | None:
        terms = self._terms_at(job, at)
        return terms.location if terms else None

    def zone(self, job: UUID, at: datetime) -> str | None:
        terms = self._terms_at(job, at)
        return terms.zone if terms else None

    def requisition(self, job: UUID, at: datetime) -> UUID | None:
        terms = self._terms_at(job, at)
        return terms.requisition_id if terms else None

    def is_open(self, job: UUID) -> bool:
        """In the end, where JobClosed is among the facts; one that nobody ever opened is not."""
        return job in self._open

    def member(self, job: UUID, role: TeamRole, at: datetime) -> str | None:
        """Of several at once, the one who came last."""
        held = [spell for spell in self._teams.get((job, role), []) if spell.holds(at)]
        return str(max(reversed(held), key=lambda spell: spell.since).member) if held else None

    def plan(self, job: UUID, stage: str, at: datetime) -> Plan:
        """The plan in force then, or the nearest of the job's that has the stage; empty when none has."""
        return next((plan for plan in self._candidates(job, at) if stage in plan), {})

    def renamed(self, job: UUID, stage: str, since: Fact, until: Fact | None) -> str:
        """What a stage that somebody stands in is called in the end: a switch of the plan does not move anybody."""
        for switch, stage_map in self._maps.get(job, []):
            if since.order < switch.order and (until is None or switch.order < until.order):
                stage = stage_map.get(stage, stage)
        return stage

    def rank(self, stage: str) -> tuple[int, str]:
        """Stages in the order of plans, those of no plan last."""
        orders = [plan[stage].order for plan in self._plans.values() if stage in plan]
        return min(orders, default=len(self._plans) + 1_000), stage

    def milestones(self, job: UUID | None = None) -> set[str | None]:
        """Those that stages of any plan have, or of any that this job had."""
        keys = self._plans if job is None else [key for _, key in self._switches.get(job, [])]
        return {stage.milestone for key in keys for stage in self._plans.get(key, {}).values()}

    def _terms_at(self, job: UUID, at: datetime) -> JobTerms | None:
        """As they were then; for a time before the job was opened, as it was opened."""
        known = self._terms.get(job, [])
        return next((terms for since, terms in reversed(known) if since <= at), known[0][1] if known else None)

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
            self._terms[event.job_id].append((fact.occurred, event))
        match event:
            case StagePlanPublished():
                self._plans[event.plan_id, event.version] = {stage.id: stage for stage in event.stages}
            case JobOpened() | StagePlanChanged():
                self._switches[event.job_id].append((fact.occurred, (event.plan_id, event.plan_version)))
                if isinstance(event, StagePlanChanged):
                    self._maps[event.job_id].append((fact, event.stage_map))
                else:
                    self._open.add(event.job_id)
            case JobClosed():
                self._open.discard(event.job_id)
            case JobTeamChanged():
                self._join(event)

    def _join(self, event: JobTeamChanged) -> None:
        spells = self._teams[event.job_id, event.role]
        for index, spell in enumerate(spells):
            # Another event about the same member says when a spell that was open ends.
            if spell.member == event.member and spell.until is None:
                spells[index] = replace(spell, until=event.until)
        spells.append(Spell(event.member, event.since, event.until))
