"""Commands on jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.ats.commands.openings import open_seats
from services.ats.commands.postings import unpublish_posting
from services.ats.domain import application, job
from services.ats.domain.application import APPLICATION, OfferOut
from services.ats.domain.job import JOB, ApplicationsUndecided, Job
from services.ats.domain.requisition import REQUISITION
from services.ats.domain.stage_plan import STAGE_PLAN, StagePlan
from services.ats.domain.team_member import TEAM_MEMBER
from services.ats.projections.applications import active_on, promised_on
from services.ats.projections.postings import published_of
from shared.events.ats.application import ReasonType
from shared.events.ats.job import TeamRole
from shared.events.personal import Clear
from shared.kit.unit import Unit


@dataclass(frozen=True)
class Disposition:
    """What all who still wait are told when their job closes."""

    reason_type: ReasonType
    reason: str


async def plan_of(unit: Unit, state: Job) -> StagePlan:
    """The stages of a job, in the version that it uses."""
    return (await unit.require(STAGE_PLAN, state.plan_id)).at(state.plan_version)


async def open_job(
    unit: Unit, job_id: UUID, requisition_id: UUID, plan_id: UUID, title: str | None, said: Mapping[str, Any],
    team: Sequence[tuple[TeamRole, UUID]], seats: int | None, target_date: date | None,
) -> None:  # fmt: skip
    """The job, its hiring team and its seats."""
    await unit.beside(REQUISITION, requisition_id)
    requisition = await unit.require(REQUISITION, requisition_id)
    plan = await unit.require(STAGE_PLAN, plan_id)
    opened = await unit.start(JOB, job_id, job.open_under(requisition, job_id, plan, title, said))
    for role, member in job.team_of(requisition, team):
        await change_job_team(unit, job_id, role, member, None, None)
    await open_seats(unit, opened, seats, "replacement" if requisition.terms.backfill else "new", target_date)


async def update_job(unit: Unit, job_id: UUID, changes: Mapping[str, Any]) -> None:
    """Of what comes after: its postings and seats stay as they were published and opened."""
    await unit.update(JOB, job_id, lambda state: job.update(state, changes))


async def change_job_team(
    unit: Unit, job_id: UUID, role: TeamRole, member: UUID, since: datetime | None, until: datetime | None
) -> None:
    await unit.require(TEAM_MEMBER, member)
    await unit.update(JOB, job_id, lambda state: job.change_team(state, role, member, unit.occurred, since, until))


async def close_job(
    unit: Unit, job_id: UUID, reason: str, note: Clear[str] | None, disposition: Disposition | None
) -> None:
    """Nobody is left waiting: those still active are rejected with it, and its postings leave their boards."""
    await unit.alone(JOB, job_id)
    await unit.about(JOB, job_id)
    waiting = [row.id for row in await unit.rows(active_on(job_id))]
    if waiting and disposition is None:
        raise ApplicationsUndecided(
            f"{len(waiting)} application(s) are active",
            "decide on each, or close the job with a disposition for all of them",
            active=len(waiting),
        )
    if promised := [str(row.id) for row in await unit.rows(promised_on(job_id))]:
        raise OfferOut(f"{len(promised)} of those who wait hold an offer", applications=promised)
    if disposition is not None:
        answer = (disposition.reason_type, disposition.reason)
        for application_id in waiting:
            await unit.update(APPLICATION, application_id, lambda state: application.reject(state, *answer))
    for posting in await unit.rows(published_of(job_id)):
        await unpublish_posting(unit, posting.id, "job_closed")
    await unit.update(JOB, job_id, lambda state: job.close(state, reason, note))


async def reopen_job(unit: Unit, job_id: UUID) -> None:
    state = await unit.require(JOB, job_id)
    requisition = await unit.require(REQUISITION, state.requisition_id)
    await unit.append(JOB, job_id, job.reopen(state, requisition))
