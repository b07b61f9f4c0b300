"""Jobs: opened under an approved requisition, staffed, closed, opened again."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from services.ats.domain import job
from services.ats.domain import requisition as requisitions
from services.ats.domain.job import Job, JobNotOpen, RequisitionNotApproved, evolve
from services.ats.domain.requisition import Requisition
from services.ats.domain.stage_plan import StagePlan
from shared.events.ats.job import JobClosed, JobOpened, JobTeamChanged, JobUpdated, StagePlanChanged
from shared.events.ats.requisition import RequisitionApproved, RequisitionDrafted, RequisitionHeld, RequisitionSubmitted
from shared.events.personal import Clear, reveal
from shared.kit.refusals import CorruptStream, Invalid
from shared.kit.testing.scenario import Scenario

JOB, REQUISITION, U1, U2 = (uuid4() for _ in range(4))
PLAN = StagePlan(uuid4(), 2, "plan", ())
SAID: dict[str, Any] = {"zone": "Europe/Berlin", "over_offering": True}
MARCH, APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))


def requisition(approved: bool = True, **more: Any) -> Requisition:
    terms: dict[str, Any] = {
        "requisition_id": REQUISITION, "revision": 1, "headcount": 2, "department": "Engineering",
        "location": "Berlin", "title": "Engineer", "recruiter": U1, "hiring_manager": U2, **more,
    }  # fmt: skip
    history = [RequisitionDrafted(**terms), RequisitionSubmitted(**terms, approval_id=uuid4())]
    decided = [RequisitionApproved(requisition_id=REQUISITION, revision=1, headcount=2)] if approved else []
    return Scenario(requisitions.evolve, [*history, *decided]).state


def opened(**terms: Any) -> JobOpened:
    [event] = job.open_under(requisition(**terms), JOB, PLAN, None, SAID)
    assert isinstance(event, JobOpened)
    return event


def running(**terms: Any) -> Scenario[Job]:
    return Scenario(evolve, [opened(**terms)])


def updated(scenario: Scenario[Job], **changes: Any) -> JobUpdated:
    [event] = scenario.when(job.update, changes)
    assert isinstance(event, JobUpdated)
    return event


def test_it_takes_what_it_is_from_its_requisition_and_keeps_its_plans_version() -> None:
    event = opened(level="L3")
    assert (event.title, event.department, event.location, event.level) == ("Engineer", "Engineering", "Berlin", "L3")
    assert (event.plan_id, event.plan_version, event.over_offering) == (PLAN.id, 2, True)


def test_the_title_of_a_confidential_one_stands_apart() -> None:
    secret: dict[str, Any] = {"confidential": True, "title": None, "confidential_title": Clear("Head of Sales")}
    assert (opened(**secret).title, reveal(opened(**secret).confidential_title)) == (None, "Head of Sales")
    [renamed] = job.open_under(requisition(**secret), JOB, PLAN, "Head of Trade", SAID)
    assert isinstance(renamed, JobOpened)
    assert (renamed.title, reveal(renamed.confidential_title)) == (None, "Head of Trade")


def test_it_is_opened_only_under_an_approved_requisition() -> None:
    with pytest.raises(RequisitionNotApproved):
        job.open_under(requisition(approved=False), JOB, PLAN, None, SAID)
    held = requisitions.evolve(requisition(), RequisitionHeld(requisition_id=REQUISITION, reason="budget"))
    with pytest.raises(RequisitionNotApproved):
        job.open_under(held, JOB, PLAN, None, SAID)


def test_a_change_of_its_terms_tells_all_of_them_and_names_those_that_changed() -> None:
    scenario = running(level="L3")
    event = updated(scenario, location="Graz", level=None, department="Engineering", country="AT")
    assert (event.changed, event.location, event.level, event.country) == (
        ("country", "level", "location"), "Graz", None, "AT",
    )  # fmt: skip
    assert (event.title, event.department, event.zone, event.over_offering) == (
        "Engineer", "Engineering", "Europe/Berlin", True,
    )  # fmt: skip
    assert scenario.state.terms == event
    assert (scenario.state.plan_id, scenario.state.plan_version) == (PLAN.id, 2)


def test_terms_that_stand_already_are_no_event() -> None:
    scenario = running()
    assert scenario.when(job.update, {"location": "Berlin", "level": None, "over_offering": True}) == []
    updated(scenario, internal=True)
    assert scenario.when(job.update, {"internal": True}) == []


def test_the_new_title_of_a_confidential_one_stands_apart() -> None:
    scenario = running(confidential=True, title=None, confidential_title=Clear("Head of Sales"))
    assert scenario.when(job.update, {"title": "Head of Sales"}) == []
    event = updated(scenario, title="Head of Trade", zone="UTC")
    assert (event.title, event.confidential, event.changed) == (None, True, ("confidential_title", "zone"))
    assert reveal(event.confidential_title) == "Head of Trade"


def test_a_closed_one_changes_no_more_and_opens_again_as_it_was_changed() -> None:
    scenario = running()
    updated(scenario, location="Graz")
    scenario.when(job.close, "filled")
    for location in ("Berlin", "Graz"):
        with pytest.raises(JobNotOpen):
            scenario.when(job.update, {"location": location})
    scenario.when(job.reopen, requisition())
    assert scenario.state.terms.location == "Graz"


def test_the_team_is_who_was_named_and_else_who_the_requisition_names() -> None:
    assert job.team_of(requisition(), []) == [("recruiter", U1), ("hiring_manager", U2)]
    named: list[Any] = [("recruiter", U2), ("recruiter", U2), ("interviewer", U1)]
    assert job.team_of(requisition(), named) == [("recruiter", U2), ("interviewer", U1), ("hiring_manager", U2)]


def test_a_role_lasts_from_its_beginning_to_its_end() -> None:
    scenario = running()
    scenario.when(job.change_team, "recruiter", U1, MARCH)
    assert scenario.when(job.change_team, "recruiter", U1, APRIL) == []
    [ended] = scenario.when(job.change_team, "recruiter", U1, MAY, until=APRIL)
    assert ended == JobTeamChanged(
        job_id=JOB, requisition_id=REQUISITION, role="recruiter", member=U1, since=MARCH, until=APRIL
    )
    assert scenario.when(job.change_team, "recruiter", U1, MAY, until=APRIL) == []
    assert [scenario.state.has("recruiter", U1, at) for at in (MARCH, APRIL)] == [True, False]
    assert not scenario.state.has("hiring_manager", U1, MARCH)


def test_who_left_the_team_may_come_back() -> None:
    scenario = running()
    scenario.when(job.change_team, "recruiter", U1, MARCH, until=APRIL)
    assert len(scenario.when(job.change_team, "recruiter", U1, MAY)) == 1
    assert scenario.state.has("recruiter", U1, MAY)


@pytest.mark.parametrize("since", [MARCH, MAY])
def test_since_when_somebody_has_a_role_can_be_said_better(since: datetime) -> None:
    scenario = running()
    scenario.when(job.change_team, "recruiter", U1, APRIL)
    [better] = scenario.when(job.change_team, "recruiter", U1, MAY, since)
    assert better == JobTeamChanged(job_id=JOB, requisition_id=REQUISITION, role="recruiter", member=U1, since=since)
    assert scenario.when(job.change_team, "recruiter", U1, MAY, since) == []
    assert scenario.when(job.change_team, "recruiter", U1, MAY) == []
    assert [(mate.since, mate.until) for mate in scenario.state.team] == [(since, None)]


def test_the_beginning_of_a_role_that_ends_is_the_one_it_had_unless_another_is_said() -> None:
    scenario = running()
    scenario.when(job.change_team, "recruiter", U1, APRIL)
    scenario.when(job.change_team, "recruiter", U1, MAY, until=MAY)
    [better] = scenario.when(job.change_team, "recruiter", U1, MAY, MARCH, MAY)
    assert isinstance(better, JobTeamChanged)
    assert (better.since, better.until) == (MARCH, MAY)
    assert scenario.when(job.change_team, "recruiter", U1, MAY, until=MAY) == []


def test_it_is_closed_once_and_opened_again_with_its_team() -> None:
    scenario = running()
    scenario.when(job.change_team, "recruiter", U1, MARCH)
    assert scenario.when(job.reopen, requisition()) == []
    assert scenario.when(job.close, "filled") == [JobClosed(job_id=JOB, requisition_id=REQUISITION, reason="filled")]
    assert scenario.when(job.close, "filled") == []
    with pytest.raises(JobNotOpen):
        scenario.state.require_open()
    with pytest.raises(RequisitionNotApproved):
        scenario.when(job.reopen, requisition(approved=False))
    [again] = scenario.when(job.reopen, requisition())
    assert isinstance(again, JobOpened)
    assert again == opened().model_copy(update={"reopened": True})
    assert scenario.state.has("recruiter", U1, MARCH)
    scenario.state.require_open()


def test_a_plan_switch_is_folded() -> None:
    switched = StagePlanChanged(
        job_id=JOB, requisition_id=REQUISITION, from_plan=PLAN.id, from_version=2, plan_id=PLAN.id, plan_version=3,
        stage_map={},
    )  # fmt: skip
    assert evolve(running().state, switched).plan_version == 3


def test_an_impossible_history_is_for_an_operator() -> None:
    with pytest.raises(CorruptStream):
        evolve(None, JobClosed(job_id=JOB, requisition_id=REQUISITION, reason="filled"))
    with pytest.raises(CorruptStream):
        evolve(running().state, opened())


def test_a_role_does_not_end_before_it_began() -> None:
    scenario = running()
    scenario.when(job.change_team, "recruiter", U1, MAY)
    for member in (U1, U2):
        with pytest.raises(Invalid):
            scenario.when(job.change_team, "recruiter", member, MAY, until=APRIL)
    [ended] = scenario.when(job.change_team, "recruiter", U1, MAY, MARCH, APRIL)
    assert isinstance(ended, JobTeamChanged)
    assert (ended.since, ended.until) == (MARCH, APRIL)
