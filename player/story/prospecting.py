"""Prospects: sourced, written to, met, some handed over to a job."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from player.steps import Lane, Ref
from player.story.benchmarks import Scale
from player.story.campaigns import Campaign
from player.story.company import Company
from player.story.dice import Dice
from player.story.jobs import CLOSING, YOUNG, Job, Story
from player.story.names import Names, email
from player.story.outreach import Outreach
from player.story.people import Applicant

CHANNELS = {"linkedin": 0.55, "referral": 0.1, "event": 0.12, "social": 0.13, "import": 0.1}
NEVER_INTERESTED = 0.05
SKILLS = ("python", "sql", "logistics", "negotiation", "contracts", "forecasting", "design", "kubernetes")


@dataclass(frozen=True)
class Known:
    """A prospect who was not handed over, and may still apply by themselves."""

    name: str
    email: str
    person: Ref
    sourced: datetime


class Prospecting:
    """Writes one lane for each prospect."""

    def __init__(self, seed: int, scale: Scale, company: Company, campaigns: list[Campaign], horizon: datetime) -> None:
        self.seed, self.scale, self.company = seed, scale, company
        self.campaigns, self.horizon = campaigns, horizon
        self.first = horizon - timedelta(days=330)
        self.names = Names(Dice(seed, "prospects"))
        self.lanes: list[Lane] = []
        self.known: list[Known] = []

    def hand_over(self, applicant: Applicant) -> Ref:
        """The prospect who becomes this applicant."""
        dice = Dice(self.seed, "prospect", len(self.lanes))
        fitting = [c for c in self.campaigns if c.job is applicant.job]
        campaign = dice.one(fitting) if fitting and dice.chance(0.8) else None
        return self._prospect(dice, applicant.name, applicant.email, campaign, applicant.job, applicant.arrives)

    def others(self, jobs: list[Job], handed_over: int) -> list[Lane]:
        """All but those who will be handed over: nothing came of them, or a lead that was never interested.

        Returns the leads' application lanes.
        """
        leads = []
        open_jobs = [job for job in jobs if job.story not in {Story.CANCELLED, *YOUNG, *CLOSING}]
        while len(self.lanes) < self.scale.prospects - handed_over:
            number = len(self.lanes)
            dice = Dice(self.seed, "prospect", number)
            name = self.names.next()
            address = email(name, 1_000_000 + number)
            if dice.chance(NEVER_INTERESTED):
                job = dice.one(open_jobs)
                at = dice.office(job.opened + timedelta(days=10) + dice.around(15))
                person = self._prospect(dice, name, address, None, job, at)
                leads.append(self._lead(dice, number, person, job, at))
            else:
                campaign = dice.one(self.campaigns) if dice.chance(0.9) else None
                person = self._prospect(dice, name, address, campaign, None, None)
                self.known.append(Known(name, address, person, self.lanes[-1].steps[0].at or self.horizon))
        return leads

    def _prospect(
        self, dice: Dice, name: str, address: str, campaign: Campaign | None, job: Job | None,
        handed_over: datetime | None,
    ) -> Ref:  # fmt: skip
        lane = Lane(f"prospect:{len(self.lanes)}", self.horizon)
        sourcer = campaign.sender if campaign else dice.one(self.company.with_role("sourcer"))
        latest = self.horizon - timedelta(days=3) if handed_over is None else handed_over - timedelta(days=9)
        begins = campaign.starts if campaign else dice.between(self.first, latest)
        met = dice.office(min(begins + dice.around(3), latest))
        channel = dice.weighted(CHANNELS)
        referrer = dice.one(self.company.with_role("interviewer")).ref if channel == "referral" else None
        sourced = met - timedelta(hours=3) - dice.around(2)
        person = lane.do(
            "prospect.source", sourced, sourcer.subject, name=name, email=address, channel=channel,
            skills=dice.some(SKILLS, 2), country=dice.one(["DE", "US", "GB"]), active=dice.chance(0.2),
            owner=sourcer.ref, referred_by=referrer, profile_url=f"https://people.example/{lane.name[9:]}",
        )  # fmt: skip
        end = handed_over or self.horizon
        outreach = Outreach(lane, dice, person, sourcer, met, end - timedelta(hours=2))
        outreach.begin(sourced + timedelta(hours=1))
        if campaign is None:
            outreach.meet()
        else:
            outreach.campaign(campaign, answers=(handed_over is not None and dice.chance(0.75)) or dice.chance(0.1))
        if job is not None and handed_over is not None:
            if not outreach.spoken:
                outreach.call()
            lane.do("prospect.hand-over", handed_over, sourcer.subject, person, job_id=job.ref, note="Wants to talk.")
        elif dice.chance(0.05):
            lane.do("prospect.update", outreach.at + timedelta(hours=1), sourcer.subject, person, active=True)
        self.lanes.append(lane)
        return person

    def _lead(self, dice: Dice, number: int, person: Ref, job: Job, at: datetime) -> Lane:
        lane = Lane(f"lead:{number}", self.horizon)
        recruiter = job.recruiter.subject
        lead = lane.look(
            "application.find", at, recruiter, query={"person_id": person}, where={"job_id": job.ref}
        )  # fmt: skip
        at = dice.office(at + dice.around(6))
        if dice.chance(0.7):
            lane.do("application.withdraw", at, recruiter, lead, reason="not_interested")
        return lane
