"""A made-up company: its plans, its jobs with teams, requisitions and seats, and all that changes about them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from shared.events.ats.job import JobClosed, JobOpened, JobTeamChanged, JobUpdated, StagePlanChanged
from shared.events.ats.opening import OpeningClosed, OpeningOpened
from shared.events.ats.posting import PostingPublished
from shared.events.ats.requisition import RequisitionApproved, RequisitionClosed, RequisitionHeld, RequisitionResumed
from shared.events.ats.stage_plan import Milestone, Stage, StagePlanPublished, StageType
from tests.oracle.made_up.scribe import Scribe, named

DEPARTMENTS = ("Engineering", "Sales", "People")
LOCATIONS = ("Berlin", "New York")
ZONES = ("Europe/Berlin", "America/New_York", "Pacific/Auckland", "Mars/Olympus")
COUNTRIES = ("DE", "US", None, "ZZ")
"""Of zones and countries the last is one that no table knows."""
Role = Literal["recruiter", "hiring_manager"]
BOARDS = ("careers", "indeed", "intranet")
MEMBERS = tuple(named(f"member {n}") for n in range(3))
JOBS = tuple(named(f"job {n}") for n in range(4))
TYPES: dict[str | None, StageType] = {"lead": "lead", "screened": "screen", "offer": "offer", "hired": "hired"}


@dataclass(frozen=True)
class Plan:
    id: UUID
    version: int
    stages: tuple[Stage, ...]

    def order(self, stage: str) -> int:
        return next(known.order for known in self.stages if known.id == stage)

    def is_lead(self, stage: str) -> bool:
        return any(known.id == stage and known.type == "lead" for known in self.stages)

    def past_lead(self) -> Sequence[str]:
        return [stage.id for stage in self.stages if stage.type != "lead"]

    def before(self, stage: str) -> Sequence[str]:
        """Nearest first."""
        return [known.id for known in reversed(self.stages) if known.order < self.order(stage)]

    def beyond(self, stage: str) -> Sequence[str]:
        return [known.id for known in self.stages if known.order > self.order(stage)]


def plan(name: str, version: int, *stages: tuple[str, Milestone | None], lead: str = "lead") -> Plan:
    return Plan(
        named(f"plan {name}"),
        version,
        tuple(
            Stage(
                id=stage,
                name=stage.title(),
                type="lead" if stage == lead else TYPES.get(milestone, "active"),
                milestone=milestone,
                order=number,
            )
            for number, (stage, milestone) in enumerate(stages, 1)
        ),
    )


PLANS = (
    plan(
        "full", 1, ("lead", "lead"), ("applied", "applied"), ("screen", "screened"), ("interview", "interviewed"),
        ("onsite", "onsite"), ("offer", "offer"), ("hired", "hired"),
    ),
    plan("short", 1, ("applied", "applied"), ("screen", "screened"), ("onsite", "onsite"), ("offer", "offer")),
    plan(
        "short", 2, ("applied", "applied"), ("screen", "screened"), ("case", None), ("onsite", "onsite"),
        ("offer", "offer"), ("hired", "hired"),
    ),
    plan(
        "renamed", 1, ("interest", None), ("review", "applied"), ("call", "screened"), ("panel", "interviewed"),
        ("offer", "offer"), lead="interest",
    ),
)  # fmt: skip
CHANGED = ("department", "location", "zone", "country")
STAGES = tuple(sorted({stage.id for known in PLANS for stage in known.stages}))


@dataclass
class Requisition:
    id: UUID
    state: Literal["approved", "held", "closed"] = "approved"


@dataclass
class Seat:
    id: UUID
    jobs: tuple[UUID, ...]
    requisition: Requisition
    filled: UUID | None = None
    closed: bool = False


@dataclass
class Job:
    id: UUID
    requisition: Requisition
    plan: Plan
    opened: bool = False
    closed: bool = False
    department: str = DEPARTMENTS[0]
    location: str = LOCATIONS[0]
    standing: dict[tuple[Role, UUID], datetime] = field(default_factory=dict)
    """Since when the members of the team are in it of whom nobody has said until when."""


@dataclass
class Company:
    scribe: Scribe
    jobs: list[Job] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)

    def found(self) -> None:
        """Plans and jobs; the last job may open only when people have applied to it already."""
        tell = self.scribe.tell
        for known in PLANS:
            tell(StagePlanPublished(plan_id=known.id, version=known.version, name="Plan", stages=known.stages))
        for number, job_id in enumerate(JOBS[: 2 + self.scribe.up_to(2)]):
            requisition = Requisition(named(f"requisition {number}"))
            chosen = self.scribe.one_of((PLANS[0], PLANS[3]) if number == 0 else (PLANS[1], PLANS[2], PLANS[0]))
            job = Job(job_id, requisition, chosen)
            self.jobs.append(job)
            tell(RequisitionApproved(requisition_id=requisition.id, revision=1, headcount=2))
            if number < 2 or not self.scribe.one_in(3):
                self.open(job)
            if self.scribe.one_in(3):
                self.post(job)
            self.open_seat(job)
            roles: Sequence[Role] = ("recruiter", "hiring_manager")
            for role in roles:
                self.change_team(job, role)

    def open(self, job: Job, reopened: bool = False) -> None:
        job.opened = True
        at = {"plan_id": job.plan.id, "plan_version": job.plan.version, "reopened": reopened}
        self.scribe.tell(JobOpened.model_validate({**self._terms(job), **at}))

    def _terms(self, job: Job) -> dict[str, object]:
        job.department, job.location = self.scribe.one_of(DEPARTMENTS), self.scribe.one_of(LOCATIONS)
        return {
            "job_id": job.id,
            "requisition_id": job.requisition.id,
            "department": job.department,
            "location": job.location,
            "zone": self.scribe.one_of(ZONES),
            "country": self.scribe.one_of(COUNTRIES),
        }

    def update(self, job: Job) -> None:
        if job.opened:
            changed = (CHANGED, CHANGED[:1], CHANGED[1:2], CHANGED[2:])[len(self.scribe) % 4]
            event = JobUpdated.model_validate({**self._terms(job), "changed": changed})
            self.scribe.tell(event, occurred=self.scribe.now - timedelta(days=self.scribe.up_to(5)))

    def reopen(self, job: Job) -> None:
        """After it was closed, now or a while ago."""
        if job.opened and not job.closed:
            self.scribe.tell(JobClosed(job_id=job.id, requisition_id=job.requisition.id, reason="paused"))
            job.closed = self.scribe.one_in(2)
            self.scribe.wait()
        else:
            job.closed = False
        if not job.closed:
            self.open(job, reopened=job.opened)

    def change_team(self, job: Job, role: Role) -> None:
        """Somebody comes, for now or for a while; or what was told of one who is there is told otherwise."""
        member = self.scribe.one_of(MEMBERS)
        standing = [known for in_role, known in job.standing if in_role == role]
        since = self.scribe.now + timedelta(days=self.scribe.one_of((0, -3, -40, 2)))
        if standing and self.scribe.one_in(2):
            member = self.scribe.one_of(standing)
            moved = timedelta(days=self.scribe.one_of((0, 0, -7, 7)))
            since = job.standing[role, member] + moved
        lasts = self.scribe.one_of((None, None, 5, 30))
        if lasts is None:
            job.standing[role, member] = since
        else:
            job.standing.pop((role, member), None)
        self.scribe.tell(
            JobTeamChanged(
                job_id=job.id,
                requisition_id=job.requisition.id,
                role=role,
                member=member,
                since=since,
                until=since + timedelta(days=lasts) if lasts else None,
            ),
            occurred=self.scribe.now - timedelta(days=self.scribe.one_of((0, 0, 9))),
        )

    def post(self, job: Job) -> None:
        """On one board; now, or it is said that it was a while ago."""
        ids = {"posting_id": self.scribe.new("posting"), "job_id": job.id, "requisition_id": job.requisition.id}
        board = self.scribe.one_of(BOARDS)
        posted = PostingPublished(**ids, board=board, internal=board == "intranet", title="Job")
        self.scribe.tell(posted, occurred=self.scribe.now - timedelta(days=self.scribe.one_of((0, 0, 9))))

    def open_seat(self, job: Job) -> None:
        others = [other.id for other in self.jobs if other.requisition is not job.requisition]
        jobs = self.scribe.one_of(((job.id,), (job.id, *others[:1]), ()))
        seat = Seat(self.scribe.new("opening"), jobs, job.requisition)
        self.seats.append(seat)
        self.scribe.tell(
            OpeningOpened(
                opening_id=seat.id,
                requisition_id=job.requisition.id,
                jobs=seat.jobs,
                kind="new",
                evergreen=self.scribe.one_in(8),
            )
        )

    def close_seat(self, seat: Seat) -> None:
        if not seat.closed and seat.filled is None:
            seat.closed = True
            self.scribe.tell(OpeningClosed(opening_id=seat.id, requisition_id=seat.requisition.id, reason="cancelled"))

    def hold_or_go_on(self, requisition: Requisition) -> None:
        match requisition.state:
            case "approved" if self.scribe.one_in(5):
                self.scribe.tell(RequisitionApproved(requisition_id=requisition.id, revision=2, headcount=3))
            case "approved":
                requisition.state = "held"
                self.scribe.tell(RequisitionHeld(requisition_id=requisition.id, reason="budget"))
            case "held" if self.scribe.one_in(2):
                requisition.state = "closed"
                self.scribe.tell(RequisitionClosed(requisition_id=requisition.id, reason="cancelled"))
            case "held":
                requisition.state = "approved"
                self.scribe.tell(RequisitionResumed(requisition_id=requisition.id))

    def switch_plan(self, job: Job) -> dict[str, str]:
        """Every stage goes where its milestone is, else to the nearest place; returns the map."""
        now, before = self.scribe.one_of([known for known in PLANS if known is not job.plan]), job.plan
        stage_map = {stage.id: _counterpart(stage, now) for stage in before.stages}
        job.plan = now
        self.scribe.tell(
            StagePlanChanged(
                job_id=job.id,
                requisition_id=job.requisition.id,
                from_plan=before.id,
                from_version=before.version,
                plan_id=now.id,
                plan_version=now.version,
                stage_map=stage_map,
            )
        )
        return stage_map


def _counterpart(stage: Stage, now: Plan) -> str:
    same = [other.id for other in now.stages if stage.milestone and other.milestone == stage.milestone]
    return same[0] if same else now.stages[min(stage.order, len(now.stages)) - 1].id
