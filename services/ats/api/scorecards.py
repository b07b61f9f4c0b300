"""/scorecards: what interviewers think of a candidate, hidden from each other until they have said it themselves."""

from collections.abc import Collection
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.ats.api.record_rule import jobs_seen
from services.ats.commands import scorecards as commands
from services.ats.domain.scorecard import SCORECARD, Scorecard, WaivedBecause, Written
from services.ats.projections import scorecards as projection
from shared.events.ats.scorecard import Rating, Recommendation
from shared.events.personal import clear, reveal
from shared.kit.http.body import Body
from shared.kit.http.paging import Pages
from shared.kit.http.reads import Items, Read, reads
from shared.kit.http.writes import Receipt, Write, writes
from shared.kit.refusals import Missing

router = APIRouter(prefix="/scorecards", tags=["scorecards"])
FOR_OTHERS = "scorecards:write"
ALL = "scorecards:read-all"


class NewRating(Body):
    attribute: str = Field(min_length=1, max_length=100, examples=["craft"])
    score: int = Field(ge=1, le=5)


class Thoughts(Body):
    recommendation: Recommendation
    ratings: Annotated[tuple[NewRating, ...], Field(max_length=50)] = ()
    notes: str | None = Field(default=None, max_length=20_000)

    def written(self) -> Written:
        ratings = tuple(Rating(**rating.model_dump()) for rating in self.ratings)
        return Written(self.recommendation, clear(ratings or None), clear(self.notes))


class Waiver(Body):
    reason: WaivedBecause


@router.post("/{scorecard_id}/submit", operation_id="submit_scorecard", summary="Give your feedback")
async def submit(scorecard_id: UUID, body: Thoughts, write: Write = writes("scorecards:submit")) -> Receipt:
    by, for_others = write.member.id, write.member.may(FOR_OTHERS)
    return await write.run(lambda unit: commands.submit_scorecard(unit, scorecard_id, body.written(), by, for_others))


@router.post("/{scorecard_id}/revise", operation_id="revise_scorecard", summary="Change your feedback")
async def revise(scorecard_id: UUID, body: Thoughts, write: Write = writes("scorecards:submit")) -> Receipt:
    by, for_others = write.member.id, write.member.may(FOR_OTHERS)
    return await write.run(lambda unit: commands.revise_scorecard(unit, scorecard_id, body.written(), by, for_others))


@router.post("/{scorecard_id}/waive", operation_id="waive_scorecard", summary="Expect no feedback any more")
async def waive(scorecard_id: UUID, body: Waiver, write: Write = writes(FOR_OTHERS)) -> Receipt:
    return await write.run(lambda unit: commands.waive_scorecard(unit, scorecard_id, body.reason))


@router.get("", operation_id="list_scorecards", summary="List scorecards")
async def listing(
    pages: Pages, application_id: UUID | None = None, interviewer: UUID | None = None,
    read: Read = reads("scorecards:read"),
) -> Items:  # fmt: skip
    """What others wrote is hidden from an interviewer until their own scorecard for the same application is in."""
    query = projection.listed(application_id, interviewer, await jobs_seen(read), read.caller.id)
    rows = await pages.fetch(read.store.database, query, projection.TABLE.c.id)
    cards = await read.store.states(SCORECARD, [row.id for row in rows])
    open_to_caller = await _open_to(read, {row.application_id for row in rows})
    items = [_shown(cards[row.id], row.version, _may_see(read, cards[row.id], open_to_caller)) for row in rows]
    return Items(items=items)


@router.get("/{scorecard_id}", operation_id="get_scorecard", summary="Read a scorecard")
async def one(scorecard_id: UUID, read: Read = reads("scorecards:read")) -> dict[str, Any]:
    loaded = await read.load(SCORECARD, scorecard_id)
    visible = projection.listed(None, None, await jobs_seen(read), read.caller.id)
    if not await read.store.database.rows(visible.where(projection.TABLE.c.id == scorecard_id)):
        raise Missing(f"There is no scorecard {scorecard_id}")
    open_to_caller = await _open_to(read, [loaded.state.application_id])
    return _shown(loaded.state, loaded.version, _may_see(read, loaded.state, open_to_caller))


async def _open_to(read: Read, applications: Collection[UUID]) -> set[UUID]:
    """Applications on which the caller may see what others wrote: who also interviews, only after their own word."""
    if read.caller.may(FOR_OTHERS):
        return set(applications)
    own = await read.store.database.rows(projection.own_states(read.caller.id, applications))
    asked = {row.application_id for row in own}
    given = {row.application_id for row in own if row.state == "submitted"}
    return given | (set(applications) - asked if read.caller.may(ALL) else set())


def _may_see(read: Read, card: Scorecard, open_to_caller: Collection[UUID]) -> bool:
    return card.interviewer == read.caller.id or card.application_id in open_to_caller


def _shown(state: Scorecard, version: int, open_: bool) -> dict[str, Any]:
    shown = {
        "id": state.id, "version": version, "interview_id": state.interview_id,
        "application_id": state.application_id, "interviewer": state.interviewer, "job_id": state.job_id,
        "stage": state.stage, "due": state.due, "state": state.state, "submitted_by": state.submitted_by,
        "hidden": state.written is not None and not open_,
    }  # fmt: skip
    if state.written is None or not open_:
        return shown | {"recommendation": None, "ratings": None, "notes": None}
    ratings = reveal(state.written.ratings) or ()
    return shown | {
        "recommendation": state.written.recommendation, "ratings": [rating.model_dump() for rating in ratings],
        "notes": reveal(state.written.notes),
    }  # fmt: skip
