"""application: one person's application to one job, from submission to hire, rejection or withdrawal."""

from datetime import date
from typing import Literal
from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Stream
from shared.events.personal import OfApplication, Personal
from shared.events.values import Touch

STREAM = Stream(service="ats", category="application", key="person_id")

ReasonType = Literal["we_rejected", "they_withdrew", "spam", "duplicate", "other"]
BackReason = Literal["mistake", "reevaluation"]
Answers = dict[str, str]


@correctable(STREAM)
class ApplicationEvent(Event):
    """Of stream application-{application_id}."""

    application_id: UUID
    person_id: UUID


@STREAM.event("submitted")
class ApplicationSubmitted(ApplicationEvent):
    """`history`: what the CRM told of the person with the hand-over, oldest first.

    `entry_unknown`: of an import, that does not tell since when they stand in `stage`; before it they were elsewhere.
    """

    job_id: UUID
    posting_id: UUID | None = None
    stage: str
    entry_unknown: bool = False
    source: str
    source_detail: str | None = None
    internal: bool = False
    hand_over: UUID | None = None
    prior_application: UUID | None = None
    history: tuple[Touch, ...] = ()
    answers: Personal[Answers, OfApplication] | None = None


@STREAM.event("advanced")
class ApplicationAdvanced(ApplicationEvent):
    from_stage: str
    to_stage: str
    skipped: tuple[str, ...] = ()


@STREAM.event("moved-back")
class ApplicationMovedBack(ApplicationEvent):
    from_stage: str
    to_stage: str
    reason_type: BackReason


@STREAM.event("transferred")
class ApplicationTransferred(ApplicationEvent):
    from_job: UUID
    to_job: UUID
    stage: str


@STREAM.event("rejected")
class ApplicationRejected(ApplicationEvent):
    stage: str
    reason_type: ReasonType
    reason: str
    note: Personal[str, OfApplication] | None = None


@STREAM.event("withdrawn")
class ApplicationWithdrawn(ApplicationEvent):
    stage: str
    reason_type: ReasonType = "they_withdrew"
    reason: str
    note: Personal[str, OfApplication] | None = None


@STREAM.event("reopened")
class ApplicationReopened(ApplicationEvent):
    stage: str
    why: Personal[str, OfApplication] | None = None


@STREAM.event("source-attributed")
class SourceAttributed(ApplicationEvent):
    """A source given or corrected by hand; `view` is the view of source effectiveness that it changes."""

    view: Literal["application", "credited"]
    old: str | None
    new: str
    credited_to: UUID | None = None


@STREAM.event("hired")
class CandidateHired(ApplicationEvent):
    job_id: UUID
    opening_id: UUID
    offer_id: UUID
    start_date: date | None = None


@STREAM.event("hire-reversed")
class HireReversed(ApplicationEvent):
    opening_id: UUID
    cause: Literal["reneged", "rescinded", "did_not_start", "mistake"]
    why: Personal[str, OfApplication] | None = None


class Start(ApplicationEvent):
    """About the first day at work of the hire that came of this offer."""

    offer_id: UUID


@STREAM.event("start-date-changed")
class StartDateChanged(Start):
    """The day that is planned; nobody has started by it."""

    old: date | None
    new: date | None


@STREAM.event("started")
class CandidateStarted(Start):
    """They came to work."""

    job_id: UUID
    opening_id: UUID


@STREAM.event("did-not-start")
class DidNotStart(Start):
    """They did not come to work, though hired; that the hire is reversed is an event of its own."""

    job_id: UUID
    opening_id: UUID
    reason: str | None = None
