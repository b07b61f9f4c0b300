"""A job shown on one board: published, then unpublished; it asks those who apply its questions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from shared.events.ats.posting import STREAM, PostingEvent, PostingPublished, PostingUnpublished, Question
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Refusal

SOURCE = re.compile("[a-z][a-z0-9_]*")


class PostingUnavailable(Refusal):
    slug, title = "posting-unavailable", "This posting takes no applications any more"
    next_step = "look at the list of postings for one that does"


class PostingPaused(Refusal):
    slug, title = "posting-paused", "This posting is paused"
    next_step = "come back later"


class AnswersIncomplete(Refusal):
    status, slug, title = 422, "answers-incomplete", "The posting's questions are not answered as it asks"
    next_step = "answer each required question, under its id, and no others than those asked"


class QuestionsAmbiguous(Refusal):
    status, slug, title = 422, "questions-ambiguous", "Two questions have the same id"
    next_step = "give each question an id of its own"


@dataclass(frozen=True)
class Posting:
    id: UUID
    job_id: UUID
    requisition_id: UUID
    board: str
    internal: bool
    title: str
    description: str
    questions: tuple[Question, ...]
    published: bool = True


def publish(facts: PostingPublished) -> Sequence[PostingEvent]:
    ids = [question.id for question in facts.questions]
    if len(set(ids)) < len(ids):
        raise QuestionsAmbiguous("Answers are kept under the question's id")
    return [facts]


def unpublish(state: Posting, cause: Literal["by_hand", "held", "job_closed"]) -> Sequence[PostingEvent]:
    if not state.published:
        return []
    return [
        PostingUnpublished(
            posting_id=state.id, job_id=state.job_id, requisition_id=state.requisition_id, board=state.board,
            cause=cause,
        )
    ]  # fmt: skip


def require_open(state: Posting, held: bool, answers: Mapping[str, str]) -> None:
    """Whether it takes an application with these answers now; `held`: its requisition is."""
    if not state.published:
        raise PostingUnavailable("It was taken off its board")
    if held:
        raise PostingPaused("Hiring for it is on hold")
    asked = {question.id for question in state.questions}
    missing = [q.id for q in state.questions if q.required and not answers.get(q.id, "").strip()]
    unasked = sorted(set(answers) - asked)
    if missing or unasked:
        raise AnswersIncomplete("Answers are missing or not asked for", missing=missing, unasked=unasked)


def source_of(state: Posting) -> Mapping[str, str]:
    """Boards were named freely once: such a name tells which of the job boards it is."""
    if SOURCE.fullmatch(state.board):
        return {"source": state.board}
    return {"source": "job_board", "source_detail": state.board}


def evolve(state: Posting | None, event: PostingEvent) -> Posting:
    match state, event:
        case None, PostingPublished():
            return Posting(
                event.posting_id, event.job_id, event.requisition_id, event.board, event.internal, event.title,
                event.description, event.questions,
            )  # fmt: skip
        case Posting(), PostingUnpublished():
            return replace(state, published=False)
    raise CorruptStream(state, event)


POSTING = Aggregate(STREAM, evolve)
