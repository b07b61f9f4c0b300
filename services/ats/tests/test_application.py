"""Applications: what moves them, what closes them, and what they refuse."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.ats.domain import application
from services.ats.domain.application import (
    AlreadyApplied,
    Application,
    ApplicationClosed,
    ApplicationNotClosed,
    HiredOnlyByHire,
    NotBackward,
    NotForward,
    NotHired,
    evolve,
)
from services.ats.domain.stage_plan import StagePlan, UnknownStage
from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationMovedBack,
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationTransferred,
    ApplicationWithdrawn,
    CandidateHired,
    CandidateStarted,
    DidNotStart,
    HireReversed,
    SourceAttributed,
    StartDateChanged,
)
from shared.events.ats.stage_plan import Stage, StageType
from shared.events.event import Event
from shared.kit.refusals import CorruptStream, Invalid, Refusal
from shared.kit.testing.scenario import Scenario

STAGES: dict[str, StageType] = {
    "lead": "lead", "applied": "screen", "screen": "screen", "onsite": "active", "offer": "offer", "hired": "hired",
}  # fmt: skip
PLAN = StagePlan(
    uuid4(), 1, "plan",
    tuple(Stage(id=i, name=i, type=t, milestone=None, order=n) for n, (i, t) in enumerate(STAGES.items(), start=1)),
)  # fmt: skip
JOB, PERSON, APPLICATION, MEMBER = uuid4(), uuid4(), uuid4(), uuid4()
OF: dict[str, UUID] = {"application_id": APPLICATION, "person_id": PERSON}
SUBMITTED = ApplicationSubmitted(**OF, job_id=JOB, stage="applied", source="careers_site")
REJECTED = ApplicationRejected(**OF, stage="applied", reason_type="we_rejected", reason="not_qualified")
WITHDRAWN = ApplicationWithdrawn(**OF, stage="applied", reason="other_offer")
HIRED = CandidateHired(**OF, job_id=JOB, opening_id=uuid4(), offer_id=uuid4())
REVERSED = HireReversed(**OF, opening_id=HIRED.opening_id, cause="reneged")


def submitted(*then: Event) -> Scenario[Application]:
    return Scenario(evolve, [SUBMITTED, *then])


def test_it_begins_in_a_stage_of_the_plan() -> None:
    assert application.submit(SUBMITTED, PLAN) == [SUBMITTED]
    with pytest.raises(UnknownStage):
        application.submit(SUBMITTED.model_copy(update={"stage": "lunch"}), PLAN)


def test_nobody_is_submitted_as_hired() -> None:
    with pytest.raises(HiredOnlyByHire):
        application.submit(SUBMITTED.model_copy(update={"stage": "hired"}), PLAN)


def test_since_when_they_stand_there_is_unknown_only_where_nobody_begins() -> None:
    facts = SUBMITTED.model_copy(update={"entry_unknown": True})
    for begins in ("lead", "applied"):
        with pytest.raises(Invalid):
            application.submit(facts.model_copy(update={"stage": begins}), PLAN)
    there = facts.model_copy(update={"stage": "onsite"})
    assert application.submit(there, PLAN) == [there]
    assert evolve(None, there).entry_unknown
    assert not evolve(None, SUBMITTED).entry_unknown


def test_advancing_names_the_stages_that_were_skipped() -> None:
    [event] = submitted().when(application.advance, PLAN, "onsite")
    assert event == ApplicationAdvanced(**OF, from_stage="applied", to_stage="onsite", skipped=("screen",))


def test_advancing_to_where_it_is_does_nothing() -> None:
    assert submitted().when(application.advance, PLAN, "applied") == []


def test_advancing_goes_forward_only() -> None:
    scenario = submitted()
    scenario.when(application.advance, PLAN, "onsite")
    with pytest.raises(NotForward):
        scenario.when(application.advance, PLAN, "screen")


def test_the_hired_stage_is_reached_only_by_a_hire() -> None:
    with pytest.raises(HiredOnlyByHire):
        submitted().when(application.advance, PLAN, "hired")


def test_moving_back_goes_backward_only_and_keeps_its_reason() -> None:
    scenario = submitted()
    scenario.when(application.advance, PLAN, "screen")
    with pytest.raises(NotBackward):
        scenario.when(application.move_back, PLAN, "onsite", "mistake")
    assert scenario.when(application.move_back, PLAN, "screen", "mistake") == []
    [event] = scenario.when(application.move_back, PLAN, "applied", "reevaluation")
    assert event == ApplicationMovedBack(**OF, from_stage="screen", to_stage="applied", reason_type="reevaluation")


def test_it_goes_on_after_reopening_in_the_stage_that_it_left() -> None:
    scenario = submitted()
    scenario.when(application.advance, PLAN, "onsite")
    scenario.when(application.reject, "we_rejected", "better_candidate")
    assert scenario.when(application.reopen) == [ApplicationReopened(**OF, stage="onsite")]
    assert (scenario.state.state, scenario.state.stage) == ("active", "onsite")
    assert scenario.when(application.reopen) == []


def test_who_is_hired_is_not_reopened() -> None:
    with pytest.raises(ApplicationNotClosed):
        submitted(HIRED).when(application.reopen)


def test_the_same_rejection_again_does_nothing_and_another_one_is_refused() -> None:
    scenario = submitted(REJECTED)
    assert scenario.when(application.reject, "we_rejected", "not_qualified") == []
    with pytest.raises(ApplicationClosed):
        scenario.when(application.reject, "we_rejected", "better_candidate")


def test_a_withdrawal_is_theirs_and_never_our_rejection() -> None:
    [event] = submitted().when(application.withdraw, "other_offer")
    assert event == WITHDRAWN
    assert WITHDRAWN.reason_type == "they_withdrew"
    assert submitted(WITHDRAWN).when(application.withdraw, "other_offer") == []


@pytest.mark.parametrize("closed", [REJECTED, WITHDRAWN, HIRED])
@pytest.mark.parametrize(
    ("decide", "given"),
    [
        (application.advance, (PLAN, "onsite")),
        (application.move_back, (PLAN, "lead", "mistake")),
        (application.reject, ("other", "elsewhere")),
        (application.withdraw, ("elsewhere",)),
        (application.transfer, (uuid4(), PLAN, "screen")),
        (application.hire, (uuid4(), uuid4())),
    ],
)
def test_a_closed_application_does_not_move(closed: Event, decide: Any, given: tuple[Any, ...]) -> None:
    with pytest.raises(ApplicationClosed):
        submitted(closed).when(decide, *given)


def test_a_transfer_takes_it_to_a_stage_of_the_other_job() -> None:
    scenario, other = submitted(), uuid4()
    [event] = scenario.when(application.transfer, other, PLAN, "screen")
    assert event == ApplicationTransferred(**OF, from_job=JOB, to_job=other, stage="screen")
    assert (scenario.state.job_id, scenario.state.stage) == (other, "screen")


@pytest.mark.parametrize(
    ("job", "stage", "refusal"),
    [(JOB, "screen", AlreadyApplied), (uuid4(), "lunch", UnknownStage), (uuid4(), "hired", HiredOnlyByHire)],
)
def test_a_transfer_needs_another_job_and_a_stage_of_it(job: UUID, stage: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        submitted().when(application.transfer, job, PLAN, stage)


def test_a_source_corrected_tells_the_old_one() -> None:
    scenario = submitted(REJECTED)
    [event] = scenario.when(application.attribute, "application", "referral", None)
    assert event == SourceAttributed(**OF, view="application", old="careers_site", new="referral")
    assert scenario.when(application.attribute, "application", "referral", None) == []


def test_credit_stands_beside_the_source() -> None:
    scenario = submitted()
    [event] = scenario.when(application.attribute, "credited", "referral", MEMBER)
    assert event == SourceAttributed(**OF, view="credited", old=None, new="referral", credited_to=MEMBER)
    assert (scenario.state.source, scenario.state.credited_to) == ("careers_site", MEMBER)
    assert scenario.when(application.attribute, "credited", "referral", MEMBER) == []


def test_a_hire_is_made_once_and_can_be_reversed() -> None:
    scenario = submitted()
    scenario.when(application.advance, PLAN, "offer")
    assert scenario.when(application.hire, HIRED.opening_id, HIRED.offer_id) == [HIRED]
    assert scenario.when(application.hire, HIRED.opening_id, HIRED.offer_id) == []
    assert scenario.when(application.reverse_hire, "reneged") == [REVERSED]
    assert (scenario.state.state, scenario.state.stage) == ("active", "offer")
    with pytest.raises(NotHired):
        scenario.when(application.reverse_hire, "reneged")


def test_what_is_told_of_the_first_day_at_work_leaves_the_application_as_it_is() -> None:
    of = {**OF, "offer_id": HIRED.offer_id}
    came = CandidateStarted(**of, job_id=JOB, opening_id=HIRED.opening_id)
    missed = DidNotStart(**of, job_id=JOB, opening_id=HIRED.opening_id)
    moved = StartDateChanged(**of, old=None, new=date(2026, 5, 1))
    hired = evolve(evolve(None, SUBMITTED), HIRED)
    assert [evolve(hired, event) for event in (moved, came, missed)] == [hired] * 3
    assert submitted(HIRED, moved, missed).when(application.reverse_hire, "did_not_start")


def test_an_impossible_history_is_for_an_operator() -> None:
    with pytest.raises(CorruptStream):
        evolve(None, REJECTED)
