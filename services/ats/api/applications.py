"""/applications: people on their way through the stages of a job."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ats.api.people import Address, Name, Phone, Source, told_of
from services.ats.api.record_rule import jobs_seen
from services.ats.commands import applications as commands
from services.ats.domain.application import APPLICATION, View
from services.ats.projections import applications as projection
from shared.events.ats.application import BackReason, ReasonType
from shared.events.personal import clear, reveal
from shared.kit.context import new_id
from shared.kit.http.body import Body, Code, Label
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes
from shared.kit.refusals import Missing

router = APIRouter(prefix="/applications", tags=["applications"])


class NewApplication(Body):
    job_id: UUID
    name: Name
    email: Address | None = None
    phone: Phone | None = None
    source: Source
    source_detail: Label | None = Field(default=None, examples=["North Agency"], description="Which one, never who")
    credited_to: UUID | None = Field(default=None, description="The member who is credited with the source")
    stage: str | None = Field(default=None, max_length=60, description="Default: where applicants begin")
    entry_unknown: bool = Field(
        default=False, strict=True, description="Imported: since when they stand in `stage` is not known"
    )
    internal: bool | None = Field(
        default=None, strict=True, description="Whether they work here; default: what the job is for"
    )


class Advance(Body):
    to_stage: str = Field(max_length=60)


class MoveBack(Body):
    to_stage: str = Field(max_length=60)
    reason_type: BackReason = Field(description="A mistake erases the visit, a reevaluation keeps it")


class Rejection(Body):
    reason_type: ReasonType
    reason: Code = Field(examples=["not_qualified"])
    note: str | None = Field(default=None, max_length=4000)


class Withdrawal(Body):
    reason: Code = Field(examples=["other_offer"])
    note: str | None = Field(default=None, max_length=4000)


class Reopening(Body):
    why: str | None = Field(default=None, max_length=4000)


class Transfer(Body):
    job_id: UUID
    stage: str = Field(max_length=60, description="Where they begin in the other job's plan")


class Attribution(Body):
    view: View = Field(description="The source of the application, or the one that is credited with it")
    new: Source
    credited_to: UUID | None = None


@router.post("", status_code=201, operation_id="submit_application", summary="Enter an application for somebody")
async def submit(body: NewApplication, write: Write = writes("applications:write")) -> Receipt:
    application_id = new_id()
    told = told_of(write.digest, body.name, body.email, body.phone, ())
    said = body.model_dump(include={"source", "source_detail", "internal", "entry_unknown"}, exclude_none=True)
    return await write.run(
        lambda unit: commands.enter_application(
            unit, application_id, body.job_id, told, said, body.stage, body.credited_to
        )
    )


@router.post("/{application_id}/advance", operation_id="advance_application", summary="Move it forward")
async def advance(application_id: UUID, body: Advance, write: Write = writes("applications:write")) -> Receipt:
    return await write.run(lambda unit: commands.advance_application(unit, application_id, body.to_stage))


@router.post("/{application_id}/move-back", operation_id="move_application_back", summary="Move it back")
async def move_back(application_id: UUID, body: MoveBack, write: Write = writes("applications:write")) -> Receipt:
    return await write.run(
        lambda unit: commands.move_application_back(unit, application_id, body.to_stage, body.reason_type)
    )


@router.post("/{application_id}/reject", operation_id="reject_application", summary="Reject it")
async def reject(application_id: UUID, body: Rejection, write: Write = writes("applications:write")) -> Receipt:
    note = clear(body.note)
    return await write.run(
        lambda unit: commands.reject_application(unit, application_id, body.reason_type, body.reason, note)
    )


@router.post("/{application_id}/withdraw", operation_id="withdraw_application", summary="Record that they withdrew")
async def withdraw(application_id: UUID, body: Withdrawal, write: Write = writes("applications:write")) -> Receipt:
    note = clear(body.note)
    return await write.run(lambda unit: commands.withdraw_application(unit, application_id, body.reason, note))


@router.post("/{application_id}/reopen", operation_id="reopen_application", summary="Go on where it ended")
async def reopen(application_id: UUID, body: Reopening, write: Write = writes("applications:write")) -> Receipt:
    return await write.run(lambda unit: commands.reopen_application(unit, application_id, clear(body.why)))


@router.post("/{application_id}/transfer", operation_id="transfer_application", summary="Move it to another job")
async def transfer(application_id: UUID, body: Transfer, write: Write = writes("applications:write")) -> Receipt:
    return await write.run(lambda unit: commands.transfer_application(unit, application_id, body.job_id, body.stage))


@router.post("/{application_id}/attribute", operation_id="attribute_source", summary="Correct or credit its source")
async def attribute(application_id: UUID, body: Attribution, write: Write = writes("applications:write")) -> Receipt:
    return await write.run(
        lambda unit: commands.attribute_source(unit, application_id, body.view, body.new, body.credited_to)
    )


@router.get("", operation_id="list_applications", summary="List applications")
async def listing(
    pages: Pages,
    job_id: UUID | None = None,
    state: Literal["active", "accepted", "rejected", "withdrawn", "hired"] | None = None,
    stage: str | None = None,
    person_id: UUID | None = None,
    read: Read = reads("applications:read"),
) -> Items:
    query = projection.listed(job_id, state, stage, person_id, await jobs_seen(read))
    rows = await pages.fetch(read.store.database, query, projection.TABLE.c.id)
    return Items(items=[dict(row._mapping) for row in rows])


@router.get("/{application_id}", operation_id="get_application", summary="Read an application")
async def one(application_id: UUID, read: Read = reads("applications:read")) -> dict[str, Any]:
    query = projection.listed(of_jobs=await jobs_seen(read)).where(projection.TABLE.c.id == application_id)
    rows = await read.store.database.rows(query)
    if not rows:
        raise Missing(f"There is no application {application_id}")
    state = (await read.load(APPLICATION, application_id)).state
    submitted, _ = (await read.store.events(APPLICATION.stream.name(application_id)))[0]
    return {
        **rows[0]._mapping, "submitted_at": submitted.occurred, "posting_id": state.posting_id,
        "source_detail": state.source_detail, "credited": state.credited, "credited_to": state.credited_to,
        "internal": state.internal, "entry_unknown": state.entry_unknown,
        "reason": state.reason, "answers": reveal(state.answers),
        "history": [touch.model_dump() for touch in state.history],
    }  # fmt: skip
