"""Team members: their roles, what changes, and how they leave and come back."""

from uuid import uuid4

import pytest

from services.ats.domain import team_member
from services.ats.domain.team_member import MemberDeactivated, TeamMember, UnknownRole, evolve
from shared.events.ats.team_member import TeamMemberAdded, TeamMemberDeactivated, TeamMemberUpdated
from shared.events.personal import Clear
from shared.kit.testing.scenario import Scenario

MEMBER = uuid4()
ADDED = TeamMemberAdded(
    member_id=MEMBER, subject="u-1", roles=("recruiter",), name=Clear("Nova"), email=Clear("nova@example.com"),
    zone="Europe/Berlin",
)  # fmt: skip


def member() -> Scenario[TeamMember]:
    return Scenario(evolve, [ADDED])


def test_roles_that_do_not_exist_are_refused() -> None:
    with pytest.raises(UnknownRole):
        team_member.add(ADDED.model_copy(update={"roles": ("recruiter", "emperor")}))
    with pytest.raises(UnknownRole):
        member().when(team_member.update, {"roles": ("emperor",)})


def test_only_what_changed_is_told() -> None:
    scenario = member()
    [event] = scenario.when(team_member.update, {"zone": "UTC", "name": Clear("Nova"), "roles": ("lead",)})
    assert isinstance(event, TeamMemberUpdated)
    assert (event.zone, event.roles, event.name, event.cleared) == ("UTC", ("lead",), None, ())
    assert (scenario.state.zone, scenario.state.roles, scenario.state.name) == ("UTC", ("lead",), Clear("Nova"))


def test_a_change_to_what_stands_already_is_no_event() -> None:
    assert member().when(team_member.update, {"zone": "Europe/Berlin"}) == []


def test_a_field_can_be_emptied() -> None:
    scenario = member()
    scenario.when(team_member.update, {}, ["email"])
    assert scenario.state.email is None
    assert scenario.state.name == Clear("Nova")


def test_who_is_deactivated_names_a_successor_once_and_changes_no_more() -> None:
    scenario = member()
    [event] = scenario.when(team_member.deactivate, successor := uuid4())
    assert isinstance(event, TeamMemberDeactivated)
    assert (scenario.state.active, scenario.state.successor) == (False, successor)
    assert scenario.when(team_member.deactivate, None) == []
    with pytest.raises(MemberDeactivated):
        scenario.when(team_member.update, {"zone": "UTC"})


def test_who_is_added_again_is_active_again() -> None:
    state = Scenario(evolve, [ADDED, TeamMemberDeactivated(member_id=MEMBER), ADDED]).state
    assert (state.active, state.successor) == (True, None)
