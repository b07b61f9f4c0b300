"""The company of a history: who works there, which stages applications pass, who has to approve."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from player.steps import Lane, Ref
from player.story.benchmarks import Scale
from player.story.dice import Dice
from player.story.names import Names

ADMIN = "admin"
CAREERS_PAGE = "careers-page"
ZONES = {"Berlin": "Europe/Berlin", "New York": "America/New_York", "London": "Europe/London"}
COUNTRIES = {"Berlin": "DE", "New York": "US", "London": "GB"}
HOLIDAYS = {"Berlin": "DE-BE", "New York": "US", "London": "GB-ENG"}


@dataclass(frozen=True)
class Department:
    """`days_to_hire`: the published median of its field."""

    name: str
    days_to_hire: float
    plan: str
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Member:
    """Somebody with a token. Who is not `on_slack` is told by e-mail."""

    subject: str
    roles: tuple[str, ...]
    name: str
    location: str
    on_slack: bool = True

    @property
    def email(self) -> str:
        return f"{self.subject}@hirelog.example"

    @property
    def zone(self) -> str:
        return ZONES[self.location]

    @property
    def ref(self) -> Ref:
        return Ref(f"member:{self.subject}/team-member.add")


DEPARTMENTS = (
    Department("Engineering", 30, "engineering", ("Backend Engineer", "Site Reliability Engineer", "Data Engineer")),
    Department("Logistics", 12, "standard", ("Shift Lead", "Fleet Planner")),
    Department("Sales", 20, "standard", ("Account Executive", "Sales Engineer")),
    Department("Finance", 25, "standard", ("Controller", "Payroll Specialist")),
    Department("Legal", 32, "standard", ("Counsel", "Privacy Counsel")),
    Department("Product", 28, "engineering", ("Product Manager", "Product Designer")),
)
STANDARD = (
    ("lead", "Lead", "lead", "lead"),
    ("applied", "Applied", "screen", "applied"),
    ("screen", "Phone screen", "screen", "screened"),
    ("interview", "Interview", "active", "interviewed"),
    ("onsite", "On-site", "active", "onsite"),
    ("offer", "Offer", "offer", "offer"),
    ("hired", "Hired", "hired", "hired"),
)
EXERCISE = ("exercise", "Take-home exercise", "screen", "screened")
PLANS = {"standard": STANDARD, "engineering": (*STANDARD[:3], EXERCISE, *STANDARD[3:])}


def stage_ids(plan: str) -> list[str]:
    return [stage[0] for stage in PLANS[plan]]


@dataclass(frozen=True)
class Company:
    members: tuple[Member, ...]
    lanes: tuple[Lane, ...]

    def with_role(self, role: str) -> list[Member]:
        return [member for member in self.members if role in member.roles]

    def member(self, subject: str) -> Member:
        return next(member for member in self.members if member.subject == subject)

    def manager(self, department: Department) -> Member:
        return self.member(f"manager-{department.name.lower()}")

    def interviewers(self, department: Department) -> list[Member]:
        subjects = f"interviewer-{department.name.lower()}"
        return [member for member in self.members if member.subject.startswith(subjects)]


PLAN_REFS = {name: Ref(f"plan:{name}/stage-plan.publish") for name in PLANS}
REQUISITION_CHAIN = Ref("chain:requisition/approval-chain.define")
OFFER_CHAIN = Ref("chain:offer/approval-chain.define")
FINANCE = ("approver-finance-1", "approver-finance-2", "approver-finance-3")
HEADS = ("approver-head-1", "approver-head-2")


def company(seed: int, scale: Scale, start: datetime) -> Company:
    """Founded a week before `start`."""
    dice = Dice(seed, "company")
    people = _members(scale, dice)
    founded = start - timedelta(days=7)
    lanes = [_hire(member, founded, start) for member in people]
    return Company(people, (*lanes, *_plans(founded + timedelta(days=1), start), *_chains(founded, start)))


def _members(scale: Scale, dice: Dice) -> tuple[Member, ...]:
    subjects: list[tuple[str, tuple[str, ...]]] = [
        (ADMIN, ("admin",)),
        (CAREERS_PAGE, ("ops",)),
        ("lead", ("lead",)),
        ("people-partner", ("hr",)),
        *((subject, ("approver",)) for subject in (*HEADS, *FINANCE)),
        *((f"recruiter-{number}", ("recruiter",)) for number in range(1, scale.recruiters + 1)),
        *((f"sourcer-{number}", ("sourcer",)) for number in range(1, scale.sourcers + 1)),
    ]
    for department in DEPARTMENTS:
        name = department.name.lower()
        subjects.append((f"manager-{name}", ("hiring_manager", "interviewer")))
        subjects += [(f"interviewer-{name}-{number}", ("interviewer",)) for number in (1, 2, 3)]
    names = Names(dice)
    return tuple(
        Member(subject, roles, names.next(), dice.one(list(ZONES)), on_slack=not subject.endswith(("-3", HEADS[1])))
        for subject, roles in subjects
    )


def _hire(member: Member, at: datetime, horizon: datetime) -> Lane:
    lane = Lane(f"member:{member.subject}", horizon)
    # The first admin's rights come from a setting and end as soon as there is another admin: so that is who is added.
    lane.do(
        "team-member.add", at, ADMIN, subject=member.subject, roles=list(member.roles), name=member.name,
        email=member.email, zone=member.zone, holiday_calendar=HOLIDAYS[member.location],
    )  # fmt: skip
    return lane


def _plans(at: datetime, horizon: datetime) -> list[Lane]:
    lanes = []
    for name, stages in PLANS.items():
        lane = Lane(f"plan:{name}", horizon)
        listed = [dict(zip(("id", "name", "type", "milestone"), stage, strict=True)) for stage in stages]
        draft = [stage for stage in listed if stage["id"] != "onsite"]
        plan = lane.do("stage-plan.publish", at, ADMIN, name=name.title(), stages=draft)
        lane.do("stage-plan.revise", at + timedelta(hours=3), ADMIN, plan, name=name.title(), stages=listed)
        lanes.append(lane)
    return lanes


def _chains(founded: datetime, horizon: datetime) -> list[Lane]:
    """Requisitions: one head, then two of three from finance. Offers: finance first, a head once it is above band."""
    heads, finance = ([Ref(f"member:{subject}/team-member.add") for subject in group] for group in (HEADS, FINANCE))
    one_head = {"n": 1, "members": heads, "name": "Heads"}
    two_of_finance = {"n": 2, "members": finance, "name": "Finance"}
    wanted = {
        "requisition": [one_head, two_of_finance],
        "offer": [two_of_finance, one_head | {"when": {"above_band": True}}],
    }
    lanes = []
    for subject, groups in wanted.items():
        lane = Lane(f"chain:{subject}", horizon)
        lane.do(
            "approval-chain.define", founded + timedelta(days=1), ADMIN,
            name=f"Every {subject}", subject=subject, groups=groups,
        )  # fmt: skip
        lanes.append(lane)
    return lanes
