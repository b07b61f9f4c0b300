"""One person's application to one job: submitted, moved through its stages, then hired, rejected or withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.ats.domain.stage_plan import StagePlan
from shared.events.ats.application import (
    STREAM,
    Answers,
    ApplicationAdvanced,
    ApplicationEvent,
    ApplicationMovedBack,
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationTransferred,
    ApplicationWithdrawn,
    BackReason,
    CandidateHired,
    CandidateStarted,
    DidNotStart,
    HireReversed,
    ReasonType,
    SourceAttributed,
    StartDateChanged,
)
from shared.events.personal import Personal
from shared.events.values import Touch
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Invalid, Refusal

State = Literal["active", "rejected", "withdrawn", "hired"]
View = Literal["application", "credited"]
Undoing = Literal["reneged", "rescinded", "did_not_start", "mistake"]


class ApplicationClosed(Refusal):
    slug, title = "application-closed", "The application is closed"
    next_step = "reopen it first"


class ApplicationNotClosed(Refusal):
    slug, title = "application-not-closed", "Only a rejected or withdrawn application can be reopened"
    next_step = "reverse the hire if it came to nothing"


class AlreadyApplied(Refusal):
    slug, title = "already-applied", "This person has an application to this job"
    next_step = "wait for an answer to that one"


class OfferOut(Refusal):
    slug, title = "offer-out", "The candidate holds an offer"
    next_step = "rescind the offer first, or record that they declined or reneged"


class NotForward(Refusal):
    slug, title = "not-forward", "Advancing goes forward only"
    next_step = "move it back instead, with a reason"


class NotBackward(Refusal):
    slug, title = "not-backward", "Moving back goes backward only"
    next_step = "advance it instead"


class HiredOnlyByHire(Refusal):
    slug, title = "hired-only-by-hire", "Nobody enters the hired stage by being moved there"
    next_step = "hire them, once their offer is accepted"


class NotHired(Refusal):
    slug, title = "not-hired", "There is no hire to reverse"
    next_step = "look at the application's state"


@dataclass(frozen=True)
class Application:
    """`source` is that of the application, `credited` the one credited by hand. `reason` closed it last."""

    id: UUID
    person_id: UUID
    job_id: UUID
    stage: str
    source: str
    posting_id: UUID | None = None
    source_detail: str | None = None
    internal: bool = False
    hand_over: UUID | None = None
    prior_application: UUID | None = None
    answers: Personal[Answers, Any] | None = None
    history: tuple[Touch, ...] = ()
    state: State = "active"
    reason: str | None = None
    credited: str | None = None
    credited_to: UUID | None = None
    opening_id: UUID | None = None
    offer_id: UUID | None = None
    entry_unknown: bool = False


def submit(facts: ApplicationSubmitted, plan: StagePlan) -> Sequence[ApplicationEvent]:
    _entered(plan, facts.stage)
    if facts.entry_unknown and facts.stage in (plan.first.id, plan.lead.id):
        raise Invalid(
            f"Since when they stand in {facts.stage} is known: it is where they begin, since they were submitted",
            "leave entry_unknown out, or name the later stage in which they stand",
        )
    return [facts]


def advance(state: Application, plan: StagePlan, to_stage: str) -> Sequence[ApplicationEvent]:
    _require_active(state)
    _entered(plan, to_stage)
    if to_stage == state.stage:
        return []
    if plan.stage(to_stage).order < plan.stage(state.stage).order:
        raise NotForward(f"{to_stage} comes before {state.stage}")
    skipped = plan.between(state.stage, to_stage)
    return [ApplicationAdvanced(**_of(state), from_stage=state.stage, to_stage=to_stage, skipped=skipped)]


def move_back(
    state: Application, plan: StagePlan, to_stage: str, reason_type: BackReason
) -> Sequence[ApplicationEvent]:
    _require_active(state)
    if to_stage == state.stage:
        return []
    if plan.stage(to_stage).order > plan.stage(state.stage).order:
        raise NotBackward(f"{to_stage} comes after {state.stage}")
    return [ApplicationMovedBack(**_of(state), from_stage=state.stage, to_stage=to_stage, reason_type=reason_type)]


def reject(
    state: Application, reason_type: ReasonType, reason: str, note: Personal[str, Any] | None = None
) -> Sequence[ApplicationEvent]:
    if (state.state, state.reason) == ("rejected", reason):
        return []
    _require_active(state)
    return [ApplicationRejected(**_of(state), stage=state.stage, reason_type=reason_type, reason=reason, note=note)]


def withdraw(state: Application, reason: str, note: Personal[str, Any] | None = None) -> Sequence[ApplicationEvent]:
    if (state.state, state.reason) == ("withdrawn", reason):
        return []
    _require_active(state)
    return [ApplicationWithdrawn(**_of(state), stage=state.stage, reason=reason, note=note)]


def reopen(state: Application, why: Personal[str, Any] | None = None) -> Sequence[ApplicationEvent]:
    """Goes on in the stage that it left."""
    if state.state == "active":
        return []
    if state.state == "hired":
        raise ApplicationNotClosed("They are hired")
    return [ApplicationReopened(**_of(state), stage=state.stage, why=why)]


def transfer(state: Application, to_job: UUID, plan: StagePlan, stage: str) -> Sequence[ApplicationEvent]:
    """`plan` is that of the other job."""
    _require_active(state)
    if to_job == state.job_id:
        raise AlreadyApplied("The application is one to this job", "advance it or move it back instead")
    _entered(plan, stage)
    return [ApplicationTransferred(**_of(state), from_job=state.job_id, to_job=to_job, stage=stage)]


def attribute(state: Application, view: View, new: str, credited_to: UUID | None) -> Sequence[ApplicationEvent]:
    """A source corrected or credited by hand; also after the end, for it is knowledge and no event in the world."""
    before = (state.source, None) if view == "application" else (state.credited, state.credited_to)
    if before == (new, credited_to):
        return []
    return [SourceAttributed(**_of(state), view=view, old=before[0], new=new, credited_to=credited_to)]


def hire(
    state: Application, opening_id: UUID, offer_id: UUID, start_date: date | None = None
) -> Sequence[ApplicationEvent]:
    """The offer's acceptance is the caller's to check."""
    if (state.state, state.offer_id) == ("hired", offer_id):
        return []
    _require_active(state)
    return [
        CandidateHired(
            **_of(state), job_id=state.job_id, opening_id=opening_id, offer_id=offer_id, start_date=start_date
        )
    ]


def reverse_hire(
    state: Application, cause: Undoing, why: Personal[str, Any] | None = None
) -> Sequence[ApplicationEvent]:
    if state.state != "hired" or state.opening_id is None:
        raise NotHired(f"The application is {state.state}")
    return [HireReversed(**_of(state), opening_id=state.opening_id, cause=cause, why=why)]


def evolve(state: Application | None, event: ApplicationEvent) -> Application:
    match state, event:
        case None, ApplicationSubmitted():
            return Application(
                event.application_id, event.person_id, event.job_id, event.stage, event.source, event.posting_id,
                event.source_detail, event.internal, event.hand_over, event.prior_application, event.answers,
                event.history, entry_unknown=event.entry_unknown,
            )  # fmt: skip
        case Application(), ApplicationAdvanced() | ApplicationMovedBack():
            return replace(state, stage=event.to_stage)
        case Application(), ApplicationTransferred():
            return replace(state, job_id=event.to_job, stage=event.stage)
        case Application(), ApplicationRejected():
            return replace(state, state="rejected", reason=event.reason)
        case Application(), ApplicationWithdrawn():
            return replace(state, state="withdrawn", reason=event.reason)
        case Application(), ApplicationReopened():
            return replace(state, state="active", stage=event.stage, reason=None)
        case Application(), SourceAttributed(view="application"):
            return replace(state, source=event.new)
        case Application(), SourceAttributed():
            return replace(state, credited=event.new, credited_to=event.credited_to)
        case Application(), CandidateHired():
            return replace(state, state="hired", opening_id=event.opening_id, offer_id=event.offer_id)
        case Application(), HireReversed():
            return replace(state, state="active", opening_id=None, offer_id=None)
        case Application(), StartDateChanged() | CandidateStarted() | DidNotStart():
            return state
    raise CorruptStream(state, event)


def _of(state: Application) -> dict[str, Any]:
    return {"application_id": state.id, "person_id": state.person_id}


def _require_active(state: Application) -> None:
    if state.state == "hired":
        raise ApplicationClosed("They are hired", "reverse the hire first")
    if state.state != "active":
        raise ApplicationClosed(f"The application is {state.state}")


def _entered(plan: StagePlan, stage: str) -> None:
    """Raises UnknownStage, HiredOnlyByHire."""
    if plan.stage(stage).type == "hired":
        raise HiredOnlyByHire(f"{stage} is where the hired stand")


APPLICATION = Aggregate(STREAM, evolve)
