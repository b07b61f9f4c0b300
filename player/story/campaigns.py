"""Campaigns, one for each of the first jobs that hire and some for nobody's job in particular."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from player.steps import Lane, Ref
from player.story.benchmarks import Scale
from player.story.company import Company, Member
from player.story.dice import Dice
from player.story.jobs import YOUNG, Job, Story

GENERAL = 2


@dataclass(frozen=True)
class Campaign:
    ref: Ref
    job: Job | None
    sender: Member
    starts: datetime
    lane: Lane


def campaigns(seed: int, scale: Scale, company: Company, jobs: list[Job], horizon: datetime) -> list[Campaign]:
    dice = Dice(seed, "campaigns")
    hiring = [job for job in jobs if job.story not in {Story.CANCELLED, *YOUNG}]
    found = []
    for number in range(scale.campaigns):
        general = number % (scale.campaigns // GENERAL) == 0
        job = None if general else hiring[number % len(hiring)]
        starts = dice.office((job or hiring[number % len(hiring)]).opened + timedelta(days=1))
        sender = dice.one(company.with_role("sourcer"))
        lane = Lane(f"campaign:{number}", horizon)
        name = f"Talent community {number + 1}" if job is None else f"{job.title}, {job.department.name}"
        ref = lane.do("campaign.start", starts, sender.subject, name=name, job_id=job.ref if job else None)
        found.append(Campaign(ref, job, sender, starts, lane))
    return found
