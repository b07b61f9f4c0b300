"""Tiny histories told by hand: what happened on which day of 2026, known at once unless said otherwise."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationMovedBack,
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationTransferred,
)
from shared.events.ats.interview import InterviewEvent, InterviewRequested, InterviewRescheduled, InterviewScheduled
from shared.events.ats.job import JobOpened, JobTeamChanged
from shared.events.ats.offer import OfferAccepted, OfferDrafted, OfferEvent, OfferExtended
from shared.events.ats.posting import PostingPublished
from shared.events.ats.scorecard import Feedback, ScorecardEvent
from shared.events.ats.stage_plan import StagePlanPublished
from shared.events.ats.team_member import TeamMemberAdded
from shared.events.crm.consent import ConsentEnded
from shared.events.crm.touchpoint import TouchpointComplained, TouchpointSent
from shared.events.event import Event
from shared.events.personal import Clear
from tests.oracle import to_come
from tests.oracle.answers import answer, left_out
from tests.oracle.happened import Happened
from tests.oracle.made_up.company import PLANS, Plan
from tests.oracle.made_up.scribe import named, stream_of

A1, A2, P1, P2 = (named(name) for name in ("A1", "A2", "P1", "P2"))
J1, J2, R1, S1 = (named(name) for name in ("J1", "J2", "R1", "S1"))
O1, O2, U1, U2 = (named(name) for name in ("O1", "O2", "U1", "U2"))
C1, C2, M1, M2, M3 = (named(name) for name in ("C1", "C2", "M1", "M2", "M3"))
FULL, SHORT, WITH_CASE, RENAMED = PLANS
DAY = 86_400_000_000
END = datetime(2027, 1, 1, tzinfo=UTC)


def on(day: str) -> datetime:
    """`03-10` or `03-10 14:30`, in UTC."""
    date, _, time = day.partition(" ")
    return datetime.fromisoformat(f"2026-{date}T{time or '00:00'}:00+00:00")


class Told:
    """A log that grows; whatever was known never comes before what was known already."""

    def __init__(self) -> None:
        self.log: list[Happened] = []
        self._versions: Counter[str] = Counter()
        self._positions: Counter[str] = Counter()

    def on(self, day: str, *events: Event, known: str | None = None, actor: str = "member:1") -> None:
        for event in events:
            stream, service = stream_of(event), event.stream.service
            self._versions[stream] += 1
            self._positions[service] += 1
            place = self._versions[stream], self._positions[service]
            self.log.append(
                Happened(named(f"{len(self.log)}"), event, *place, on(day), on(known) if known else on(day), actor)
            )

    def answer(self, report: str, **parameters: Any) -> list[dict[str, Any]]:
        return answer(report, parameters, self.log, END)

    def left_out(self, report: str, **parameters: Any) -> Mapping[str, int]:
        return left_out(report, parameters, self.log, END)

    def only(self, report: str, **parameters: Any) -> Mapping[str, Any]:
        """The one row there is."""
        (row,) = self.answer(report, **parameters)
        return row


def company() -> Told:
    """Two jobs of one requisition, both on the short plan, opened on 1 January."""
    told = Told()
    told.on("01-01", *(published(plan) for plan in PLANS), opened(J1), opened(J2, department="Sales"))
    return told


def published(plan: Plan) -> StagePlanPublished:
    return StagePlanPublished(plan_id=plan.id, version=plan.version, name="Plan", stages=plan.stages)


def opened(job: UUID, plan: Plan = SHORT, department: str = "Engineering", requisition: UUID = R1) -> JobOpened:
    return JobOpened(
        job_id=job,
        requisition_id=requisition,
        department=department,
        location="Berlin",
        zone="Europe/Berlin",
        plan_id=plan.id,
        plan_version=plan.version,
    )


def posted(job: UUID = J1, board: str = "careers", **more: Any) -> PostingPublished:
    ids = {"posting_id": named(f"{job} on {board}"), "job_id": job, "requisition_id": R1}
    return PostingPublished.model_validate({**ids, "board": board, "title": "Job", **more})


def recruits(job: UUID, member: UUID, since: str, until: str | None = None) -> JobTeamChanged:
    return JobTeamChanged(
        job_id=job,
        requisition_id=R1,
        role="recruiter",
        member=member,
        since=on(since),
        until=on(until) if until else None,
    )


def submitted(
    application: UUID = A1,
    person: UUID = P1,
    job: UUID = J1,
    stage: str = "applied",
    source: str = "careers",
    internal: bool = False,
    entry_unknown: bool = False,
) -> ApplicationSubmitted:
    ids = {"application_id": application, "person_id": person, "job_id": job}
    words = {"stage": stage, "entry_unknown": entry_unknown, "source": source, "internal": internal}
    return ApplicationSubmitted.model_validate({**ids, **words})


def advanced(left: str, entered: str, *skipped: str, application: UUID = A1, person: UUID = P1) -> ApplicationAdvanced:
    return ApplicationAdvanced(
        application_id=application, person_id=person, from_stage=left, to_stage=entered, skipped=skipped
    )


def moved_back(left: str, entered: str, mistake: bool = False) -> ApplicationMovedBack:
    return ApplicationMovedBack(
        application_id=A1,
        person_id=P1,
        from_stage=left,
        to_stage=entered,
        reason_type="mistake" if mistake else "reevaluation",
    )


def transferred(stage: str, from_job: UUID = J1, to_job: UUID = J2) -> ApplicationTransferred:
    return ApplicationTransferred(application_id=A1, person_id=P1, from_job=from_job, to_job=to_job, stage=stage)


def rejected(stage: str, application: UUID = A1, person: UUID = P1) -> ApplicationRejected:
    return ApplicationRejected(
        application_id=application, person_id=person, stage=stage, reason_type="we_rejected", reason="skills"
    )


def reopened(stage: str) -> ApplicationReopened:
    return ApplicationReopened(application_id=A1, person_id=P1, stage=stage)


def offer(
    kind: type[OfferEvent], offer_id: UUID = O1, application: UUID = A1, job: UUID = J1, version: int = 1, **more: Any
) -> OfferEvent:
    """Of any kind; `more` are the fields of its own, and the seat is S1 where nothing else is said."""
    ids = {"offer_id": offer_id, "application_id": application, "person_id": P1, "job_id": job, "version": version}
    seat = {"opening_id": S1} if issubclass(kind, OfferDrafted | OfferExtended | OfferAccepted) else {}
    return kind.model_validate({**ids, **seat, **more})


def sent(
    message: UUID, person: UUID = P1, tracked: bool = True, step: int = 1, source: str = "linkedin", campaign: UUID = C1
) -> TouchpointSent:
    return TouchpointSent(
        touchpoint_id=message,
        person_id=person,
        message=f"name of {message}",
        channel="email",
        source_type=source,
        tracked=tracked,
        campaign=campaign,
        step=step,
    )


def ended(person: UUID = P1, purpose: str = "contact", cause: str = "objected") -> ConsentEnded:
    return ConsentEnded.model_validate({"person_id": person, "purpose": purpose, "cause": cause, "channel": "email"})


def complained(message: UUID, person: UUID = P1) -> TouchpointComplained:
    return TouchpointComplained(touchpoint_id=message, person_id=person)


def member(of: UUID, zone: str, week: str = "mon tue wed thu fri", holidays: str | None = None) -> TeamMemberAdded:
    life = {"zone": zone, "week": tuple(week.split()), "holiday_calendar": holidays}
    words = {"member_id": of, "subject": "m", "roles": (), "name": Clear("N"), **life}
    return TeamMemberAdded.model_validate(words)


def requested(of: UUID, application: UUID = A1, job: UUID = J1, stage: str = "screen") -> InterviewRequested:
    ids = {"interview_id": of, "application_id": application, "person_id": P1, "job_id": job}
    return InterviewRequested.model_validate({**ids, "stage": stage, "kind": "onsite"})


def meeting(kind: type[InterviewEvent], of: UUID, application: UUID = A1, version: int = 1, **more: Any) -> Any:
    """What became of it; `more` are the fields of its own."""
    ids = {"interview_id": of, "application_id": application, "person_id": P1}
    return kind.model_validate({**ids, "version": version, **more})


def interview(of: UUID, *panel: UUID, end: str, application: UUID = A1, version: int = 1) -> InterviewScheduled:
    times = {"start": on(end) - timedelta(hours=1), "end": on(end), "zone": "UTC"}
    ids = {"interview_id": of, "application_id": application, "person_id": P1, "job_id": J1}
    words = {"version": version, "panel": panel, "stage": "screen", "kind": "onsite"}
    return InterviewScheduled.model_validate({**ids, **words, **times})


def moved(of: UUID, *panel: UUID, end: str, version: int = 2) -> InterviewRescheduled:
    first = interview(of, *panel, end=end, version=version)
    return InterviewRescheduled.model_validate({**first.model_dump(), "cause": "candidate"})


def scorecard(kind: type[ScorecardEvent], of: UUID, interviewer: UUID, **more: Any) -> ScorecardEvent:
    """Of any kind; `more` are the fields of its own."""
    ids = {"scorecard_id": named(f"{of} {interviewer}"), "interview_id": of, "application_id": A1, "person_id": P1}
    words = {"version": 1, "submitted_by": interviewer, "recommendation": "yes"} if issubclass(kind, Feedback) else {}
    return kind.model_validate({**ids, "interviewer": interviewer, **words, **more})


def message(automatic: bool = False, application: UUID = A1, number: int = 1) -> Event:
    ids = {"message_id": named(f"message {number}"), "recipient_id": P1, "application_id": application}
    return to_come.event(to_come.MESSAGE_SENT, **ids, kind="received", automatic=automatic, channel="email")


def days(number: float) -> int:
    return timedelta(days=number) // timedelta(microseconds=1)
