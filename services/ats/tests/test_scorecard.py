"""One interviewer's feedback: asked for, submitted, revised or waived."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.ats.domain import scorecard
from services.ats.domain.scorecard import (
    NotTheirScorecard,
    Scorecard,
    ScorecardNotInState,
    Written,
    evolve,
)
from shared.events.ats.scorecard import Rating, ScorecardRequested, ScorecardRevised, ScorecardSubmitted
from shared.events.personal import Clear
from shared.kit.testing.scenario import Scenario

INTERVIEWER, RECRUITER = uuid4(), uuid4()
DUE = datetime(2026, 3, 3, 10, tzinfo=UTC)
REQUESTED = ScorecardRequested(
    scorecard_id=uuid4(), interview_id=uuid4(), application_id=uuid4(), person_id=uuid4(), interviewer=INTERVIEWER,
    job_id=uuid4(), stage="onsite", due=DUE,
)  # fmt: skip
YES = Written("yes", Clear((Rating(attribute="craft", score=4),)), Clear("Answered what was asked."))
NO = Written("no", None, None)


def requested() -> Scenario[Scorecard]:
    return Scenario(evolve, [REQUESTED])


STEPS: dict[str, list[tuple[Any, ...]]] = {
    "requested": [],
    "submitted": [(scorecard.submit, YES, INTERVIEWER, False)],
    "waived": [(scorecard.waive, "did_not_attend")],
}
MOVES: dict[str, tuple[Any, ...]] = {
    "submit": (scorecard.submit, YES, INTERVIEWER, False),
    "revise": (scorecard.revise, NO, INTERVIEWER, False),
    "waive": (scorecard.waive, "cancelled"),
}
TABLE = {
    "requested": {"submit": "submitted", "waive": "waived"},
    "submitted": {"revise": "submitted"},
    "waived": {"waive": "waived"},
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("state", TABLE)
def test_states_follow_each_other_as_the_table_says(state: str, move: str) -> None:
    scenario = requested()
    for decide, *given in STEPS[state]:
        scenario.when(decide, *given)
    decide, *given = MOVES[move]
    wanted = TABLE[state].get(move)
    if wanted is None:
        with pytest.raises(ScorecardNotInState):
            scenario.when(decide, *given)
    else:
        scenario.when(decide, *given)
        assert scenario.state.state == wanted


def test_submissions_are_counted_and_the_newest_stands() -> None:
    scenario = requested()
    [first] = scenario.when(scorecard.submit, YES, INTERVIEWER, False)
    [second] = scenario.when(scorecard.revise, NO, INTERVIEWER, False)
    assert isinstance(first, ScorecardSubmitted)
    assert isinstance(second, ScorecardRevised)
    assert (first.version, second.version, scenario.state.written) == (1, 2, NO)


def test_the_same_words_again_are_no_revision() -> None:
    scenario = requested()
    scenario.when(scorecard.submit, YES, INTERVIEWER, False)
    again = Written("yes", Clear((Rating(attribute="craft", score=4),)), Clear("Answered what was asked."))
    assert scenario.when(scorecard.revise, again, INTERVIEWER, False) == []


@pytest.mark.parametrize("decide", [scorecard.submit, scorecard.revise])
def test_nobody_writes_for_somebody_else(decide: Any) -> None:
    with pytest.raises(NotTheirScorecard):
        requested().when(decide, YES, uuid4(), False)


def test_who_recruits_may_write_it_down_for_them_and_is_named() -> None:
    [event] = requested().when(scorecard.submit, YES, RECRUITER, True)
    assert isinstance(event, ScorecardSubmitted)
    assert (event.submitted_by, event.interviewer) == (RECRUITER, INTERVIEWER)


def test_the_due_time_follows_the_interview_until_something_was_written() -> None:
    scenario = requested()
    later = DUE + timedelta(days=1)
    scenario.when(scorecard.reschedule, 2, later)
    assert scenario.state.due == later
    scenario.when(scorecard.submit, YES, INTERVIEWER, False)
    assert scenario.when(scorecard.reschedule, 3, later + timedelta(days=1)) == []


def test_a_waived_one_is_waived_once() -> None:
    scenario = requested()
    assert len(scenario.when(scorecard.waive, "replaced")) == 1
    assert scenario.when(scorecard.waive, "no_show") == []


def test_what_is_written_shows_in_no_log_line() -> None:
    scenario: Scenario[Scorecard] = requested()
    scenario.when(scorecard.submit, YES, INTERVIEWER, False)
    assert "Answered" not in repr(scenario.state)
