"""/jobs: what people apply to, who works on it, and how many are sought."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, model_validator

from services.ats.commands import jobs as commands
from services.ats.commands import openings
from services.ats.commands.jobs import Disposition
from services.ats.domain.job import JOB, Job
from services.ats.projections import jobs as projection
from shared.events.ats.application import ReasonType
from shared.events.ats.job import TeamRole
from shared.events.personal import clear, reveal
from shared.kit.context import new_id
from shared.kit.http.body import Body, Code, Label, Line, Time, Zone
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes

router = APIRouter(prefix="/jobs", tags=["jobs"])

Country = Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["DE"])]


class Teammate(Body):
    role: TeamRole
    member: UUID


class NewJob(Body):
    requisition_id: UUID
    plan_id: UUID = Field(description="The newest version of this stage plan is the one the job uses")
    title: Line | None = Field(default=None, description="Default: the requisition's")
    zone: Zone
    country: Country | None = None
    internal: bool = False
    evergreen: bool = False
    over_offering: bool = Field(default=False, description="A seat may be held by several offers at once")
    openings: int | None = Field(default=None, ge=1, le=1000, description="Default: the seats the headcount leaves")
    target_date: date | None = Field(default=None, description="By when the seats should be filled")
    team: tuple[Teammate, ...] = Field(default=(), max_length=100)

    def said(self) -> dict[str, Any]:
        """The terms that are the job's own."""
        return self.model_dump(include={"zone", "country", "internal", "evergreen", "over_offering"})


class JobChanges(Body):
    """Only what is given changes; null empties a field. Postings and openings that are there stay as they are."""

    title: Line | None = None
    department: Label | None = Field(default=None, max_length=100, examples=["Engineering"])
    location: Label | None = Field(default=None, max_length=100, examples=["Berlin"])
    zone: Zone | None = None
    country: Country | None = None
    job_group: Label | None = Field(default=None, max_length=60)
    level: Label | None = Field(default=None, max_length=60)
    internal: bool | None = Field(default=None, strict=True)
    evergreen: bool | None = Field(default=None, strict=True)
    over_offering: bool | None = Field(default=None, strict=True)

    @model_validator(mode="after")
    def _something_and_not_everything_can_be_emptied(self) -> "JobChanges":
        if not self.model_fields_set:
            raise ValueError(f"nothing is given: give at least one of {', '.join(JobChanges.model_fields)}")
        for name in ("title", "department", "location", "zone", "internal", "evergreen", "over_offering"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} can't be emptied")
        return self


class TeamChange(Body):
    role: TeamRole
    member: UUID
    since: Time | None = Field(default=None, description="Default: now, or since they have the role")
    until: Time | None = Field(default=None, description="When the role ends or ended")


class Decision(Body):
    reason_type: ReasonType
    reason: Code = Field(examples=["position_filled"])


class Closing(Body):
    reason: Code = Field(examples=["filled"])
    note: str | None = Field(default=None, max_length=4000)
    disposition: Decision | None = Field(default=None, description="Rejects all who still wait for an answer")


class NewOpening(Body):
    kind: Literal["new", "replacement"]
    target_date: date | None = None


@router.post("", status_code=201, operation_id="open_job", summary="Open a job, with its team and its openings")
async def open_(body: NewJob, write: Write = writes("jobs:write")) -> Receipt:
    job_id, team = new_id(), [(mate.role, mate.member) for mate in body.team]
    return await write.run(
        lambda unit: commands.open_job(
            unit, job_id, body.requisition_id, body.plan_id, body.title, body.said(), team, body.openings,
            body.target_date,
        )
    )  # fmt: skip


@router.post("/{job_id}/update", operation_id="update_job", summary="Change what a job is, and where")
async def update(job_id: UUID, body: JobChanges, write: Write = writes("jobs:write")) -> Receipt:
    changes = body.model_dump(exclude_unset=True)
    return await write.run(lambda unit: commands.update_job(unit, job_id, changes))


@router.post("/{job_id}/team", operation_id="change_job_team", summary="Give or end a role in the hiring team")
async def team(job_id: UUID, body: TeamChange, write: Write = writes("jobs:write")) -> Receipt:
    return await write.run(
        lambda unit: commands.change_job_team(unit, job_id, body.role, body.member, body.since, body.until)
    )


@router.post("/{job_id}/openings", status_code=201, operation_id="add_opening", summary="Open one more seat")
async def add_opening(job_id: UUID, body: NewOpening, write: Write = writes("jobs:write")) -> Receipt:
    return await write.run(lambda unit: openings.add_opening(unit, job_id, body.kind, body.target_date))


@router.post("/{job_id}/close", operation_id="close_job", summary="Close a job; nobody is left waiting")
async def close(job_id: UUID, body: Closing, write: Write = writes("jobs:write")) -> Receipt:
    note = clear(body.note)
    given = body.disposition
    disposition = Disposition(given.reason_type, given.reason) if given else None
    return await write.run(lambda unit: commands.close_job(unit, job_id, body.reason, note, disposition))


@router.post("/{job_id}/reopen", operation_id="reopen_job", summary="Open a closed job again, with the seats it had")
async def reopen(job_id: UUID, write: Write = writes("jobs:write")) -> Receipt:
    return await write.run(lambda unit: commands.reopen_job(unit, job_id))


@router.get("", operation_id="list_jobs", summary="List jobs")
async def listing(
    pages: Pages, state: Literal["open", "closed"] | None = None, read: Read = reads("jobs:read")
) -> Items:
    rows = await pages.fetch(read.store.database, projection.listed(state), projection.TABLE.c.id)
    return Items(items=[dict(row._mapping) for row in rows])


@router.get("/{job_id}", operation_id="get_job", summary="Read a job")
async def one(job_id: UUID, read: Read = reads("jobs:read")) -> dict[str, Any]:
    loaded = await read.load(JOB, job_id)
    return _shown(loaded.state, loaded.version, secrets=read.caller.may("pay:read"))


def _shown(state: Job, version: int, secrets: bool) -> dict[str, Any]:
    terms = state.terms
    return {
        "id": state.id, "version": version, "requisition_id": state.requisition_id, "state": state.state,
        "title": terms.title or (reveal(terms.confidential_title) if secrets else None),
        "confidential": terms.confidential, "department": terms.department, "location": terms.location,
        "zone": terms.zone, "country": terms.country, "job_group": terms.job_group, "level": terms.level,
        "evergreen": terms.evergreen, "internal": terms.internal, "over_offering": terms.over_offering,
        "plan_id": state.plan_id, "plan_version": state.plan_version, "closed_because": state.closed_because,
        "team": [
            {"role": mate.role, "member": mate.member, "since": mate.since, "until": mate.until}
            for mate in state.team
        ],
    }  # fmt: skip
