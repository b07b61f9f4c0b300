"""interview: one meeting with a candidate; an on-site is several with one loop id."""

from typing import Literal
from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Stream
from shared.events.personal import OfApplication, Personal
from shared.events.values import Moment

STREAM = Stream(service="ats", category="interview", key="person_id")

Cause = Literal["candidate", "interviewer", "company"]


@correctable(STREAM)
class InterviewEvent(Event):
    """Of stream interview-{interview_id}."""

    interview_id: UUID
    application_id: UUID
    person_id: UUID


@STREAM.event("requested")
class InterviewRequested(InterviewEvent):
    job_id: UUID
    stage: str
    kind: str
    panel: tuple[UUID, ...] = ()
    loop_id: UUID | None = None


class InterviewTime(InterviewEvent):
    """`zone`: IANA name, for showing the times. `place`: a room, an address or a link."""

    version: int
    panel: tuple[UUID, ...]
    start: Moment
    end: Moment
    zone: str
    place: Personal[str, OfApplication] | None = None


@STREAM.event("scheduled")
class InterviewScheduled(InterviewTime):
    job_id: UUID
    stage: str
    kind: str
    loop_id: UUID | None = None


@STREAM.event("rescheduled")
class InterviewRescheduled(InterviewTime):
    cause: Cause
    note: Personal[str, OfApplication] | None = None


@STREAM.event("cancelled")
class InterviewCancelled(InterviewEvent):
    version: int
    cause: Cause
    note: Personal[str, OfApplication] | None = None


@STREAM.event("completed")
class InterviewCompleted(InterviewEvent):
    """The scheduled end has passed; taken back by a no-show."""

    version: int


@STREAM.event("no-show-recorded")
class InterviewNoShowRecorded(InterviewEvent):
    """`interviewer`: who did not come, where it was one of the panel."""

    version: int
    party: Literal["candidate", "interviewer"]
    interviewer: UUID | None = None


@STREAM.event("response-recorded")
class InterviewResponseRecorded(InterviewEvent):
    version: int
    interviewer: UUID
    response: Literal["accepted", "declined", "tentative"]
