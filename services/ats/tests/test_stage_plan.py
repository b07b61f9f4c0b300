"""Stage plans: where applications begin and end, and what is skipped on the way."""

from collections.abc import Sequence
from uuid import uuid4

import pytest

from services.ats.domain import stage_plan
from services.ats.domain.stage_plan import PlanNotUsable, StagePlan, UnknownStage, evolve
from shared.events.ats.stage_plan import Stage, StagePlanPublished, StageType
from shared.kit.testing.scenario import Scenario

PLAN = uuid4()


def stages(*types: StageType) -> list[Stage]:
    return [
        Stage(id=f"{kind}-{place}", name=kind.title(), type=kind, milestone=None, order=0)
        for place, kind in enumerate(types, start=1)
    ]


def published(name: str, given: Sequence[Stage]) -> Scenario[StagePlan]:
    return Scenario(evolve, stage_plan.publish(None, PLAN, name, given))


def test_stages_are_counted_in_the_order_given() -> None:
    plan = published("plan", stages("screen", "active", "hired")).state
    assert [(stage.id, stage.order) for stage in plan.stages] == [("screen-1", 1), ("active-2", 2), ("hired-3", 3)]


def test_applicants_begin_behind_the_stage_for_leads() -> None:
    plan = published("plan", stages("lead", "screen", "hired")).state
    assert (plan.lead.id, plan.first.id) == ("lead-1", "screen-2")


def test_without_a_stage_for_leads_everybody_begins_at_the_same() -> None:
    plan = published("plan", stages("screen", "hired")).state
    assert plan.lead == plan.first


def test_what_lies_between_is_skipped_going_forward_and_nothing_going_back() -> None:
    plan = published("plan", stages("screen", "active", "active", "offer", "hired")).state
    assert plan.between("screen-1", "offer-4") == ("active-2", "active-3")
    assert plan.between("screen-1", "active-2") == ()
    assert plan.between("offer-4", "screen-1") == ()


def test_an_unknown_stage_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(UnknownStage) as refused:
        published("plan", stages("screen", "hired")).state.stage("onsite")
    assert refused.value.next_step == "choose among screen-1, hired-2"


@pytest.mark.parametrize(
    "unusable",
    [
        [],
        stages("screen", "active"),
        stages("lead", "hired"),
        stages("hired", "screen"),
        [*stages("screen"), *stages("screen"), *stages("hired")],
    ],
)
def test_a_plan_that_nobody_could_pass_is_refused(unusable: list[Stage]) -> None:
    with pytest.raises(PlanNotUsable):
        stage_plan.publish(None, PLAN, "plan", unusable)


def test_the_same_plan_again_is_no_version() -> None:
    scenario = published("plan", stages("screen", "hired"))
    assert scenario.when(stage_plan.publish, PLAN, "plan", stages("screen", "hired")) == []


def test_jobs_find_the_version_that_they_began_with() -> None:
    scenario = published("plan", stages("screen", "hired"))
    for newer in (stages("screen", "active", "hired"), stages("screen", "offer", "hired")):
        [event] = scenario.when(stage_plan.publish, PLAN, "plan", newer)
        assert isinstance(event, StagePlanPublished)
    plan = scenario.state
    assert plan.version == 3
    found = [[stage.type for stage in plan.at(version).stages] for version in (1, 2, 3)]
    assert found == [["screen", "hired"], ["screen", "active", "hired"], ["screen", "offer", "hired"]]
