"""Requisitions and their jobs: drafted, approved, opened, some held, returned, closed or opened again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from player.steps import Lane, Ref
from player.story.approving import approve, refuse, requisition_voters
from player.story.benchmarks import Scale
from player.story.company import (
    COUNTRIES,
    DEPARTMENTS,
    PLAN_REFS,
    REQUISITION_CHAIN,
    ZONES,
    Company,
    Department,
    Member,
    stage_ids,
)
from player.story.dice import Dice, shares

CURRENCY = "EUR"


class Story(Enum):
    """What is special about a job."""

    PLAIN = "plain"
    FILLED = "filled"
    RETURNED = "returned"
    HELD = "held"
    HANDED_ON = "handed on"
    EXTRA_SEAT = "extra seat"
    OVER_OFFERED = "over-offered"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    RECENT = "recent"
    CONFIDENTIAL = "confidential"


S = Story
STORIES = (
    *(S.FILLED, S.RETURNED, S.HELD, S.HANDED_ON, S.EXTRA_SEAT, S.OVER_OFFERED, S.CANCELLED, S.REOPENED),
    *(S.PLAIN, S.PLAIN, S.PLAIN, S.PLAIN, S.RECENT, S.CONFIDENTIAL),
)
YOUNG = {S.RECENT, S.CONFIDENTIAL}
WITHOUT_HIRES = {S.CANCELLED, *YOUNG}
# A seat more is opened later on.
GROWING = {S.EXTRA_SEAT, *YOUNG}
CLOSING = {S.FILLED, S.REOPENED, S.CANCELLED}


@dataclass(frozen=True)
class Job:
    """An open job of the plan. `band` is the yearly pay in minor units."""

    number: int
    story: Story
    department: Department
    title: str
    recruiter: Member
    manager: Member
    interviewers: tuple[Member, ...]
    opened: datetime
    band: tuple[int, int]
    lane: Lane
    requisition: Ref
    ref: Ref
    postings: dict[str, Ref]
    seats: tuple[Ref, ...]

    @property
    def stages(self) -> list[str]:
        return stage_ids(self.department.plan)


def jobs(seed: int, scale: Scale, company: Company, start: datetime, horizon: datetime) -> list[Job]:
    """Jobs without hires to come have one seat."""
    dice = Dice(seed, "jobs")
    stories = [STORIES[number % len(STORIES)] for number in range(scale.jobs)]
    hiring = [number for number, story in enumerate(stories) if story not in WITHOUT_HIRES]
    hires = shares(scale.hires, {number: 1 + dice.number(0, 10) / 10 for number in hiring})
    return [
        _Opening(Dice(seed, "job", number), company, horizon).job(
            number, story, _opens(number, story, scale, start, horizon), max(1, hires.get(number, 1))
        )
        for number, story in enumerate(stories)
    ]


def _opens(number: int, story: Story, scale: Scale, start: datetime, horizon: datetime) -> datetime:
    """Jobs with hires open early enough for these; a recent one has been open for some weeks."""
    if story in YOUNG:
        return horizon - timedelta(days=55 - number % 7)
    last = horizon - timedelta(days=150)
    return start + timedelta(days=25) + (last - start - timedelta(days=25)) * ((number + 0.5) / scale.jobs)


class _Opening:
    """The way of one requisition to an open job."""

    def __init__(self, dice: Dice, company: Company, horizon: datetime) -> None:
        self.dice, self.company, self.horizon = dice, company, horizon

    def job(self, number: int, story: Story, opened: datetime, seats: int) -> Job:
        dice, company = self.dice, self.company
        lane = Lane(f"job:{number}", self.horizon)
        department = DEPARTMENTS[number % len(DEPARTMENTS)]
        manager, recruiter = company.manager(department), dice.one(company.with_role("recruiter"))
        low = dice.number(45, 90) * 1000_00
        terms = {
            "headcount": seats + (story in GROWING), "department": department.name, "location": dice.one(list(ZONES)),
            "title": dice.one(department.titles), "level": f"L{dice.number(2, 6)}",
            "band": {"low": low, "high": low * 5 // 4, "currency": CURRENCY},
            "hiring_manager": manager.ref, "recruiter": recruiter.ref, "confidential": story is Story.CONFIDENTIAL,
            "job_group": department.name.lower(), "backfill": dice.chance(0.3),
        }  # fmt: skip
        at = dice.office(opened - timedelta(days=18))
        requisition = lane.do("requisition.draft", at, manager.subject, **terms)
        at = self._permission(lane, requisition, terms, manager, story, at)
        # Approvals may have taken longer than was hoped for.
        opened = dice.office(max(opened, at + timedelta(hours=2)))
        place = str(terms["location"])
        ref = self._open(lane, requisition, department, place, recruiter, manager, story, opened, seats)
        at = self._hold(lane, requisition, recruiter, story, opened)
        shown = f"A role in {department.name}" if story is Story.CONFIDENTIAL else str(terms["title"])
        found = [
            lane.look("opening.find", at, recruiter.subject, query={"job_id": ref}, nth=nth) for nth in range(seats)
        ]
        postings = self._post(lane, ref, shown, recruiter, at)
        return Job(
            number, story, department, str(terms["title"]), recruiter, manager, tuple(company.interviewers(department)),
            at, (low, low * 5 // 4), lane, requisition, ref, postings, tuple(found),
        )  # fmt: skip

    def _permission(
        self, lane: Lane, requisition: Ref, terms: dict[str, object], manager: Member, story: Story, at: datetime
    ) -> datetime:
        if story is Story.RETURNED:
            at = self._submit(lane, requisition, manager, at)
            approval = lane.look("requisition.approval", at, manager.subject, requisition)
            at = refuse(lane, self.dice, approval, requisition_voters(self.dice), at)
            at = self.dice.office(at + self.dice.around(1))
            justified = terms | {"justification": "Two people left the team this quarter"}
            lane.do("requisition.revise", at, manager.subject, requisition, **justified)
        at = self._submit(lane, requisition, manager, at)
        approval = lane.look("requisition.approval", at, manager.subject, requisition)
        return approve(lane, self.dice, approval, requisition_voters(self.dice), at)

    def _submit(self, lane: Lane, requisition: Ref, manager: Member, at: datetime) -> datetime:
        at = self.dice.office(at + self.dice.around(0.5))
        lane.do("requisition.submit", at, manager.subject, requisition, chain_id=REQUISITION_CHAIN)
        return at

    def _open(
        self, lane: Lane, requisition: Ref, department: Department, place: str, recruiter: Member,
        manager: Member, story: Story, at: datetime, seats: int,
    ) -> Ref:  # fmt: skip
        # The plan's second version is the one that jobs are opened with.
        lane.wait_for(f"plan:{department.plan}/stage-plan.revise")
        return lane.do(
            "job.open", at, recruiter.subject,
            requisition_id=requisition, plan_id=PLAN_REFS[department.plan], zone=ZONES[place],
            country=COUNTRIES[place], openings=seats,
            over_offering=story is Story.OVER_OFFERED, target_date=(at + timedelta(days=60)).date().isoformat(),
            team=[
                {"role": "recruiter", "member": recruiter.ref},
                {"role": "hiring_manager", "member": manager.ref},
            ],
        )  # fmt: skip

    def _hold(self, lane: Lane, requisition: Ref, recruiter: Member, story: Story, at: datetime) -> datetime:
        if story is not Story.HELD:
            return at
        held = self.dice.office(at + timedelta(days=2))
        resumed = self.dice.office(held + timedelta(days=9))
        lane.do("requisition.hold", held, recruiter.subject, requisition, reason="budget")
        lane.do("requisition.resume", resumed, recruiter.subject, requisition)
        return resumed

    def _post(self, lane: Lane, job: Ref, title: str, recruiter: Member, at: datetime) -> dict[str, Ref]:
        question = {"id": "permit", "text": "May you work where the job is?", "required": True}
        return {
            board: lane.do(
                "posting.publish", at + timedelta(minutes=5 + 5 * nth), recruiter.subject, job_id=job, board=board,
                title=title, description=f"We look for a {title}.", questions=[question],
            )
            for nth, board in enumerate(("careers_site", "job_board"))
        }  # fmt: skip
