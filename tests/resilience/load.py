"""What clients send in a run: a company that hires, then stories in lanes, all of it drawn from the seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from player.steps import Command, Lane, Plan, Ref, Step
from player.story.approving import APPROVED, REJECTED
from player.story.benchmarks import Scale
from player.story.company import FINANCE, OFFER_CHAIN, Company, company
from player.story.dice import Dice
from player.story.jobs import CURRENCY, Job, jobs

YEAR, RECENT = timedelta(days=365), timedelta(hours=2)
SCALE = Scale(jobs=6, applications=0, hires=18, prospects=0, campaigns=0, recruiters=4, sourcers=3)

Manner = Literal["plain", "twins", "again", "stale", "rival"]
"""Once; twice at once with one key; again after the answer; with a wrong ETag before; beside the same by another."""
MANNERS: dict[Manner, float] = {"plain": 0.78, "twins": 0.07, "again": 0.05, "stale": 0.04, "rival": 0.06}


@dataclass(frozen=True)
class Sending:
    """A step of a lane and how it is sent. Of what stays without an answer, the `insistent` half is sent again."""

    step: Step
    manner: Manner = "plain"
    insistent: bool = True

    @property
    def commands(self) -> int:
        """How many commands it is, each with effects of its own; a look is none."""
        return 0 if not isinstance(self.step, Command) else 2 if self.manner in ("stale", "rival") else 1


@dataclass(frozen=True)
class Load:
    """`set_up` is played first, as history; then the lanes, each in order, many at a time."""

    set_up: Plan
    lanes: tuple[tuple[Sending, ...], ...]


def load(seed: int, commands: int, end: datetime) -> Load:
    """At least so many commands, and half as many again, for lanes end where an answer stays out."""
    start, horizon = end - YEAR, end - RECENT
    staff = company(seed, SCALE, start)
    opened = jobs(seed, SCALE, staff, start, horizon)
    on_slack = tuple({"email": m.email, "name": m.name, "tz": m.zone} for m in staff.members if m.on_slack)
    lanes = (*staff.lanes, *(job.lane for job in opened))
    return Load(Plan(seed, "small", end, lanes, on_slack), tuple(_lanes(seed, commands * 3 // 2, staff, opened, end)))


def _lanes(seed: int, commands: int, staff: Company, opened: list[Job], end: datetime) -> Iterator[tuple[Sending, ...]]:
    number = 0
    while commands > 0:
        dice = Dice(seed, "load", number)
        lane = Lane(f"load:{number}", end)
        dice.weighted(STORIES)(_Telling(lane, dice, staff, opened, end, f"{seed}.{number}"))
        sent = tuple(_sending(Dice(seed, "manner", step.key), step) for step in lane.steps)
        commands -= sum(sending.commands for sending in sent)
        number += 1
        yield sent


def _sending(dice: Dice, step: Step) -> Sending:
    return Sending(step, dice.weighted(MANNERS), dice.chance(0.5)) if isinstance(step, Command) else Sending(step)


def rival_of(step: Command) -> Command:
    """The same command, of another client."""
    return replace(step, key=f"{step.key}~rival")


@dataclass(frozen=True)
class _Telling:
    """A lane being written. `mark` makes names and addresses that nobody else has."""

    lane: Lane
    dice: Dice
    staff: Company
    opened: list[Job]
    end: datetime
    mark: str

    def do(self, what: str, by: str, of: Ref | None = None, /, **body: object) -> Ref:
        return self.lane.do(what, None, by, of, **body)

    def sourced(self, nth: int = 0) -> tuple[Ref, str]:
        """A prospect who may be written to, and the sourcer."""
        by = self.dice.one(self.staff.with_role("sourcer")).subject
        person = self.do(
            "prospect.source", by, name=f"Load {self.mark}.{nth}", email=f"load.{self.mark}.{nth}@mail.example",
            channel=self.dice.one(["linkedin", "event", "social"]), skills=["log"], country="DE",
        )  # fmt: skip
        self.do("consent.grant", by, person, purpose="contact", basis="consent", channel="form")
        return person, by


def _prospect(told: _Telling) -> None:
    """Sourced, written to, changed, perhaps handed over and then looked at as an applicant."""
    dice, (person, by) = told.dice, told.sourced()
    for nth in range(dice.number(1, 2)):
        message = told.do("touchpoint.add", by, person, kind="sent", channel="email", tracked=True)
        if dice.chance(0.7):
            told.do("touchpoint.open", by, message)
        if dice.chance(0.4):
            told.do("touchpoint.click", by, message, link=f"job-{nth}")
        if dice.chance(0.5):
            told.do("touchpoint.reply", by, message, sentiment="positive", text="Tell me more.")
    for nth in range(dice.number(1, 4)):
        told.do("prospect.update", by, person, tags=[f"tag-{told.mark}-{nth}"])
    if dice.chance(0.5):
        job = dice.one(told.opened)
        told.do("prospect.hand-over", by, person, job_id=job.ref, note="Wants to talk.")
        application = told.lane.look(
            "application.find", None, job.recruiter.subject, query={"person_id": person}, where={"job_id": job.ref}
        )
        told.do("application.advance", job.recruiter.subject, application, to_stage="screen")
    if dice.chance(0.2):
        told.do("consent.end", by, person, purpose="contact", cause="withdrawn", channel="phone")


def _applicant(told: _Telling) -> None:
    """By the form or by hand, through interviews; some get an offer, and few of these are hired."""
    dice, job = told.dice, told.dice.one(told.opened)
    by, who = job.recruiter.subject, {"name": f"Load {told.mark}", "email": f"load.{told.mark}@mail.example"}
    if dice.chance(0.6):
        board = dice.one(sorted(job.postings))
        form = {**who, "answers": {"permit": "yes"}}
        application = told.do("posting.apply", "careers-page", job.postings[board], **form)
    else:
        application = told.do("application.submit", by, job_id=job.ref, source="referral", stage="applied", **who)
    told.do("application.advance", by, application, to_stage="screen")
    if dice.chance(0.15):
        told.do("application.move-back", by, application, to_stage="applied", reason_type="reevaluation")
    if dice.chance(0.3):
        told.do("application.attribute", by, application, view="credited", new="agency")
    told.do("application.advance", by, application, to_stage="interview")
    if dice.chance(0.35):
        _interview(told, job, application)
    if dice.chance(0.25):
        _offer(told, job, application)
    elif dice.chance(0.6):
        told.do("application.reject", by, application, reason_type="we_rejected", reason="not_qualified")
        if dice.chance(0.3):
            told.do("application.reopen", by, application, why="Looked at again.")


def _interview(told: _Telling, job: Job, application: Ref) -> None:
    dice, by, interviewer = told.dice, job.recruiter.subject, told.dice.one(job.interviewers)
    start = (told.end + timedelta(days=dice.number(2, 20))).replace(minute=0, second=0, microsecond=0)
    times = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat(), "zone": interviewer.zone}
    meeting = told.do(
        "interview.schedule", by, application_id=application, kind="video", panel=[interviewer.ref], **times
    )
    told.do("interview.respond", interviewer.subject, meeting, response="accepted")
    if dice.chance(0.3):
        later = (start + timedelta(days=1)).isoformat(), (start + timedelta(days=1, hours=1)).isoformat()
        told.do(
            "interview.reschedule", by, meeting, cause="candidate", start=later[0], end=later[1], zone=interviewer.zone
        )
    if dice.chance(0.2):
        told.do("interview.cancel", by, meeting, cause="company")
        return
    card = told.lane.look(
        "scorecard.find", None, by, query={"application_id": application, "interviewer": interviewer.ref},
        where={"interview_id": meeting},
    )  # fmt: skip
    told.do(
        "scorecard.submit", interviewer.subject, card, recommendation=dice.one(["yes", "no"]),
        ratings=[{"attribute": "craft", "score": dice.number(1, 5)}], notes="Answered what was asked.",
    )  # fmt: skip


def _offer(told: _Telling, job: Job, application: Ref) -> None:
    """Refused in the round, or extended and declined, or accepted and hired."""
    dice, by = told.dice, job.recruiter.subject
    told.do("application.advance", by, application, to_stage="offer")
    pay = {"base": {"amount": job.band[0], "currency": CURRENCY}, "per": "year"}
    seat = dice.one(job.seats)
    letter = told.do("offer.draft", by, application_id=application, opening_id=seat, pay=pay, level="L3")
    told.do("offer.submit", by, letter, chain_id=OFFER_CHAIN)
    round_ = told.lane.look("offer.approval", None, by, letter)
    refused = dice.chance(0.2)
    for voter in dice.some(FINANCE, 2):
        told.do("approval.decide", voter, round_, decision=REJECTED if refused else APPROVED)
    if refused:
        return
    told.do("offer.extend", by, letter, expires=(told.end + timedelta(days=30)).isoformat())
    if dice.chance(0.3):
        told.do("offer.accept", by, letter)
        told.do("application.hire", by, application)
    else:
        told.do("offer.decline", by, letter, reason="salary_expectation")
        told.do("application.withdraw", by, application, reason="declined_offer")


def _campaign(told: _Telling) -> None:
    """A campaign, and some people who are written to in it."""
    by = told.dice.one(told.staff.with_role("sourcer")).subject
    campaign = told.do("campaign.start", by, name=f"Load {told.mark}", job_id=told.dice.one(told.opened).ref)
    for nth in range(told.dice.number(2, 4)):
        person, sourcer = told.sourced(nth)
        told.do("campaign.enrol", by, campaign, person_id=person)
        message = told.do(
            "touchpoint.add", sourcer, person, kind="sent", channel="inmail", campaign_id=campaign, step=1
        )
        if told.dice.chance(0.3):
            told.do("touchpoint.bounce", sourcer, message, kind="hard")
        if told.dice.chance(0.1):
            told.do("touchpoint.complain", sourcer, message)


STORIES: dict[Callable[[_Telling], None], float] = {_prospect: 0.45, _applicant: 0.4, _campaign: 0.15}
