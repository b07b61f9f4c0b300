"""scorecard: one interviewer's feedback on one interview."""

from typing import Literal
from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Part, Stream
from shared.events.personal import OfApplication, Personal
from shared.events.values import Moment

STREAM = Stream(service="ats", category="scorecard", key="person_id")

Recommendation = Literal["definitely_not", "no", "no_decision", "yes", "strong_yes"]


class Rating(Part):
    """How the candidate did on one attribute of the job's kit, 1 to 5."""

    attribute: str
    score: int


@correctable(STREAM)
class ScorecardEvent(Event):
    """Of stream scorecard-{scorecard_id}."""

    scorecard_id: UUID
    interview_id: UUID
    application_id: UUID
    person_id: UUID
    interviewer: UUID


@STREAM.event("requested")
class ScorecardRequested(ScorecardEvent):
    job_id: UUID
    stage: str
    due: Moment


@STREAM.event("rescheduled")
class ScorecardRescheduled(ScorecardEvent):
    """The interview moved, and the due time with it."""

    interview_version: int
    due: Moment


class Feedback(ScorecardEvent):
    """`version` counts submissions from 1; `submitted_by` is the interviewer or who wrote it down for them."""

    version: int
    submitted_by: UUID
    recommendation: Recommendation
    ratings: Personal[tuple[Rating, ...], OfApplication] | None = None
    notes: Personal[str, OfApplication] | None = None


@STREAM.event("submitted")
class ScorecardSubmitted(Feedback):
    pass


@STREAM.event("revised")
class ScorecardRevised(Feedback):
    pass


@STREAM.event("waived")
class ScorecardWaived(ScorecardEvent):
    reason: Literal["did_not_attend", "replaced", "no_show", "cancelled"]
