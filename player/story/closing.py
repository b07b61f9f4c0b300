"""How a job's days end: a new recruiter, a seat more, taken off the boards, closed, opened again."""

from datetime import timedelta

from player.steps import Lane
from player.story.company import Company
from player.story.dice import Dice
from player.story.jobs import CLOSING, Job, Story

TOO_LATE = {"reason_type": "we_rejected", "reason": "position_filled"}


def go_on(job: Job, dice: Dice, company: Company, applications: list[Lane]) -> None:
    """Adds to the job's lane what happens after it was opened; `applications`: the lanes of those who came to it."""
    lane, by = job.lane, job.recruiter.subject
    middle = dice.office(job.opened + timedelta(days=45))
    if job.story is Story.HANDED_ON:
        others = [member for member in company.with_role("recruiter") if member is not job.recruiter]
        lane.do("job.team", middle, by, job.ref, role="recruiter", member=dice.one(others).ref)
    if job.story is Story.EXTRA_SEAT:
        target = (middle + timedelta(days=30)).date().isoformat()
        seat = lane.do("job.add-opening", middle, by, job.ref, kind="replacement", target_date=target)
        lane.do("opening.close", dice.office(middle + timedelta(days=33)), by, seat, reason="budget")
    if job.story in CLOSING:
        _close(job, dice, applications)


def _close(job: Job, dice: Dice, applications: list[Lane]) -> None:
    lane, by = job.lane, job.recruiter.subject
    last = max((step.at for each in applications for step in each.steps if step.at), default=job.opened)
    at = dice.office(last + timedelta(days=2))
    done = tuple(key for each in applications for key in each.last)
    lane.wait_for(*done)
    for posting in job.postings.values():
        lane.do("posting.unpublish", at, by, posting)
    at += timedelta(minutes=30)
    if job.story is Story.CANCELLED:
        for seat in job.seats:
            lane.do("opening.close", at, by, seat, reason="cancelled")
    reason = "cancelled" if job.story is Story.CANCELLED else "filled"
    lane.do("job.close", at, by, job.ref, reason=reason, disposition=TOO_LATE)
    if job.story is Story.REOPENED:
        lane.do("job.reopen", dice.office(at + timedelta(days=12)), by, job.ref)
    else:
        lane.do("requisition.close", at + timedelta(minutes=5), by, job.requisition, reason=reason)
