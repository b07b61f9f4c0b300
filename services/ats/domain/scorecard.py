"""One interviewer's feedback on one interview: asked for, submitted, revised or waived."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from shared.events.ats.scorecard import (
    STREAM,
    Feedback,
    Rating,
    Recommendation,
    ScorecardEvent,
    ScorecardRequested,
    ScorecardRescheduled,
    ScorecardRevised,
    ScorecardSubmitted,
    ScorecardWaived,
)
from shared.events.personal import Personal
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Refusal

State = Literal["requested", "submitted", "waived"]
WaivedBecause = Literal["did_not_attend", "replaced", "no_show", "cancelled"]


class NotTheirScorecard(Refusal):
    status, slug, title = 403, "not-your-scorecard", "The scorecard is somebody else's"
    next_step = "ask the interviewer, or somebody who recruits, to write it down"


class ScorecardNotInState(Refusal):
    slug, title = "scorecard-state", "The scorecard is not in the state for this"
    next_step = "read the scorecard and look at its state"


@dataclass(frozen=True)
class Written:
    """What an interviewer thinks of the candidate."""

    recommendation: Recommendation
    ratings: Personal[tuple[Rating, ...], Any] | None
    notes: Personal[str, Any] | None


@dataclass(frozen=True)
class Scorecard:
    """`submissions` counts them with the revisions; `written` is the newest one."""

    id: UUID
    interview_id: UUID
    application_id: UUID
    person_id: UUID
    interviewer: UUID
    job_id: UUID
    stage: str
    due: datetime
    state: State = "requested"
    submissions: int = 0
    submitted_by: UUID | None = None
    written: Written | None = None

    @property
    def ids(self) -> dict[str, UUID]:
        """What each of its events begins with."""
        return {
            "scorecard_id": self.id, "interview_id": self.interview_id, "application_id": self.application_id,
            "person_id": self.person_id, "interviewer": self.interviewer,
        }  # fmt: skip


def request(facts: ScorecardRequested) -> Sequence[ScorecardEvent]:
    return [facts]


def reschedule(state: Scorecard, interview_version: int, due: datetime) -> Sequence[ScorecardEvent]:
    """The due time follows the interview as long as nothing was written."""
    if state.state != "requested":
        return []
    return [ScorecardRescheduled(**state.ids, interview_version=interview_version, due=due)]


def submit(state: Scorecard, written: Written, by: UUID, for_others: bool) -> Sequence[ScorecardEvent]:
    """`for_others`: may write down what somebody else thinks. Before the interview's end is normal."""
    _require_own(state, by, for_others)
    _require(state, "requested")
    return [_fed_back(ScorecardSubmitted, state, written, by)]


def revise(state: Scorecard, written: Written, by: UUID, for_others: bool) -> Sequence[ScorecardEvent]:
    _require_own(state, by, for_others)
    _require(state, "submitted")
    return [] if written == state.written else [_fed_back(ScorecardRevised, state, written, by)]


def waive(state: Scorecard, reason: WaivedBecause) -> Sequence[ScorecardEvent]:
    if state.state == "waived":
        return []
    _require(state, "requested")
    return [ScorecardWaived(**state.ids, reason=reason)]


def evolve(state: Scorecard | None, event: ScorecardEvent) -> Scorecard:
    match state, event:
        case None, ScorecardRequested():
            return Scorecard(
                event.scorecard_id, event.interview_id, event.application_id, event.person_id, event.interviewer,
                event.job_id, event.stage, event.due,
            )  # fmt: skip
        case Scorecard(), ScorecardRescheduled():
            return replace(state, due=event.due)
        case Scorecard(), ScorecardSubmitted() | ScorecardRevised():
            return replace(
                state, state="submitted", submissions=event.version, submitted_by=event.submitted_by,
                written=Written(event.recommendation, event.ratings, event.notes),
            )  # fmt: skip
        case Scorecard(), ScorecardWaived():
            return replace(state, state="waived")
    raise CorruptStream(state, event)


def _fed_back(event: type[Feedback], state: Scorecard, written: Written, by: UUID) -> Feedback:
    return event(
        **state.ids, version=state.submissions + 1, submitted_by=by, recommendation=written.recommendation,
        ratings=written.ratings, notes=written.notes,
    )  # fmt: skip


def _require(state: Scorecard, *allowed: State) -> None:
    if state.state not in allowed:
        raise ScorecardNotInState(f"It is {state.state}; this needs it {' or '.join(allowed)}")


def _require_own(state: Scorecard, by: UUID, for_others: bool) -> None:
    if not for_others and by != state.interviewer:
        raise NotTheirScorecard(f"{state.id} is the scorecard of {state.interviewer}")


SCORECARD = Aggregate(STREAM, evolve)
