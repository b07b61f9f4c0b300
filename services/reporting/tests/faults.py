"""A history in which nothing is wrong, and by check what, told after it, is."""

from collections.abc import Callable
from datetime import date
from typing import Any

from services.reporting.tests.making import of_name
from services.reporting.tests.telling import Telling, at
from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationRejected,
    ApplicationSubmitted,
    ApplicationTransferred,
    ApplicationWithdrawn,
    CandidateHired,
    SourceAttributed,
)
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.interview import InterviewCompleted, InterviewScheduled
from shared.events.ats.job import JobClosed, JobOpened, JobTeamChanged, JobUpdated
from shared.events.ats.offer import AcceptedWithoutSeat, OfferAccepted, OfferDrafted, OfferExtended, OfferRescinded
from shared.events.ats.opening import OpeningFilled
from shared.events.ats.scorecard import ScorecardSubmitted
from shared.events.ats.stage_plan import StagePlanPublished
from shared.events.crm.campaign import CampaignStarted
from shared.events.crm.enrolment import CampaignEnrolled
from shared.events.crm.prospect import CandidateSourced
from shared.events.crm.touchpoint import TouchpointOpened, TouchpointSent

OF: dict[str, Any] = {"person_id": "ann", "application_id": "a1"}
OFFER: dict[str, Any] = {**OF, "offer_id": "o1", "job_id": "j1", "opening_id": "s1", "version": 1}
JOB: dict[str, Any] = {"job_id": "j1", "requisition_id": "requisition of j1"}
SEAT: dict[str, Any] = {"opening_id": "s1", "requisition_id": "r1", "job_id": "j1", "application_id": "a1"}
START = date(2026, 4, 1)
MEETING: dict[str, Any] = {
    **OF, "interview_id": "i1", "job_id": "j1", "version": 1, "start": at(5), "end": at(5.1),
}  # fmt: skip


def sound(tell: Telling) -> None:
    """From a campaign to a hire, with nothing wrong; an event known late and one knowledge of it are in it."""
    tell.job("j1")
    tell(-29, JobTeamChanged, job_id="j1", role="recruiter", member="u1", since=at(-29))
    tell(0, CampaignStarted, campaign_id="c1")
    tell(1, CandidateSourced, person_id="ann", channel="event")
    tell(1, CampaignEnrolled, person_id="ann", campaign_id="c1", enrolment_id="e1")
    tell(2, TouchpointSent, person_id="ann", touchpoint_id="t1", campaign="c1")
    tell(2, TouchpointOpened, known=30, person_id="ann", touchpoint_id="t1", machine=False)
    tell(3, ApplicationSubmitted, **OF, job_id="j1", stage="applied", source="referral")
    tell(-9, SourceAttributed, known=31, **OF, view="application", old="referral", new="event")
    tell(4, ApplicationAdvanced, **OF, from_stage="applied", to_stage="onsite")
    tell(4, InterviewScheduled, **MEETING)
    tell(5.05, ScorecardSubmitted, **OF, interview_id="i1", scorecard_id="k1", interviewer="u1")
    tell(5.1, InterviewCompleted, **OF, interview_id="i1", version=1)
    tell(6, OfferExtended, **OFFER)
    tell(7, OfferAccepted, **OFFER, start_date=START)
    tell(7, OpeningFilled, **SEAT, offer_id="o1")
    tell(8, CandidateHired, **OF, job_id="j1", opening_id="s1", offer_id="o1")


def opened_before_sent(tell: Telling) -> None:
    tell(2, TouchpointSent, person_id="bob", touchpoint_id="t2", campaign=None)
    tell(1, TouchpointOpened, known=3, person_id="bob", touchpoint_id="t2", machine=False)


def accepted_before_extended(tell: Telling) -> None:
    tell(6, OfferDrafted, **{**OFFER, "offer_id": "o2"})
    tell(9, OfferExtended, **{**OFFER, "offer_id": "o2"})
    tell(8, OfferAccepted, known=10, **{**OFFER, "offer_id": "o2"}, start_date=START)


def completed_too_early(tell: Telling) -> None:
    tell(4, InterviewScheduled, **{**MEETING, "interview_id": "i2"})
    tell(4.5, InterviewCompleted, **OF, interview_id="i2", version=1)


def hired_before_the_acceptance(tell: Telling) -> None:
    tell(8, OfferExtended, **{**OFFER, "offer_id": "o2"})
    tell(9, CandidateHired, **OF, job_id="j1", opening_id="s1", offer_id="o2", start_date=START)
    tell(10, OfferAccepted, **{**OFFER, "offer_id": "o2"}, start_date=START)


def of_a_job_never_heard_of(tell: Telling) -> None:
    for day in (3, 4):
        tell(
            day, ApplicationSubmitted, person_id="bob", application_id=f"b{day}", job_id="j9", stage="x", source="event"
        )


def offered_without_application(tell: Telling) -> None:
    tell(3, OfferDrafted, **{**OFFER, "application_id": "a9", "offer_id": "o9"})
    tell(4, OfferExtended, **{**OFFER, "application_id": "a9", "offer_id": "o9"})


def of_no_campaign(tell: Telling) -> None:
    tell(3, CampaignEnrolled, person_id="bob", campaign_id="c9", enrolment_id="e9")
    tell(4, TouchpointSent, person_id="bob", touchpoint_id="t9", campaign="c9")


def in_a_stage_of_no_plan(tell: Telling) -> None:
    tell(6, ApplicationAdvanced, **OF, from_stage="onsite", to_stage="limbo")


def filled_by_nobody(tell: Telling) -> None:
    tell(6, OpeningFilled, **{**SEAT, "opening_id": "s2"}, offer_id="o3")


def moved_nowhere(tell: Telling) -> None:
    tell(2, JobUpdated, **JOB, department="Sales", location=" Unknown ", country="US", changed=("location",))


def of_no_department(tell: Telling) -> None:
    tell(2, JobUpdated, **JOB, department="", location="Berlin", country="US", changed=("department",))


def of_no_country(tell: Telling) -> None:
    tell(2, JobUpdated, **JOB, department="Sales", location="Berlin", country=None, changed=("country",))


def met_somebody_else(tell: Telling) -> None:
    tell(6, InterviewScheduled, **{**MEETING, "interview_id": "i3", "person_id": "bob", "start": at(7), "end": at(8)})
    tell(8, InterviewCompleted, **{**OF, "person_id": "bob"}, interview_id="i3", version=1)


def nobodys_job(tell: Telling) -> None:
    tell(1, JobOpened, job_id="j2", requisition_id="r2", plan_id="plan of j1", plan_version=1, reopened=False,
         department="Sales", location="Berlin", country="US")  # fmt: skip
    tell(2, JobTeamChanged, job_id="j2", role="coordinator", member="u1", since=at(2))


def from_somewhere(tell: Telling) -> None:
    tell(3, SourceAttributed, known=32, **OF, view="application", old="event", new="Other")


def of_no_milestone(tell: Telling) -> None:
    stage = {"id": "tea", "name": "Tea", "type": "active", "milestone": None, "order": 1}
    tell(1, StagePlanPublished, plan_id="p9", version=1, stages=[stage])


def starting_some_day(tell: Telling) -> None:
    tell(9, OfferAccepted, **{**OFFER, "offer_id": "o4"}, start_date=None)
    tell(10, CandidateHired, **OF, job_id="j1", opening_id="s1", offer_id="o4", start_date=None)


def on_a_job_that_closed(tell: Telling) -> None:
    tell.job("j3")
    tell(-29, JobTeamChanged, job_id="j3", role="recruiter", member="u1", since=at(-29))
    for name in ("b1", "b2", "b3", "b4", "b5"):
        tell(3, ApplicationSubmitted, person_id=name, application_id=name, job_id="j3", stage="applied", source="event")
    tell(4, ApplicationRejected, person_id="b2", application_id="b2", stage="applied")
    tell(4, ApplicationWithdrawn, person_id="b3", application_id="b3", stage="applied")
    tell(4, ApplicationTransferred, person_id="b4", application_id="b4", from_job="j3", to_job="j1", stage="applied")
    tell(
        4, CandidatesMerged, survivor="b1", person_id="b1", merged="b5", application_map={of_name("b5"): of_name("b1")}
    )
    tell(5, JobClosed, job_id="j3", requisition_id="requisition of j3", reason="filled")


def accepted_second(tell: Telling) -> None:
    for offer in ("o5", "o6"):
        tell(6, OfferExtended, **{**OFFER, "offer_id": offer})
        tell(7, OfferAccepted, **{**OFFER, "offer_id": offer}, start_date=START)
        tell(7, AcceptedWithoutSeat, **{**OFFER, "offer_id": offer})
    tell(8, OfferRescinded, **{**OFFER, "offer_id": "o6"}, reason="no seat")


def come_from_elsewhere(tell: Telling) -> None:
    tell(3, ApplicationSubmitted, person_id="bob", application_id="b1", job_id="j1", stage="onsite", source="event",
         entry_unknown=True)  # fmt: skip


Fault = Callable[[Telling], None]
FAULTS: list[tuple[str, Fault, str]] = [
    ("another-person", met_somebody_else, f"person {of_name('bob')}, and not {of_name('ann')}"),
    ("before-its-stream", opened_before_sent, "its stream began 2026-03-03"),
    ("accepted-before-extended", accepted_before_extended, "accepted 2026-03-09"),
    ("completed-before-start", completed_too_early, "scheduled for 2026-03-06"),
    ("hired-without-acceptance", hired_before_the_acceptance, f"offer {of_name('o2')}"),
    ("unknown-jobs", of_a_job_never_heard_of, f"job {of_name('j9')}"),
    ("unknown-applications", offered_without_application, f"application {of_name('a9')}"),
    ("unknown-campaigns", of_no_campaign, f"campaign {of_name('c9')}"),
    ("unknown-stages", in_a_stage_of_no_plan, "stage limbo"),
    ("filled-without-acceptance", filled_by_nobody, f"offer {of_name('o3')}"),
    ("jobs-without-location", moved_nowhere, f"job {of_name('j1')}"),
    ("jobs-without-country", of_no_country, f"job {of_name('j1')}"),
    ("jobs-without-department", of_no_department, f"job {of_name('j1')}"),
    ("jobs-without-recruiter", nobodys_job, f"job {of_name('j2')}"),
    ("applications-without-source", from_somewhere, "source 'Other'"),
    ("stages-without-milestone", of_no_milestone, "stages tea"),
    ("applications-on-closed-jobs", on_a_job_that_closed, f"job {of_name('j3')}"),
    ("accepted-without-seat", accepted_second, f"offer {of_name('o5')}"),
    ("entries-unknown", come_from_elsewhere, "stage onsite"),
    ("hires-without-start", starting_some_day, f"application {of_name('a1')}"),
]
