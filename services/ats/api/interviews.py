"""/interviews: meetings with candidates."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, model_validator

from services.ats.api.record_rule import jobs_seen
from services.ats.commands import interviews as commands
from services.ats.domain.interview import INTERVIEW, Interview, Response
from services.ats.projections import interviews as projection
from shared.events.ats.interview import Cause
from shared.events.personal import clear, reveal
from shared.kit.context import new_id
from shared.kit.http.body import Body, Time, Zone
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes
from shared.kit.refusals import Missing

router = APIRouter(prefix="/interviews", tags=["interviews"])


Panel = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=20, description="Members who hold it")]
Place = Annotated[str | None, Field(max_length=500, description="A room, an address or a link")]
Text = Annotated[str | None, Field(max_length=4000)]


class NewInterview(Body):
    application_id: UUID
    kind: str = Field(min_length=1, max_length=60, examples=["video"])
    panel: Panel
    start: Time
    end: Time
    zone: Zone
    place: Place = None
    loop_id: UUID | None = Field(default=None, description="The same for all interviews of one on-site")
    due: Time | None = Field(default=None, description="Of the scorecards; 24 hours after the end by default")


class NewTimes(Body):
    start: Time
    end: Time
    zone: Zone
    panel: Panel | None = None
    place: Place = None
    cause: Cause


class Cancellation(Body):
    cause: Cause
    note: Text = None


class NoShow(Body):
    party: Literal["candidate", "interviewer"]
    interviewer: UUID | None = Field(default=None, description="Who did not come, where it was one of the panel")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if (self.party == "interviewer") != (self.interviewer is not None):
            raise ValueError("name an interviewer, or the candidate and no interviewer")
        return self


class Answer(Body):
    response: Response


@router.post("", status_code=201, operation_id="schedule_interview", summary="Schedule an interview")
async def schedule(body: NewInterview, write: Write = writes("interviews:write")) -> Receipt:
    """Asks a scorecard of each of the panel."""
    interview_id = new_id()
    facts = dict(body) | {"place": clear(body.place)}
    return await write.run(lambda unit: commands.schedule_interview(unit, interview_id, **facts))


@router.post("/{interview_id}/reschedule", operation_id="reschedule_interview", summary="Move it, or change its panel")
async def reschedule(interview_id: UUID, body: NewTimes, write: Write = writes("interviews:write")) -> Receipt:
    return await write.run(
        lambda unit: commands.reschedule_interview(
            unit, interview_id, body.panel, body.start, body.end, body.zone, body.cause, clear(body.place)
        )
    )


@router.post("/{interview_id}/cancel", operation_id="cancel_interview", summary="Cancel it, its scorecards with it")
async def cancel(interview_id: UUID, body: Cancellation, write: Write = writes("interviews:write")) -> Receipt:
    note = clear(body.note)
    return await write.run(lambda unit: commands.cancel_interview(unit, interview_id, body.cause, note))


@router.post("/{interview_id}/complete", operation_id="complete_interview", summary="Say that it was held")
async def complete(interview_id: UUID, write: Write = writes("interviews:write")) -> Receipt:
    """Happens by itself at the scheduled end; by hand for history."""
    return await write.run(lambda unit: commands.complete_interview(unit, interview_id))


@router.post("/{interview_id}/no-show", operation_id="record_no_show", summary="Say who did not come, also later")
async def no_show(interview_id: UUID, body: NoShow, write: Write = writes("interviews:write")) -> Receipt:
    return await write.run(lambda unit: commands.record_no_show(unit, interview_id, body.party, body.interviewer))


@router.post("/{interview_id}/respond", operation_id="respond_to_interview", summary="Say whether you will come")
async def respond(interview_id: UUID, body: Answer, write: Write = writes("interviews:respond")) -> Receipt:
    interviewer = write.member.id
    return await write.run(
        lambda unit: commands.respond_to_interview(unit, interview_id, interviewer, body.response)
    )  # fmt: skip


@router.get("", operation_id="list_interviews", summary="List interviews")
async def listing(pages: Pages, application_id: UUID | None = None, read: Read = reads("interviews:read")) -> Items:
    query = projection.listed(application_id, await jobs_seen(read), read.caller.id)
    rows = await pages.fetch(read.store.database, query, projection.TABLE.c.id)
    return Items(items=[dict(row._mapping) for row in rows])


@router.get("/{interview_id}", operation_id="get_interview", summary="Read an interview")
async def one(interview_id: UUID, read: Read = reads("interviews:read")) -> dict[str, Any]:
    loaded = await read.load(INTERVIEW, interview_id)
    seen = await jobs_seen(read)
    if seen is not None and loaded.state.job_id not in seen and read.caller.id not in loaded.state.time.panel:
        raise Missing(f"There is no interview {interview_id}")
    return _shown(loaded.state, loaded.version)


def _shown(state: Interview, version: int) -> dict[str, Any]:
    time = state.time
    return {
        "id": state.id, "version": version, "application_id": state.application_id, "person_id": state.person_id,
        "job_id": state.job_id, "stage": state.stage, "kind": state.kind, "loop_id": state.loop_id,
        "state": state.state, "schedule": time.version, "panel": time.panel, "start": time.start, "end": time.end,
        "zone": time.zone, "place": reveal(time.place), "responses": state.responses, "absent": sorted(state.absent),
    }  # fmt: skip
