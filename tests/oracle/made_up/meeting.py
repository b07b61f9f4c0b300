"""Made-up interviews: asked for, arranged, moved, cancelled, held or missed; feedback in time, late, never."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.events.ats.interview import (
    InterviewCancelled,
    InterviewCompleted,
    InterviewNoShowRecorded,
    InterviewRequested,
    InterviewRescheduled,
    InterviewScheduled,
)
from shared.events.ats.scorecard import ScorecardRequested, ScorecardRevised, ScorecardSubmitted, ScorecardWaived
from tests.oracle.made_up.applying import Application
from tests.oracle.made_up.company import MEMBERS
from tests.oracle.made_up.scribe import BERLIN, CLOCK_CHANGES, INSTANT, Scribe

PANELS = (MEMBERS[:1], MEMBERS[:2], MEMBERS[1:], MEMBERS)

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass
class Meeting:
    """`version` is 0 until it is arranged. `cards`: interviewer to scorecard and how often it was written."""

    id: UUID
    application: Application
    version: int = 0
    panel: Sequence[UUID] = ()
    end: datetime = LONG_AGO
    touched: datetime = LONG_AGO
    state: str = "scheduled"
    cards: dict[UUID, tuple[UUID, int]] = field(default_factory=dict)

    def ids(self) -> dict[str, Any]:
        ids = {"application_id": self.application.id, "person_id": self.application.person}
        return {"interview_id": self.id, **ids}

    @property
    def stream(self) -> str:
        return f"interview-{self.id}"


@dataclass
class Meetings:
    scribe: Scribe
    found: list[Meeting] = field(default_factory=list)

    def go_on(self, application: Application | None) -> None:
        """Latest first: what is young moves most."""
        if application and (not self.found or self.scribe.one_in(3)):
            return self._begin(application)
        if not self.found:
            return None
        meeting = self.scribe.one_of(self.found[::-1])
        if not meeting.version:
            return self._arrange(meeting)
        self._settle(meeting)
        ahead = [other for other in self.found[::-1] if other.state == "scheduled" and other.end > self.scribe.now]
        match self.scribe.one_of(("feedback",) * 4 + ("cancel", "move", "no show", "waive", "cancel", "move", "ask")):
            case "move" if ahead:
                self._move(self.scribe.one_of(ahead))
            case "ask":
                self._ask(meeting)
            case "cancel" if ahead:
                self._cancel(self.scribe.one_of(ahead))
            case "no show" if meeting.state != "cancelled":
                self._no_show(meeting)
            case "waive":
                self._waive(meeting, self.scribe.one_of(("did_not_attend", "replaced")))
            case _ if meeting.state == "cancelled" and self.scribe.one_in(3):
                self._schedule(meeting)
            case _:
                self._write(meeting)

    def _begin(self, application: Application) -> None:
        """Asked for, or just arranged; now and then for an application of which the log knows nothing."""
        if self.scribe.one_in(12):
            application = replace(application, id=self.scribe.new("application"))
        meeting = Meeting(self.scribe.new("interview"), application)
        self.found.append(meeting)
        if self.scribe.one_in(4):
            return self._schedule(meeting)
        meeting.state = "requested"
        return self._ask(meeting)

    def _ask(self, meeting: Meeting) -> None:
        """It may be asked for again, or only when it has been arranged."""
        words = {"job_id": meeting.application.job.id, "stage": meeting.application.stage, "kind": "onsite"}
        self._tell(meeting, InterviewRequested.model_validate({**meeting.ids(), **words}))

    def _arrange(self, meeting: Meeting) -> None:
        match self.scribe.one_of(("schedule",) * 4 + ("cancel", "ask")):
            case "cancel" if meeting.state == "requested":
                self._cancel(meeting)
            case "ask":
                self._ask(meeting)
            case _ if meeting.state == "requested" or self.scribe.one_in(3):
                self._schedule(meeting)

    def _schedule(self, meeting: Meeting) -> None:
        meeting.state = "scheduled"
        of_job = {"job_id": meeting.application.job.id, "stage": meeting.application.stage}
        self._tell(meeting, InterviewScheduled.model_validate({**self._time(meeting), **of_job, "kind": "onsite"}))
        if self.scribe.one_in(5):
            self._move(meeting)
        if self.scribe.one_in(2):
            for interviewer in meeting.panel:
                due = {"due": meeting.end, **of_job}
                self._tell(meeting, ScorecardRequested.model_validate({**self._card(meeting, interviewer), **due}))

    def _move(self, meeting: Meeting) -> None:
        """Once more where the new time doesn't suit them either."""
        self._tell(meeting, InterviewRescheduled.model_validate({**self._time(meeting), "cause": "candidate"}))
        if self.scribe.one_in(3):
            self._move(meeting)

    def _time(self, meeting: Meeting) -> dict[str, Any]:
        meeting.version += 1
        meeting.panel = self.scribe.one_of(PANELS)
        meeting.end = self._end()
        # Now and then somebody has mixed up the two.
        took = timedelta(hours=-1 if self.scribe.one_in(10) else 1, minutes=self.scribe.one_of((0, 0, 30)))
        times = {"start": meeting.end - took, "end": meeting.end, "zone": "Europe/Berlin"}
        return {**meeting.ids(), "version": meeting.version, "panel": meeting.panel, **times}

    def _end(self) -> datetime:
        """Soon; at an odd hour; around a midnight; at the hour that a change of the clocks takes or gives."""
        later = self.scribe.now + timedelta(days=self.scribe.up_to(8), hours=1)
        match self.scribe.one_of(("soon", "midnight", "clocks", "soon")):
            case "midnight":
                midnight = later.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
                return midnight.astimezone(UTC) + timedelta(days=1) + self.scribe.one_of((0, -1, 1)) * INSTANT
            case "clocks":
                change = next((change for change in CLOCK_CHANGES if change > later), later)
                return change - timedelta(days=self.scribe.one_of((1, 2, 3))) + timedelta(minutes=30)
        return later + timedelta(minutes=self.scribe.up_to(900))

    def _cancel(self, meeting: Meeting) -> None:
        meeting.state = "cancelled"
        cancelled = InterviewCancelled.model_validate({**meeting.ids(), "version": meeting.version, "cause": "company"})
        self._tell(meeting, cancelled)
        if meeting.panel and self.scribe.one_in(3):
            self._waive(meeting, "cancelled")

    def _settle(self, meeting: Meeting) -> None:
        """The timer at the scheduled end, where it has rung."""
        if meeting.touched <= meeting.end <= self.scribe.now and meeting.state == "scheduled":
            meeting.state = "completed"
            told = InterviewCompleted.model_validate({**meeting.ids(), "version": meeting.version})
            self.scribe.tell(told, after=[meeting.stream], occurred=meeting.end)

    def _no_show(self, meeting: Meeting) -> None:
        meeting.state = "completed"
        party = self.scribe.one_of(("candidate", "interviewer"))
        who = self.scribe.one_of(meeting.panel) if party == "interviewer" else None
        missed = {"version": meeting.version, "party": party, "interviewer": who}
        self._tell(meeting, InterviewNoShowRecorded.model_validate({**meeting.ids(), **missed}))
        if self.scribe.one_in(3):
            self._waive(meeting, "no_show")

    def _waive(self, meeting: Meeting, reason: str) -> None:
        card = self._card(meeting, self.scribe.one_of(meeting.panel))
        self._tell(meeting, ScorecardWaived.model_validate({**card, "reason": reason}))

    def _write(self, meeting: Meeting) -> None:
        interviewer = self.scribe.one_of((*meeting.panel, *meeting.panel, *MEMBERS))
        card = self._card(meeting, interviewer)
        scorecard, written = meeting.cards[interviewer]
        meeting.cards[interviewer] = scorecard, written + 1
        words = {"version": written + 1, "submitted_by": interviewer, "recommendation": "yes"}
        kind = ScorecardRevised if written else ScorecardSubmitted
        self._tell(meeting, kind.model_validate({**card, **words}))

    def _card(self, meeting: Meeting, interviewer: UUID) -> dict[str, Any]:
        meeting.cards.setdefault(interviewer, (self.scribe.new("scorecard"), 0))
        return {**meeting.ids(), "scorecard_id": meeting.cards[interviewer][0], "interviewer": interviewer}

    def _tell(self, meeting: Meeting, event: Any) -> None:
        if event.stream.category == "interview":
            meeting.touched = self.scribe.now
        self.scribe.tell(event, after=[meeting.stream, meeting.application.stream])
