"""One meeting with a candidate: scheduled, moved, held, cancelled or missed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from shared.events.ats.interview import (
    STREAM,
    Cause,
    InterviewCancelled,
    InterviewCompleted,
    InterviewEvent,
    InterviewNoShowRecorded,
    InterviewRescheduled,
    InterviewResponseRecorded,
    InterviewScheduled,
    InterviewTime,
)
from shared.events.personal import Personal
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Invalid, Refusal

State = Literal["scheduled", "completed", "cancelled", "no_show"]
Response = Literal["accepted", "declined", "tentative"]


class InterviewNotInState(Refusal):
    slug, title = "interview-state", "The interview is not in the state for this"
    next_step = "read the interview and look at its state; a new meeting is scheduled as a new interview"


class InterviewAhead(Refusal):
    slug, title = "interview-ahead", "The interview has not begun"
    next_step = "wait until it has begun, or reschedule or cancel it"


class TimesNotUsable(Refusal):
    status, slug, title = 422, "interview-times", "Nobody could come at these times"
    next_step = "give an end that lies after the start"


class PanelNotUsable(Refusal):
    status, slug, title = 422, "interview-panel", "This panel can't hold the interview"
    next_step = "give each interviewer once, and at least one"


class NotOnPanel(Refusal):
    status, slug, title = 403, "not-on-panel", "They are not on the panel of this interview"
    next_step = "read the interview and look at its panel"


@dataclass(frozen=True)
class Interview:
    """`time` is the newest version's. `absent`: who did not come, the candidate by their person id."""

    id: UUID
    application_id: UUID
    person_id: UUID
    job_id: UUID
    stage: str
    kind: str
    loop_id: UUID | None
    state: State
    time: InterviewTime
    responses: dict[UUID, Response] = field(default_factory=dict)
    absent: frozenset[UUID] = frozenset()

    @property
    def ids(self) -> dict[str, UUID]:
        """What each of its events begins with."""
        return {"interview_id": self.id, "application_id": self.application_id, "person_id": self.person_id}


def schedule(facts: InterviewScheduled) -> Sequence[InterviewEvent]:
    _check(facts)
    return [facts]


def reschedule(
    state: Interview, panel: tuple[UUID, ...] | None, start: datetime, end: datetime, zone: str, cause: Cause,
    place: Personal[str, Any] | None,
) -> Sequence[InterviewEvent]:  # fmt: skip
    """Panel and place stay as they are where none is given."""
    _require(state, "scheduled")
    moved = InterviewRescheduled(
        **state.ids, version=state.time.version + 1, panel=panel or state.time.panel, start=start, end=end, zone=zone,
        place=place or state.time.place, cause=cause,
    )  # fmt: skip
    _check(moved)
    return [] if _whole(moved) == _whole(state.time) else [moved]


def cancel(state: Interview, cause: Cause, note: Personal[str, Any] | None) -> Sequence[InterviewEvent]:
    if state.state == "cancelled":
        return []
    _require(state, "scheduled")
    return [InterviewCancelled(**state.ids, version=state.time.version, cause=cause, note=note)]


def complete(state: Interview, at: datetime) -> Sequence[InterviewEvent]:
    if state.state == "completed":
        return []
    _require(state, "scheduled")
    _require_begun(state, at)
    return [InterviewCompleted(**state.ids, version=state.time.version)]


def due(state: Interview) -> datetime | None:
    """When it ends by itself."""
    return state.time.end if state.state == "scheduled" else None


def end(state: Interview, at: datetime) -> Sequence[InterviewEvent]:
    """What the timer asks for: nothing where the interview was moved or is over."""
    return complete(state, at) if state.state == "scheduled" and at >= state.time.end else []


def record_no_show(
    state: Interview, party: Literal["candidate", "interviewer"], interviewer: UUID | None, at: datetime
) -> Sequence[InterviewEvent]:
    """Also later, and for one after the other; takes the completion back."""
    _require(state, "scheduled", "completed", "no_show")
    _require_begun(state, at)
    if (party == "interviewer") != (interviewer is not None):
        raise Invalid("It is not clear who did not come", "name an interviewer, or the candidate and no interviewer")
    if interviewer is not None:
        _require_on_panel(state, interviewer)
    if (interviewer or state.person_id) in state.absent:
        return []
    return [
        InterviewNoShowRecorded(**state.ids, version=state.time.version, party=party, interviewer=interviewer)
    ]  # fmt: skip


def respond(state: Interview, interviewer: UUID, response: Response) -> Sequence[InterviewEvent]:
    _require(state, "scheduled")
    _require_on_panel(state, interviewer)
    if state.responses.get(interviewer) == response:
        return []
    return [
        InterviewResponseRecorded(
            **state.ids, version=state.time.version, interviewer=interviewer, response=response
        )
    ]  # fmt: skip


def evolve(state: Interview | None, event: InterviewEvent) -> Interview:
    match state, event:
        case None, InterviewScheduled():
            return Interview(
                event.interview_id, event.application_id, event.person_id, event.job_id, event.stage, event.kind,
                event.loop_id, "scheduled", event,
            )  # fmt: skip
        case Interview(), InterviewRescheduled():
            return replace(state, time=event, responses={})
        case Interview(), InterviewCancelled():
            return replace(state, state="cancelled")
        case Interview(), InterviewCompleted():
            return replace(state, state="completed")
        case Interview(), InterviewNoShowRecorded():
            return replace(state, state="no_show", absent=state.absent | {event.interviewer or state.person_id})
        case Interview(), InterviewResponseRecorded():
            return replace(state, responses={**state.responses, event.interviewer: event.response})
    raise CorruptStream(state, event)


def _whole(time: InterviewTime) -> tuple[object, ...]:
    return time.panel, time.start, time.end, time.zone, time.place


def _check(time: InterviewTime) -> None:
    if time.end <= time.start:
        raise TimesNotUsable("The interview would end before it begins")
    if not time.panel or len(set(time.panel)) < len(time.panel):
        raise PanelNotUsable("The panel is empty, or names somebody twice")


def _require(state: Interview, *allowed: State) -> None:
    if state.state not in allowed:
        raise InterviewNotInState(f"It is {state.state}; this needs it {' or '.join(allowed)}")


def _require_begun(state: Interview, at: datetime) -> None:
    if at < state.time.start:
        raise InterviewAhead(f"It begins at {state.time.start.isoformat()}")


def _require_on_panel(state: Interview, interviewer: UUID) -> None:
    if interviewer not in state.time.panel:
        raise NotOnPanel(f"{interviewer} is not on the panel")


INTERVIEW = Aggregate(STREAM, evolve)
