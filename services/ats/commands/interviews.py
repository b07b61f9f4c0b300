"""Commands on interviews; their scorecards follow them, and a timer ends them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from services.ats.domain import interview, scorecard
from services.ats.domain.application import APPLICATION, Application, ApplicationClosed
from services.ats.domain.interview import INTERVIEW, Interview, PanelNotUsable, Response
from services.ats.domain.scorecard import SCORECARD, Scorecard, WaivedBecause
from services.ats.domain.team_member import TEAM_MEMBER
from services.ats.projections.scorecards import scorecards_of
from shared.events.ats.interview import Cause, InterviewScheduled
from shared.events.ats.scorecard import ScorecardRequested
from shared.events.personal import Personal
from shared.kit.context import new_id
from shared.kit.unit import Unit

FEEDBACK_WITHIN = timedelta(hours=24)


async def active_application(unit: Unit, application_id: UUID) -> Application:
    state = await unit.require(APPLICATION, application_id)
    if state.state != "active":
        raise ApplicationClosed(f"The application is {state.state}")
    return state


async def schedule_interview(
    unit: Unit, interview_id: UUID, application_id: UUID, due: datetime | None, **facts: Any
) -> None:
    """Asks a scorecard of each of the panel; `facts` are those of InterviewScheduled that the caller decides."""
    await unit.beside(APPLICATION, application_id)
    application = await active_application(unit, application_id)
    scheduled = InterviewScheduled(
        interview_id=interview_id, application_id=application_id, person_id=application.person_id, version=1,
        job_id=application.job_id, stage=application.stage, **facts,
    )  # fmt: skip
    state = await unit.start(INTERVIEW, interview_id, interview.schedule(scheduled))
    await _require_members(unit, state.time.panel)
    await _ask(unit, state, state.time.panel, due or state.time.end + FEEDBACK_WITHIN)


async def reschedule_interview(
    unit: Unit, interview_id: UUID, panel: tuple[UUID, ...] | None, start: datetime, end: datetime, zone: str,
    cause: Cause, place: Personal[str, Any] | None,
) -> None:  # fmt: skip
    """Due times move with the end; who left the panel owes nothing, who joined it is asked."""
    before = await unit.require(INTERVIEW, interview_id)
    state = await unit.update(
        INTERVIEW, interview_id,
        lambda state: interview.reschedule(state, panel, start, end, zone, cause, place),
    )  # fmt: skip
    if state is before:
        return
    await _require_members(unit, set(state.time.panel) - set(before.time.panel))
    asked = set()
    for card in await _scorecards(unit, interview_id):
        if card.interviewer in state.time.panel:
            asked.add(card.interviewer)
            due = card.due + (state.time.end - before.time.end)
            await unit.append(SCORECARD, card.id, scorecard.reschedule(card, state.time.version, due))
        else:
            await _waive(unit, card, "replaced")
    joined = [member for member in state.time.panel if member not in asked]
    await _ask(unit, state, joined, state.time.end + FEEDBACK_WITHIN)


async def cancel_interview(unit: Unit, interview_id: UUID, cause: Cause, note: Personal[str, Any] | None) -> None:
    await unit.update(INTERVIEW, interview_id, lambda state: interview.cancel(state, cause, note))
    for card in await _scorecards(unit, interview_id):
        await _waive(unit, card, "cancelled")


async def complete_interview(unit: Unit, interview_id: UUID) -> None:
    await unit.update(INTERVIEW, interview_id, lambda state: interview.complete(state, unit.occurred))


async def end_interview(unit: Unit, interview_id: UUID) -> None:
    """Fired at the scheduled end."""
    await unit.update(INTERVIEW, interview_id, lambda state: interview.end(state, unit.occurred))


async def record_no_show(
    unit: Unit, interview_id: UUID, party: Literal["candidate", "interviewer"], interviewer: UUID | None
) -> None:
    """Nobody writes about a candidate who did not come, nor somebody who was not there."""
    await unit.update(
        INTERVIEW, interview_id, lambda state: interview.record_no_show(state, party, interviewer, unit.occurred)
    )
    for card in await _scorecards(unit, interview_id):
        if interviewer in (None, card.interviewer):
            await _waive(unit, card, "no_show")


async def respond_to_interview(unit: Unit, interview_id: UUID, interviewer: UUID, response: Response) -> None:
    await unit.update(INTERVIEW, interview_id, lambda state: interview.respond(state, interviewer, response))


async def _ask(unit: Unit, state: Interview, panel: Sequence[UUID], due: datetime) -> None:
    for interviewer in panel:
        requested = ScorecardRequested(
            scorecard_id=new_id(), interview_id=state.id, application_id=state.application_id,
            person_id=state.person_id, interviewer=interviewer, job_id=state.job_id, stage=state.stage, due=due,
        )  # fmt: skip
        await unit.start(SCORECARD, requested.scorecard_id, scorecard.request(requested))


async def _scorecards(unit: Unit, interview_id: UUID) -> list[Scorecard]:
    return [await unit.require(SCORECARD, row.id) for row in await unit.rows(scorecards_of(interview_id))]


async def _waive(unit: Unit, card: Scorecard, reason: WaivedBecause) -> None:
    """What was written already stays."""
    if card.state == "requested":
        await unit.append(SCORECARD, card.id, scorecard.waive(card, reason))


async def _require_members(unit: Unit, panel: Sequence[UUID] | set[UUID]) -> None:
    for of in panel:
        member = await unit.get(TEAM_MEMBER, of)
        if member is None or not member.active:
            raise PanelNotUsable(f"{of} is no active team member", "choose active team members")
