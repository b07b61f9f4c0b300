"""The plan of a year of hiring: the same seed, size and end give the same plan."""

from datetime import datetime, timedelta

from player.steps import Lane, Plan, Ref
from player.story.benchmarks import SIZES, Scale
from player.story.campaigns import campaigns
from player.story.closing import go_on
from player.story.company import ADMIN, HOLIDAYS, Company, company
from player.story.dice import Dice
from player.story.epilogue import epilogue
from player.story.jobs import Job, Story, jobs
from player.story.journeys import Journey
from player.story.offering import Seats
from player.story.people import Applicant, Ending, applicants
from player.story.prospecting import Known, Prospecting

YEAR = timedelta(days=365)
# What is back-dated is history from an hour on; between history and today nothing happens.
RECENT = timedelta(hours=2)


class UnknownSize(ValueError):
    """A size that there is no scale for."""


def history(seed: int, size: str, end: datetime) -> Plan:
    """Twelve months up to `end` and what happens on that day. Raises UnknownSize."""
    if size not in SIZES:
        raise UnknownSize(f"There is no size {size!r}: choose one of {', '.join(SIZES)}.")
    scale, start, horizon = Scale.of(size), end - YEAR, end - RECENT
    staff = company(seed, scale, start)
    opened = jobs(seed, scale, staff, start, horizon)
    started = campaigns(seed, scale, staff, opened, horizon)
    coming = applicants(seed, scale, opened, horizon)
    prospecting = Prospecting(seed, scale, staff, started, horizon)
    leads = prospecting.others(opened, sum(one.handed_over for one in coming))
    _come_by_themselves(coming, prospecting.known)
    applications = _applications(seed, staff, coming, prospecting, horizon)
    _after_opening(seed, staff, opened, coming, applications)
    lanes = [
        *staff.lanes, *(job.lane for job in opened), *(campaign.lane for campaign in started), *prospecting.lanes,
        *applications.values(), *leads, _former(staff, start, horizon),
    ]  # fmt: skip
    recent = next(job for job in opened if job.story is Story.RECENT)
    done = tuple(key for lane in lanes for key in lane.last)
    on_slack = tuple({"email": m.email, "name": m.name, "tz": m.zone} for m in staff.members if m.on_slack)
    return Plan(seed, size, end, (*lanes, *epilogue(recent, end, done)), on_slack)


def _applications(
    seed: int, staff: Company, coming: list[Applicant], prospecting: Prospecting, horizon: datetime
) -> dict[int, Lane]:
    """By number. Of those with offers, the hired come last: they take the seats that the others did not."""
    seats = Seats()
    written: dict[int, Lane] = {}
    hired = {Ending.HIRED, Ending.HIRED_AGAIN}
    for one in sorted(coming, key=lambda a: (a.ending in hired, a.ending is Ending.WITHOUT_SEAT, a.arrives)):
        person: Ref | None = prospecting.hand_over(one) if one.handed_over else None
        written[one.number] = Journey(seed, staff, one, horizon).write(seats, person)
    return written


def _come_by_themselves(coming: list[Applicant], known: list[Known]) -> None:
    """One in sixty of those who use the form has been written to before."""
    free = iter(known)
    by_form = [one for one in coming if one.by_form and not one.known_by]
    for one in by_form[::60]:
        prospect = next(free, None)
        if prospect is not None and prospect.sourced < one.arrives:
            one.name, one.email, one.known_by = prospect.name, prospect.email, (prospect.person.key,)


def _after_opening(
    seed: int, staff: Company, opened: list[Job], coming: list[Applicant], applications: dict[int, Lane]
) -> None:
    for job in opened:
        came = [applications[one.number] for one in coming if job in (one.job, one.entry)]
        go_on(job, Dice(seed, "after opening", job.number), staff, came)


def _former(staff: Company, start: datetime, horizon: datetime) -> Lane:
    """Somebody who moved to London and left in spring."""
    lane = Lane("member:former", horizon)
    left = lane.do(
        "team-member.add", start, ADMIN, subject="former", roles=["interviewer"], name="Toni Example",
        email="former@hirelog.example", zone="Europe/Berlin", holiday_calendar=HOLIDAYS["Berlin"],
    )  # fmt: skip
    lane.do("team-member.update", start + timedelta(days=50), ADMIN, left, zone="Europe/London")
    successor = staff.with_role("interviewer")[0].ref
    lane.do("team-member.deactivate", start + timedelta(days=200), ADMIN, left, successor=successor)
    return lane
