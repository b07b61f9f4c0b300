"""/postings: jobs on boards; /public/postings: what the public sees of them, and where it applies."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field

from services.ats.api.people import Address, Link, Name, Phone, Source, told_of
from services.ats.commands import applications
from services.ats.commands import postings as commands
from services.ats.domain.posting import POSTING
from services.ats.projections import postings as projection
from shared.events.ats.posting import Question
from shared.kit.context import new_id
from shared.kit.http.body import Body, Line
from shared.kit.http.edge import Edge, edge
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import ANYBODY, Receipt, Write, writes

router = APIRouter(prefix="/postings", tags=["postings"])
public = APIRouter(prefix="/public/postings", tags=["public"])


class NewQuestion(Body):
    id: str = Field(min_length=1, max_length=60, pattern="^[a-z0-9_-]+$", examples=["permit"])
    text: str = Field(min_length=1, max_length=1000)
    required: bool = False


class NewPosting(Body):
    """All of it is public, or open to all of the company."""

    job_id: UUID
    board: Source = Field(
        description="Where it is shown, and so the source of who applies there", examples=["careers_site"]
    )
    internal: bool | None = Field(default=None, strict=True, description="Not shown in public; default: as the job is")
    title: Line
    description: str = Field(default="", max_length=20_000)
    questions: tuple[NewQuestion, ...] = Field(default=(), max_length=50)

    def shown(self) -> dict[str, Any]:
        questions = tuple(Question(**question.model_dump()) for question in self.questions)
        shown = self.model_dump(include={"board", "internal", "title", "description"}, exclude_none=True)
        return shown | {"questions": questions}


class ApplicationForm(Body):
    name: Name
    email: Address
    phone: Phone | None = None
    links: tuple[Link, ...] = Field(default=(), max_length=20)
    answers: dict[str, Annotated[str, Field(max_length=4000)]] = Field(
        default_factory=dict, max_length=50, description="By the id of the question"
    )


@router.post("", status_code=201, operation_id="publish_posting", summary="Show a job on a board")
async def publish(body: NewPosting, write: Write = writes("postings:write")) -> Receipt:
    posting_id = new_id()
    return await write.run(lambda unit: commands.publish_posting(unit, posting_id, body.job_id, body.shown()))


@router.post("/{posting_id}/unpublish", operation_id="unpublish_posting", summary="Take a posting off its board")
async def unpublish(posting_id: UUID, write: Write = writes("postings:write")) -> Receipt:
    return await write.run(lambda unit: commands.unpublish_posting(unit, posting_id, "by_hand"))


@router.get("", operation_id="list_postings", summary="List postings: published, paused or unpublished")
async def listing(pages: Pages, job_id: UUID | None = None, read: Read = reads("jobs:read")) -> Items:
    rows = await pages.fetch(read.store.database, projection.listed(job_id), projection.TABLE.c.id)
    return Items(items=[dict(row._mapping) for row in rows])


@public.get("", operation_id="list_public_postings", summary="What can be applied to now; needs no token")
async def listing_public(pages: Pages, here: Annotated[Edge, Depends(edge)]) -> Items:
    rows = await pages.fetch(here.store.database, projection.on_public_boards(), projection.TABLE.c.id)
    states = await here.store.states(POSTING, [row.id for row in rows])
    return Items(
        items=[
            {
                "id": state.id, "board": state.board, "title": state.title, "description": state.description,
                "questions": [question.model_dump() for question in state.questions],
            }
            for state in states.values()
        ]
    )  # fmt: skip


@public.post("/{posting_id}/apply", status_code=201, operation_id="apply", summary="Apply; needs no token")
async def apply(posting_id: UUID, body: ApplicationForm, write: Write = writes(ANYBODY)) -> Receipt:
    application_id = new_id()
    told = told_of(write.digest, body.name, body.email, body.phone, body.links)
    return await write.run(
        lambda unit: applications.apply_to_posting(unit, application_id, posting_id, told, body.answers)
    )
