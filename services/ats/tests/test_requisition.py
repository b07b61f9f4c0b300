"""The permission to hire: its states, and what needs a new round."""

from typing import Any
from uuid import uuid4

import pytest

from services.ats.domain import requisition
from services.ats.domain.requisition import Requisition, RequisitionNotInState, evolve
from shared.events.ats.requisition import (
    Band,
    RequisitionDrafted,
    RequisitionRevised,
)
from shared.events.personal import Clear
from shared.kit.testing.scenario import Scenario

REQUISITION, ROUND = uuid4(), uuid4()
DRAFTED = RequisitionDrafted(
    requisition_id=REQUISITION, revision=1, headcount=2, department="Engineering", location="Berlin",
    band=Clear(Band(low=6_000_000, high=8_000_000, currency="EUR")),
)  # fmt: skip

STEPS: dict[str, list[tuple[Any, ...]]] = {
    "draft": [],
    "submitted": [(requisition.submit, ROUND)],
    "approved": [(requisition.submit, ROUND), (requisition.approve, ROUND)],
    "held": [(requisition.submit, ROUND), (requisition.approve, ROUND), (requisition.hold, "budget", None)],
    "closed": [(requisition.close, "cancelled", None)],
}
MOVES: dict[str, tuple[Any, ...]] = {
    "submit": (requisition.submit, ROUND),
    "approve": (requisition.approve, ROUND),
    "send back": (requisition.send_back, ROUND, "approval_rejected"),
    "hold": (requisition.hold, "budget", None),
    "resume": (requisition.resume,),
    "cancel": (requisition.close, "cancelled", None),
    "close as filled": (requisition.close, "filled", None),
    "revise": (requisition.revise, {"headcount": 3}),
}


def in_state(name: str) -> Scenario[Requisition]:
    scenario = Scenario(evolve, [DRAFTED])
    for decide, *given in STEPS[name]:
        scenario.when(decide, *given)
    assert scenario.state.state == name
    return scenario


# After the move; None where it is refused.
TABLE: dict[str, dict[str, str | None]] = {
    "draft": {"submit": "submitted", "cancel": "closed", "revise": "draft"},
    "submitted": {"approve": "approved", "send back": "draft", "cancel": "closed"},
    "approved": {
        "hold": "held", "resume": "approved", "cancel": "closed", "close as filled": "closed", "revise": "draft",
    },
    "held": {"hold": "held", "resume": "approved", "cancel": "closed", "close as filled": "closed", "revise": "draft"},
    "closed": {"cancel": "closed", "close as filled": "closed"},
}  # fmt: skip


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("state", TABLE)
def test_states_follow_each_other_as_the_table_says(state: str, move: str) -> None:
    scenario = in_state(state)
    decide, *given = MOVES[move]
    wanted = TABLE[state].get(move)
    if wanted is None:
        with pytest.raises(RequisitionNotInState):
            scenario.when(decide, *given)
    else:
        scenario.when(decide, *given)
        assert scenario.state.state == wanted


def revised(scenario: Scenario[Requisition], **changes: Any) -> RequisitionRevised:
    [event] = scenario.when(requisition.revise, changes)
    assert isinstance(event, RequisitionRevised)
    return event


@pytest.mark.parametrize("changes", [{"headcount": 3}, {"level": "L5"}, {"band": None}])
def test_headcount_band_and_level_need_a_new_round_once_approved(changes: dict[str, Any]) -> None:
    scenario = in_state("approved")
    event = revised(scenario, **changes)
    assert (event.voids_approvals, event.changed, event.revision) == (True, tuple(changes), 2)
    assert scenario.state.state == "draft"


def test_other_changes_leave_it_approved() -> None:
    scenario = in_state("approved")
    assert not revised(scenario, location="Munich").voids_approvals
    assert scenario.state.state == "approved"


def test_nothing_is_void_before_the_first_approval() -> None:
    assert not revised(in_state("draft"), headcount=3).voids_approvals


def test_a_revision_keeps_what_it_does_not_name() -> None:
    event = revised(in_state("draft"), headcount=3)
    assert (event.department, event.band, event.headcount) == ("Engineering", DRAFTED.band, 3)


@pytest.mark.parametrize(
    ("state", "decide", "given"),
    [
        ("approved", requisition.revise, ({"headcount": 2},)),
        ("approved", requisition.resume, ()),
        ("held", requisition.hold, ("other", None)),
        ("closed", requisition.close, ("filled", None)),
    ],
)
def test_what_stands_already_is_no_event(state: str, decide: Any, given: tuple[Any, ...]) -> None:
    assert in_state(state).when(decide, *given) == []


def test_rounds_are_counted() -> None:
    scenario = in_state("submitted")
    scenario.when(requisition.send_back, ROUND, "approval_rejected")
    scenario.when(requisition.submit, second := uuid4())
    assert (scenario.state.rounds, scenario.state.approval_id) == (2, second)


def test_the_reason_of_the_end_is_kept() -> None:
    scenario = in_state("held")
    scenario.when(requisition.close, "filled", None)
    assert (scenario.state.state, scenario.state.closed_because) == ("closed", "filled")
