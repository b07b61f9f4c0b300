"""Postings: what they ask, and when they take no applications."""

from typing import Any
from uuid import uuid4

import pytest

from services.ats.domain import posting
from services.ats.domain.posting import (
    AnswersIncomplete,
    Posting,
    PostingPaused,
    PostingUnavailable,
    QuestionsAmbiguous,
    evolve,
)
from shared.events.ats.posting import PostingPublished, PostingUnpublished, Question
from shared.kit.refusals import CorruptStream
from shared.kit.testing.scenario import Scenario

OF: dict[str, Any] = {"posting_id": uuid4(), "job_id": uuid4(), "requisition_id": uuid4(), "board": "careers_site"}
PERMIT = Question(id="permit", text="May you work here?", required=True)
WHY = Question(id="why", text="Why us?")
PUBLISHED = PostingPublished(**OF, title="Engineer", questions=(PERMIT, WHY))
UNPUBLISHED = PostingUnpublished(**OF, cause="by_hand")


def published() -> Scenario[Posting]:
    return Scenario(evolve, [PUBLISHED])


def test_questions_have_ids_of_their_own() -> None:
    assert posting.publish(PUBLISHED) == [PUBLISHED]
    with pytest.raises(QuestionsAmbiguous):
        posting.publish(PUBLISHED.model_copy(update={"questions": (PERMIT, PERMIT)}))


def test_it_is_taken_off_its_board_once() -> None:
    scenario = published()
    assert scenario.when(posting.unpublish, "by_hand") == [UNPUBLISHED]
    assert scenario.when(posting.unpublish, "job_closed") == []


@pytest.mark.parametrize(
    ("board", "source"),
    [
        ("careers_site", {"source": "careers_site"}),
        ("Boards of Berlin", {"source": "job_board", "source_detail": "Boards of Berlin"}),
    ],
)
def test_its_board_is_the_source_and_one_that_was_named_freely_a_job_board(board: str, source: dict[str, str]) -> None:
    shown = evolve(None, PUBLISHED.model_copy(update={"board": board}))
    assert posting.source_of(shown) == source


def test_it_takes_answers_to_what_it_asks() -> None:
    posting.require_open(published().state, held=False, answers={"permit": "yes"})
    posting.require_open(published().state, held=False, answers={"permit": "yes", "why": "the work"})


@pytest.mark.parametrize(
    ("answers", "missing", "unasked"),
    [({}, ["permit"], []), ({"permit": " "}, ["permit"], []), ({"permit": "yes", "shoe": "42"}, [], ["shoe"])],
)
def test_answers_that_are_missing_or_unasked_are_named(
    answers: dict[str, str], missing: list[str], unasked: list[str]
) -> None:
    with pytest.raises(AnswersIncomplete) as refused:
        posting.require_open(published().state, held=False, answers=answers)
    assert refused.value.extra == {"missing": missing, "unasked": unasked}


def test_it_pauses_while_its_requisition_is_held_and_ends_when_unpublished() -> None:
    with pytest.raises(PostingPaused):
        posting.require_open(published().state, held=True, answers={"permit": "yes"})
    with pytest.raises(PostingUnavailable):
        posting.require_open(evolve(published().state, UNPUBLISHED), held=True, answers={"permit": "yes"})


def test_an_impossible_history_is_for_an_operator() -> None:
    with pytest.raises(CorruptStream):
        evolve(None, UNPUBLISHED)
