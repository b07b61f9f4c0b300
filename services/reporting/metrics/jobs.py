"""What is known of jobs at a moment: department, location, team, and the stage plan that people pass."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID

from services.reporting.metrics.fact import MICROSECOND, Fact
from services.reporting.metrics.reach import END, Reach
from shared.events.ats.job import JobClosed, JobOpened, JobTeamChanged, JobTerms, JobUpdated, StagePlanChanged, TeamRole
from shared.events.ats.posting import PostingPublished
from shared.events.ats.stage_plan import Stage, StagePlanPublished
from shared.events.event import Event

NEEDS: tuple[type[Event], ...] = (JobOpened, JobUpdated, JobTeamChanged, StagePlanChanged, StagePlanPublished)
LEAD = "lead"

Plan = dict[str, Stage]


@dataclass(frozen=True)
class Spell:
    """Somebody in a role for a job, from `since` until `until` or for good; `told` by these events."""

    member: UUID
    since: datetime
    until: datetime | None
    told: tuple[Fact, ...]

    @cached_property
    def name(self) -> str:
        return str(self.member)

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


class Jobs:
    def __init__(self, facts: Iterable[Fact], end: datetime = END) -> None:
        """`facts` in order, of what occurred before `end`."""
        self.reach, self._last, self._end = Reach(), end - MICROSECOND, end
        self._terms: dict[UUID, list[tuple[Fact, JobTerms]]] = defaultdict(list)
        self._teams: dict[tuple[UUID, str], list[Spell]] = defaultdict(list)
        self._switches: dict[UUID, list[tuple[Fact, tuple[UUID, int]]]] = defaultdict(list)
        self._maps: dict[UUID, list[tuple[Fact, Mapping[str, str]]]] = defaultdict(list)
        self._plans: dict[tuple[UUID, int], tuple[Fact, Plan]] = {}
        self._states: dict[UUID, Fact] = {}
        self._posted: dict[UUID, Fact] = {}
        self._values: dict[tuple[UUID, datetime], dict[str, str | None]] = {}
        for fact in facts:
            self._fold(fact)

    def afresh(self) -> "Jobs":
        """The same, as if nothing had been looked up."""
        other = object.__new__(Jobs)
        other.__dict__.update(self.__dict__, reach=Reach(), _values={})
        return other

    def values(self, job: UUID, at: datetime) -> dict[str, str | None]:
        """Of its dimensions."""
        if (known := self._values.get((job, at))) is not None:
            return known
        terms = self._terms_at(job, at)
        self._values[job, at] = values = {
            "job": str(job),
            "department": terms.department if terms else None,
            "location": terms.location if terms else None,
            "recruiter": self.member(job, "recruiter", at),
            "hiring_manager": self.member(job, "hiring_manager", at),
        }
        return values

    def department(self, job: UUID, at: datetime) -> str | None:
        terms = self._terms_at(job, at)
        return terms.department if terms else None

    def zone(self, job: UUID, at: datetime) -> str | None:
        terms = self._terms_at(job, at)
        return terms.zone if terms else None

    def country(self, job: UUID, at: datetime) -> str | None:
        terms = self._terms_at(job, at)
        return terms.country if terms else None

    def place(self, job: UUID, at: datetime) -> tuple[str, str | None]:
        """Its zone and its country: where its days are worked."""
        terms = self._terms_at(job, at)
        return (terms.zone, terms.country) if terms else ("UTC", None)

    def requisition(self, job: UUID, at: datetime) -> UUID | None:
        terms = self._terms_at(job, at)
        return terms.requisition_id if terms else None

    def is_open(self, job: UUID) -> bool:
        """In the end, where JobClosed is among the facts; one that nobody ever opened is not."""
        last = self._states.get(job)
        if last is None:
            return False
        self.reach.look(last)
        return isinstance(last.event, JobOpened)

    def posted(self, job: UUID) -> Fact | None:
        """When it was posted first, where PostingPublished is among the facts."""
        first = self._posted.get(job)
        if first is not None:
            self.reach.look(first)
        return first

    def member(self, job: UUID, role: TeamRole, at: datetime) -> str | None:
        """Of several at once, the one who came last."""
        last = None
        for spell in self._teams.get((job, role), ()):
            self._looked(spell, at)
            if spell.holds(at) and (last is None or last.since <= spell.since):
                last = spell
        if last is None:
            return None
        self.reach.look(last.told[0])
        return last.name

    def plan(self, job: UUID, stage: str, at: datetime) -> Plan:
        """The plan in force then, or the nearest of the job's that has the stage; empty when none has."""
        for looked, plan in self._candidates(job, at):
            if stage in plan:
                self.reach.look(*looked)
                return plan
        return {}

    def renamed(self, job: UUID, stage: str, since: Fact, until: Fact | None) -> str:
        """What a stage that somebody stands in is called in the end: a switch of the plan does not move anybody."""
        for switch, stage_map in self._maps.get(job, []):
            if since.order < switch.order and (until is None or switch.order < until.order) and stage in stage_map:
                self.reach.look(switch)
                stage = stage_map[stage]
        return stage

    def rank(self, stage: str) -> tuple[int, str]:
        """Stages in the order of plans, those of no plan last."""
        orders = [plan[stage].order for _, plan in self._plans.values() if stage in plan]
        return min(orders, default=len(self._plans) + 1_000), stage

    def milestones(self) -> set[str | None]:
        """Those that stages of any plan have."""
        return {stage.milestone for _, plan in self._plans.values() for stage in plan.values()}

    def milestones_of(self, job: UUID) -> set[str | None]:
        """Those that stages of any plan have that this job had."""
        found: set[str | None] = set()
        for switch, key in self._switches.get(job, []):
            if key in self._plans:
                published, plan = self._plans[key]
                self.reach.look(switch, published)
                found |= {stage.milestone for stage in plan.values()}
        return found

    def _looked(self, spell: Spell, at: datetime) -> None:
        # Whether they had gone by then is as it was told last.
        self.reach.look(*spell.told[1:])
        # What is dated by the end, not what is to come.
        if self._last <= at <= self._end:
            for moment in (spell.since, spell.until):
                if moment is not None:
                    self.reach.watch(moment, over=moment <= at)

    def _terms_at(self, job: UUID, at: datetime) -> JobTerms | None:
        """As they were then; for a time before the job was opened, as it was opened."""
        if not (known := self._terms.get(job)):
            return None
        then = [one for one in known if one[0].occurred <= at] or known[:1]
        self.reach.look(*(told for told, _ in then))
        return then[-1][1]

    def _candidates(self, job: UUID, at: datetime) -> Iterator[tuple[tuple[Fact, Fact], Plan]]:
        """The nearest first, each with the events that tell of it."""
        switches = self._switches.get(job, [])
        before = [one for one in switches if one[0].occurred <= at]
        after = [one for one in switches if one[0].occurred > at]
        for switch, key in (*reversed(before), *after):
            if key in self._plans:
                published, plan = self._plans[key]
                yield (switch, published), plan

    def _fold(self, fact: Fact) -> None:
        event = fact.event
        if isinstance(event, JobTerms):
            told = self._terms[event.job_id]
            told.append((fact, _changed(told[-1][1], event) if told else event))
        match event:
            case StagePlanPublished():
                self._plans[event.plan_id, event.version] = fact, {stage.id: stage for stage in event.stages}
            case JobOpened() | StagePlanChanged():
                self._switches[event.job_id].append((fact, (event.plan_id, event.plan_version)))
                if isinstance(event, StagePlanChanged):
                    self._maps[event.job_id].append((fact, event.stage_map))
                else:
                    self._states[event.job_id] = fact
            case JobClosed():
                self._states[event.job_id] = fact
            case JobTeamChanged():
                self._join(fact, event)
            case PostingPublished():
                self._posted.setdefault(event.job_id, fact)

    def _join(self, fact: Fact, event: JobTeamChanged) -> None:
        spells = self._teams[event.job_id, event.role]
        for index, spell in enumerate(spells):
            # Another event about the same member says when a spell ends that was open, or began then.
            if spell.member == event.member and (spell.until is None or spell.since == event.since):
                spells[index] = replace(spell, until=event.until, told=(*spell.told, fact))
        spells.append(Spell(event.member, event.since, event.until, (fact,)))


def _changed(before: JobTerms, event: JobTerms) -> JobTerms:
    """An event has all terms as they were when it was written. What it says of a past is what it names."""
    match event:
        case JobUpdated(changed=names) if names:
            return before.model_copy(update={name: getattr(event, name) for name in names})
        case JobOpened(reopened=True):
            return before
    return event
