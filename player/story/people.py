"""Who applies: by source and depth, to which job, when, and what becomes of their offers."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import cycle

from player.story.benchmarks import Depth, Scale, depths
from player.story.dice import Dice
from player.story.jobs import CLOSING, YOUNG, Job, Story
from player.story.names import Names, email

BY_FORM = ("careers_site", "job_board")
WARM_UP = timedelta(days=14)


class Ending(Enum):
    """What becomes of an application that comes to an offer."""

    HIRED = "hired"
    HIRED_AGAIN = "hired, reversed, hired again"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn with the offer out"
    EXPIRED = "expired"
    RESCINDED = "rescinded"
    RENEGED = "accepted, then reneged"
    REVERSED = "hired, then reversed"
    WITHOUT_SEAT = "accepted without a seat, then rescinded"


SPECIAL_ENDINGS = (Ending.REVERSED, Ending.RENEGED, Ending.EXPIRED, Ending.RESCINDED, Ending.WITHDRAWN)


@dataclass
class Applicant:
    """One application to be. `arrives`: submitted, or handed over by the CRM where `handed_over`.

    `seat` is the place of the opening that the offer is for. `entry`: the job applied to, if transferred later.
    `known_by`: the step that made their address known before.
    """

    number: int
    source: str
    depth: Depth
    job: Job
    name: str
    email: str
    arrives: datetime
    handed_over: bool = False
    ending: Ending | None = None
    seat: int | None = None
    entry: Job | None = None
    known_by: tuple[str, ...] = ()

    @property
    def lane(self) -> str:
        return f"application:{self.number}"

    @property
    def by_form(self) -> bool:
        return self.source in BY_FORM


def applicants(seed: int, scale: Scale, jobs: list[Job], horizon: datetime) -> list[Applicant]:
    dice = Dice(seed, "applicants")
    names = Names(dice)
    hiring = [job for job in jobs if job.story not in YOUNG and job.story is not Story.CANCELLED]
    hired = iter(dice.shuffled([job for job in hiring for _ in job.seats]))
    offered = cycle(dice.shuffled(hiring))
    weights = {job.number: (0.45 if job.story in YOUNG else 0.6 + dice.number(0, 8) / 10) for job in jobs}
    found: list[Applicant] = []
    for source, depth, handed_over in _drafts(scale):
        if depth is Depth.HIRED:
            job = next(hired)
        elif depth is Depth.OFFER:
            job = next(offered)
        else:
            job = jobs[dice.weighted(weights)]
        name = names.next()
        arrives = _arrival(dice, job, horizon)
        number = len(found)
        found.append(Applicant(number, source, depth, job, name, email(name, number), arrives, handed_over))
    _give_seats(dice, found)
    _apply_again(dice, found)
    _transfer(dice, found, jobs)
    for applicant in found:
        if applicant.handed_over:
            applicant.arrives = max(applicant.arrives, applicant.job.opened + WARM_UP + dice.around(2))
    return found


def _drafts(scale: Scale) -> Iterator[tuple[str, Depth, bool]]:
    """Two of five who were sourced come through the CRM, at every depth."""
    for source, found in depths(scale).items():
        for rank, depth in enumerate(found):
            yield source, depth, source == "sourced" and rank % 5 in (0, 2)


def _arrival(dice: Dice, job: Job, horizon: datetime) -> datetime:
    longest = timedelta(days=70) if job.story in CLOSING else horizon - job.opened
    waited = timedelta(hours=1) + dice.waiting(30)
    return job.opened + (waited if waited < longest else dice.between(job.opened, job.opened + longest) - job.opened)


def _give_seats(dice: Dice, found: list[Applicant]) -> None:
    """Each seat has one hire, and before it those offers that came to nothing; they follow each other in time."""
    offers: dict[int, list[Applicant]] = defaultdict(list)
    for applicant in found:
        if applicant.depth >= Depth.OFFER:
            offers[applicant.job.number].append(applicant)
    special = cycle(dice.shuffled(SPECIAL_ENDINGS))
    turns = 0
    for rivals in offers.values():
        chains: dict[int, list[Applicant]] = defaultdict(list)
        hires = [rival for rival in rivals if rival.depth is Depth.HIRED]
        losers = [rival for rival in rivals if rival.depth is Depth.OFFER]
        over_offered = losers.pop() if losers and losers[0].job.story is Story.OVER_OFFERED else None
        for place, loser in enumerate(losers):
            chains[place % len(hires)].append(loser)
            loser.ending = next(special) if turns % 2 == 0 else Ending.DECLINED
            turns += 1
        for seat, hire in enumerate(hires):
            hire.ending = Ending.HIRED
            chains[seat].append(hire)
            _follow(dice, seat, chains[seat])
        if over_offered is not None:
            over_offered.ending, over_offered.seat = Ending.WITHOUT_SEAT, 0
            over_offered.arrives = chains[0][-1].arrives
    plain = [a for a in found if a.ending is Ending.HIRED and a.job.story is not Story.OVER_OFFERED]
    for applicant in sorted(plain, key=lambda a: a.arrives)[3::40]:
        applicant.ending = Ending.HIRED_AGAIN


def _follow(dice: Dice, seat: int, chain: list[Applicant]) -> None:
    arrives = chain[0].job.opened
    for applicant in chain:
        arrives += timedelta(days=1) + dice.around(9)
        applicant.seat, applicant.arrives = seat, arrives


def _apply_again(dice: Dice, found: list[Applicant]) -> None:
    """Some who were turned down early try another job later, with the same address."""
    early = dice.shuffled([a for a in found if a.by_form and a.depth is Depth.APPLIED])
    half = len(early) // 2
    for before, applicant in zip(early[:half], early[half:], strict=False):
        apart = applicant.arrives - before.arrives > timedelta(days=45)
        if apart and before.job is not applicant.job and dice.chance(0.4):
            applicant.name, applicant.email = before.name, before.email
            applicant.known_by = (f"{before.lane}/posting.apply",)


def _transfer(dice: Dice, found: list[Applicant], jobs: list[Job]) -> None:
    """Some began with another job of the same stages; one in forty, and one of those who are hired."""
    hire = _late_hire(found)
    for applicant in found:
        common = applicant.ending is None and applicant.depth > Depth.APPLIED and dice.chance(0.05)
        if (common or applicant is hire) and not applicant.handed_over:
            others = [
                job for job in jobs
                if job is not applicant.job and job.department.plan == applicant.job.department.plan
                and job.story not in CLOSING and job.opened < applicant.arrives
                and applicant.job.story not in CLOSING
            ]  # fmt: skip
            applicant.entry = dice.one(others) if others else None


def _late_hire(found: list[Applicant]) -> Applicant:
    """One hired by form on a job that stays open, and late enough that there are others to come from."""
    hires = [a for a in found if a.ending is Ending.HIRED and not a.handed_over and a.job.story not in CLOSING]
    hires.sort(key=lambda a: a.job.opened)
    return hires[len(hires) * 2 // 3]
