"""How an application comes in: by the public form, by a recruiter's hand, or from the CRM."""

from player.steps import Lane, Ref
from player.story.company import CAREERS_PAGE, Company
from player.story.dice import Dice
from player.story.people import Applicant

AGENCIES = ("Northwind Search", "Bluebird Talent")


def apply(lane: Lane, dice: Dice, company: Company, applicant: Applicant, person: Ref | None) -> Ref:
    """The first step of an applicant's lane; returns the application. `person`: the prospect handed over."""
    job = applicant.entry or applicant.job
    if person is not None:
        return lane.look(
            "application.find", applicant.arrives, applicant.job.recruiter.subject,
            query={"person_id": person}, where={"job_id": job.ref},
        )  # fmt: skip
    if applicant.source in job.postings:
        # Whose address is known must have become a candidate, or a prospect, before.
        lane.wait_for(*applicant.known_by)
        return lane.do(
            "posting.apply", applicant.arrives, CAREERS_PAGE, job.postings[applicant.source], name=applicant.name,
            email=applicant.email, answers={"permit": "yes"},
            phone=f"+49 30 {dice.number(10**6, 10**7)}" if applicant.known_by else None,
        )  # fmt: skip
    return lane.do(
        "application.submit", applicant.arrives, job.recruiter.subject, job_id=job.ref, name=applicant.name,
        email=applicant.email, source=applicant.source, stage="applied",
        source_detail=dice.one(AGENCIES) if applicant.source == "agency" else None,
        credited_to=dice.one(job.interviewers).ref if applicant.source == "referral" else None,
    )  # fmt: skip
