"""One interview: scheduled, moved, held, cancelled or missed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.ats.domain import interview
from services.ats.domain.interview import (
    Interview,
    InterviewAhead,
    InterviewNotInState,
    NotOnPanel,
    PanelNotUsable,
    TimesNotUsable,
    evolve,
)
from shared.events.ats.interview import InterviewNoShowRecorded, InterviewRescheduled, InterviewScheduled
from shared.events.personal import Clear
from shared.kit.refusals import Invalid
from shared.kit.testing.scenario import Scenario

U1, U2, U3, PERSON = (uuid4() for _ in range(4))
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
END = START + timedelta(hours=1)
SCHEDULED = InterviewScheduled(
    interview_id=uuid4(), application_id=uuid4(), person_id=PERSON, version=1, panel=(U1, U2), start=START, end=END,
    zone="Europe/Berlin", place=Clear("Room 1"), job_id=uuid4(), stage="onsite", kind="onsite",
)  # fmt: skip


def scheduled() -> Scenario[Interview]:
    return Scenario(evolve, [SCHEDULED])


def moved(by: timedelta, panel: tuple[UUID, ...] | None = None) -> tuple[Any, ...]:
    return interview.reschedule, panel, START + by, END + by, "Europe/Berlin", "candidate", None


STEPS: dict[str, list[tuple[Any, ...]]] = {
    "scheduled": [],
    "completed": [(interview.complete, END)],
    "cancelled": [(interview.cancel, "company", None)],
    "no_show": [(interview.record_no_show, "candidate", None, END)],
}
MOVES: dict[str, tuple[Any, ...]] = {
    "reschedule": moved(timedelta(days=1)),
    "cancel": (interview.cancel, "candidate", None),
    "complete": (interview.complete, END),
    "no-show": (interview.record_no_show, "candidate", None, END),
    "respond": (interview.respond, U1, "accepted"),
}
TABLE: dict[str, dict[str, str]] = {
    "scheduled": {
        "reschedule": "scheduled", "cancel": "cancelled", "complete": "completed", "no-show": "no_show",
        "respond": "scheduled",
    },
    "completed": {"complete": "completed", "no-show": "no_show"},
    "cancelled": {"cancel": "cancelled"},
    "no_show": {"no-show": "no_show"},
}  # fmt: skip


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("state", TABLE)
def test_states_follow_each_other_as_the_table_says(state: str, move: str) -> None:
    scenario = scheduled()
    for decide, *given in STEPS[state]:
        scenario.when(decide, *given)
    decide, *given = MOVES[move]
    wanted = TABLE[state].get(move)
    if wanted is None:
        with pytest.raises(InterviewNotInState):
            scenario.when(decide, *given)
    else:
        scenario.when(decide, *given)
        assert scenario.state.state == wanted


@pytest.mark.parametrize("state", ["completed", "cancelled", "no_show"])
def test_an_end_that_was_told_is_no_event_again(state: str) -> None:
    scenario = scheduled()
    [(decide, *given)] = STEPS[state]
    assert len(scenario.when(decide, *given)) == 1
    assert scenario.when(decide, *given) == []


def test_a_move_is_a_new_version_and_asks_everybody_again() -> None:
    scenario = scheduled()
    scenario.when(interview.respond, U1, "declined")
    [event] = scenario.when(*moved(timedelta(days=1), (U2, U3)))
    assert isinstance(event, InterviewRescheduled)
    assert (event.version, event.panel, event.start) == (2, (U2, U3), START + timedelta(days=1))
    assert scenario.state.responses == {}


def test_a_move_keeps_panel_and_place_where_none_is_given() -> None:
    [event] = scheduled().when(*moved(timedelta(days=1)))
    assert isinstance(event, InterviewRescheduled)
    assert (event.panel, event.place) == ((U1, U2), Clear("Room 1"))


def test_a_move_to_where_it_stands_is_no_event() -> None:
    assert scheduled().when(*moved(timedelta())) == []


@pytest.mark.parametrize("end", [START, START - timedelta(minutes=1)])
def test_nobody_meets_for_no_time_at_all(end: datetime) -> None:
    with pytest.raises(TimesNotUsable):
        interview.schedule(SCHEDULED.model_copy(update={"end": end}))
    with pytest.raises(TimesNotUsable):
        scheduled().when(interview.reschedule, None, START, end, "UTC", "company", None)


@pytest.mark.parametrize("panel", [(), (U1, U1)])
def test_a_panel_has_somebody_and_nobody_twice(panel: tuple[UUID, ...]) -> None:
    with pytest.raises(PanelNotUsable):
        interview.schedule(SCHEDULED.model_copy(update={"panel": panel}))


def test_nothing_is_over_before_it_began() -> None:
    before = START - timedelta(seconds=1)
    with pytest.raises(InterviewAhead):
        scheduled().when(interview.complete, before)
    with pytest.raises(InterviewAhead):
        scheduled().when(interview.record_no_show, "candidate", None, before)


def test_the_timer_ends_it_at_its_end_and_not_before() -> None:
    scenario = scheduled()
    assert scenario.when(interview.end, END - timedelta(seconds=1)) == []
    assert len(scenario.when(interview.end, END)) == 1
    assert scenario.state.state == "completed"


def test_the_timer_leaves_alone_what_is_over() -> None:
    scenario = scheduled()
    scenario.when(interview.cancel, "company", None)
    assert scenario.when(interview.end, END) == []


def test_a_no_show_takes_the_completion_back_also_later() -> None:
    scenario = scheduled()
    scenario.when(interview.complete, END)
    scenario.when(interview.record_no_show, "candidate", None, END + timedelta(days=3))
    assert (scenario.state.state, scenario.state.absent) == ("no_show", frozenset({PERSON}))


def test_several_may_not_come_and_each_is_told_once() -> None:
    scenario = scheduled()
    for absent in (U1, U2):
        [event] = scenario.when(interview.record_no_show, "interviewer", absent, END)
        assert isinstance(event, InterviewNoShowRecorded)
        assert event.interviewer == absent
    assert scenario.when(interview.record_no_show, "interviewer", U1, END) == []
    assert scenario.state.absent == {U1, U2}


def test_only_who_is_on_the_panel_answers_or_is_missed() -> None:
    with pytest.raises(NotOnPanel):
        scheduled().when(interview.respond, U3, "accepted")
    with pytest.raises(NotOnPanel):
        scheduled().when(interview.record_no_show, "interviewer", U3, END)


@pytest.mark.parametrize(("party", "who"), [("interviewer", None), ("candidate", U1)])
def test_a_no_show_says_clearly_who_did_not_come(party: str, who: UUID | None) -> None:
    with pytest.raises(Invalid):
        scheduled().when(interview.record_no_show, party, who, END)


def test_the_same_answer_again_is_no_event_and_another_one_counts() -> None:
    scenario = scheduled()
    scenario.when(interview.respond, U1, "tentative")
    assert scenario.when(interview.respond, U1, "tentative") == []
    scenario.when(interview.respond, U1, "accepted")
    assert scenario.state.responses == {U1: "accepted"}
