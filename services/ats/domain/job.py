"""What people apply to, under a requisition: opened, staffed with a hiring team, closed and opened again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from services.ats.domain.requisition import Requisition
from services.ats.domain.stage_plan import StagePlan
from shared.events.ats.job import (
    STREAM,
    JobClosed,
    JobEvent,
    JobOpened,
    JobTeamChanged,
    JobTerms,
    JobUpdated,
    StagePlanChanged,
    TeamRole,
)
from shared.events.personal import Clear, Personal
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Invalid, Refusal

State = Literal["open", "closed"]


class RequisitionNotApproved(Refusal):
    slug, title = "requisition-not-approved", "There is no permission to hire"
    next_step = "have the requisition approved, or resume it, first"


class JobNotOpen(Refusal):
    slug, title = "job-not-open", "The job is closed"
    next_step = "reopen the job first"


class ApplicationsUndecided(Refusal):
    slug, title = "applications-undecided", "People still wait for an answer on this job"


@dataclass(frozen=True)
class Teammate:
    """Somebody's role in the hiring team, from `since` until `until`."""

    role: TeamRole
    member: UUID
    since: datetime
    until: datetime | None

    def active(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True)
class Job:
    """`terms` are the newest ones, whole. Applications pass the stages of version `plan_version` of the plan."""

    id: UUID
    requisition_id: UUID
    state: State
    terms: JobTerms
    plan_id: UUID
    plan_version: int
    team: tuple[Teammate, ...] = ()
    closed_because: str | None = None

    def has(self, role: TeamRole, member: UUID, at: datetime) -> bool:
        return any(mate.active(at) for mate in self.team if (mate.role, mate.member) == (role, member))

    def require_open(self) -> None:
        if self.state != "open":
            raise JobNotOpen(f"The job was closed ({self.closed_because})")


def open_under(
    requisition: Requisition, job_id: UUID, plan: StagePlan, title: str | None, said: Mapping[str, Any]
) -> Sequence[JobEvent]:
    """`said` are terms of the job's own; what it is, where and how secret stands in the requisition."""
    require_approved(requisition)
    terms = requisition.terms
    secret = Clear(title) if title is not None else terms.confidential_title
    facts = JobOpened(
        job_id=job_id, requisition_id=requisition.id, confidential=terms.confidential, department=terms.department,
        location=terms.location, job_group=terms.job_group, level=terms.level,
        title=None if terms.confidential else title or terms.title,
        confidential_title=secret if terms.confidential else None,
        plan_id=plan.id, plan_version=plan.version, **said,
    )  # fmt: skip
    return [facts]


def team_of(requisition: Requisition, named: Sequence[tuple[TeamRole, UUID]]) -> list[tuple[TeamRole, UUID]]:
    """The team that a job begins with: those named, and the requisition's own for roles that nobody was named for."""
    own: list[tuple[TeamRole, UUID | None]] = [
        ("recruiter", requisition.terms.recruiter), ("hiring_manager", requisition.terms.hiring_manager),
    ]  # fmt: skip
    taken = {role for role, _ in named}
    return [*dict.fromkeys(named), *((role, who) for role, who in own if who is not None and role not in taken)]


def require_approved(requisition: Requisition) -> None:
    if requisition.state != "approved":
        raise RequisitionNotApproved(f"The requisition is {requisition.state}")


def reopen(state: Job, requisition: Requisition) -> Sequence[JobEvent]:
    """The seats keep their ids, the team stays."""
    if state.state == "open":
        return []
    require_approved(requisition)
    return [JobOpened(**_terms(state), plan_id=state.plan_id, plan_version=state.plan_version, reopened=True)]


def update(state: Job, changes: Mapping[str, Any]) -> Sequence[JobEvent]:
    """`changes` are terms of its own. The title of a confidential one stands apart."""
    state.require_open()
    told = dict(changes)
    if state.terms.confidential and "title" in told:
        told["confidential_title"] = Clear(told.pop("title"))
    changed = tuple(sorted(name for name, value in told.items() if getattr(state.terms, name) != value))
    if not changed:
        return []
    return [JobUpdated(**_terms(state) | {name: told[name] for name in changed}, changed=changed)]


def close(state: Job, reason: str, note: Personal[str, Any] | None = None) -> Sequence[JobEvent]:
    if state.state == "closed":
        return []
    return [JobClosed(**_of(state), reason=reason, note=note)]


def change_team(
    state: Job, role: TeamRole, member: UUID, at: datetime, since: datetime | None = None, until: datetime | None = None
) -> Sequence[JobEvent]:
    """Gives a role, or says when it ends. Without `since` it begins `at` that time, or began when it did."""
    had = next((mate for mate in state.team if (mate.role, mate.member) == (role, member)), None)
    if since is None:
        since = had.since if had is not None and (until is not None or had.until is None) else at
    if until is not None and until <= since:
        raise Invalid("The role would end before it begins", "give an `until` that is later than its `since`")
    if had == Teammate(role, member, since, until):
        return []
    return [JobTeamChanged(**_of(state), role=role, member=member, since=since, until=until)]


def evolve(state: Job | None, event: JobEvent) -> Job:
    match state, event:
        case None, JobOpened(reopened=False):
            return Job(event.job_id, event.requisition_id, "open", event, event.plan_id, event.plan_version)
        case Job(), JobOpened(reopened=True):
            return replace(state, state="open", terms=event, closed_because=None)
        case Job(), JobUpdated():
            return replace(state, terms=event)
        case Job(), JobClosed():
            return replace(state, state="closed", closed_because=event.reason)
        case Job(), JobTeamChanged():
            others = tuple(mate for mate in state.team if (mate.role, mate.member) != (event.role, event.member))
            return replace(state, team=(*others, Teammate(event.role, event.member, event.since, event.until)))
        case Job(), StagePlanChanged():
            return replace(state, plan_id=event.plan_id, plan_version=event.plan_version)
    raise CorruptStream(state, event)


def _terms(state: Job) -> dict[str, Any]:
    """The terms as they stand, personal values still sealed in their wrappers."""
    return {name: getattr(state.terms, name) for name in JobTerms.model_fields}


def _of(state: Job) -> dict[str, UUID]:
    return {"job_id": state.id, "requisition_id": state.requisition_id}


JOB = Aggregate(STREAM, evolve)
