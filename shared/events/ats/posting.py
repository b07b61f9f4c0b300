"""posting: a job shown on one board, to the public or inside the company."""

from typing import Literal
from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Part, Stream

STREAM = Stream(service="ats", category="posting", key="requisition_id")


class Question(Part):
    """A screening question; answers are kept under its id."""

    id: str
    text: str
    required: bool = False


@correctable(STREAM)
class PostingEvent(Event):
    """Of stream posting-{posting_id}."""

    posting_id: UUID
    job_id: UUID
    requisition_id: UUID


@STREAM.event("published")
class PostingPublished(PostingEvent):
    """All of it is public, or open to all of the company: nothing confidential belongs here."""

    board: str
    internal: bool = False
    title: str
    description: str = ""
    questions: tuple[Question, ...] = ()


@STREAM.event("unpublished")
class PostingUnpublished(PostingEvent):
    board: str
    cause: Literal["by_hand", "held", "job_closed"]
