"""What happens today, without a date: so that Slack, mail and whoever is waited for can be seen."""

from datetime import datetime, timedelta

from player.steps import Lane, Ref
from player.story.approving import APPROVED
from player.story.company import FINANCE, OFFER_CHAIN
from player.story.jobs import CURRENCY, Job
from player.story.names import email

HIRED_TODAY, ASKED_TODAY, MET_TODAY = "epilogue:hired", "epilogue:asked", "epilogue:met"


def epilogue(job: Job, end: datetime, done: tuple[str, ...]) -> list[Lane]:
    """Three who applied lately: one is hired, one offer waits for approval, one is to be interviewed tomorrow.

    `done`: what has to be played before today begins.
    """
    return [_hired(job, end, done), _asked(job, end, done), _met(job, end, done)]


def _hired(job: Job, end: datetime, done: tuple[str, ...]) -> Lane:
    lane, application = _came(HIRED_TODAY, "Robin Example", job, end)
    by = job.recruiter.subject
    letter, approval = _offered(lane, job, application, job.seats[0], done)
    for voter in FINANCE[:2]:
        lane.do("approval.decide", None, voter, approval, decision=APPROVED)
    lane.do("offer.extend", None, by, letter)
    lane.do("offer.accept", None, by, letter)
    lane.do("application.hire", None, by, application)
    return lane


def _asked(job: Job, end: datetime, done: tuple[str, ...]) -> Lane:
    lane, application = _came(ASKED_TODAY, "Sascha Example", job, end)
    seat = lane.do("job.add-opening", end - timedelta(days=2), job.recruiter.subject, job.ref, kind="new")
    _offered(lane, job, application, seat, done)
    return lane


def _met(job: Job, end: datetime, done: tuple[str, ...]) -> Lane:
    lane, application = _came(MET_TODAY, "Kim Example", job, end)
    start = (end + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
    panel = job.interviewers
    lane.wait_for(*done)
    lane.do(
        "interview.schedule", None, job.recruiter.subject, application_id=application, kind="video",
        panel=[member.ref for member in panel], zone=panel[0].zone, start=start.isoformat(),
        end=(start + timedelta(hours=1)).isoformat(),
    )  # fmt: skip
    return lane


def _came(name: str, person: str, job: Job, end: datetime) -> tuple[Lane, Ref]:
    """Applied three weeks ago and is at the interviews."""
    lane = Lane(name, end)
    by = job.recruiter.subject
    at = end - timedelta(days=21)
    application = lane.do(
        "application.submit", at, by, job_id=job.ref, name=person, email=email(person, 0), source="referral",
        stage="applied", credited_to=job.interviewers[0].ref,
    )  # fmt: skip
    for days, stage in ((3, "screen"), (9, "interview")):
        lane.do("application.advance", at + timedelta(days=days), by, application, to_stage=stage)
    return lane, application


def _offered(lane: Lane, job: Job, application: Ref, seat: Ref, done: tuple[str, ...]) -> tuple[Ref, Ref]:
    by = job.recruiter.subject
    lane.wait_for(*done)
    lane.do("application.advance", None, by, application, to_stage="offer")
    letter = lane.do(
        "offer.draft", None, by, application_id=application, opening_id=seat,
        pay={"base": {"amount": job.band[0], "currency": CURRENCY}, "per": "year"}, level="L3",
    )  # fmt: skip
    lane.do("offer.submit", None, by, letter, chain_id=OFFER_CHAIN)
    return letter, lane.look("offer.approval", None, by, letter)
