"""job: what people apply to, under a requisition; opened, closed and opened again."""

from typing import Literal
from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Stream
from shared.events.personal import Confidential
from shared.events.values import Moment

STREAM = Stream(service="ats", category="job", key="requisition_id")

TeamRole = Literal["recruiter", "hiring_manager", "coordinator", "sourcer", "interviewer"]


@correctable(STREAM)
class JobEvent(Event):
    """Of stream job-{job_id}."""

    job_id: UUID
    requisition_id: UUID


class JobTerms(JobEvent):
    """What the job is, whole each time; a confidential one has its title in `confidential_title` only."""

    title: str | None = None
    confidential: bool = False
    confidential_title: Confidential[str] | None = None
    department: str
    location: str
    zone: str
    country: str | None = None
    job_group: str | None = None
    level: str | None = None
    evergreen: bool = False
    internal: bool = False
    over_offering: bool = False


@STREAM.event("opened")
class JobOpened(JobTerms):
    plan_id: UUID
    plan_version: int
    reopened: bool = False


@STREAM.event("updated")
class JobUpdated(JobTerms):
    changed: tuple[str, ...]


@STREAM.event("closed")
class JobClosed(JobEvent):
    reason: str
    note: Confidential[str] | None = None


@STREAM.event("team-changed")
class JobTeamChanged(JobEvent):
    """`member` has `role` from `since` until `until`; no `until`: until another event says so."""

    role: TeamRole
    member: UUID
    since: Moment
    until: Moment | None = None


@STREAM.event("stage-plan-changed")
class StagePlanChanged(JobEvent):
    """`stage_map`: stage of the plan before to stage of the plan now, for the people who stand there."""

    from_plan: UUID
    from_version: int
    plan_id: UUID
    plan_version: int
    stage_map: dict[str, str]
