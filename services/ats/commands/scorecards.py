"""Commands on scorecards."""

from uuid import UUID

from services.ats.domain import scorecard
from services.ats.domain.scorecard import SCORECARD, WaivedBecause, Written
from shared.kit.unit import Unit


async def submit_scorecard(unit: Unit, scorecard_id: UUID, written: Written, by: UUID, for_others: bool) -> None:
    await unit.update(SCORECARD, scorecard_id, lambda state: scorecard.submit(state, written, by, for_others))


async def revise_scorecard(unit: Unit, scorecard_id: UUID, written: Written, by: UUID, for_others: bool) -> None:
    await unit.update(SCORECARD, scorecard_id, lambda state: scorecard.revise(state, written, by, for_others))


async def waive_scorecard(unit: Unit, scorecard_id: UUID, reason: WaivedBecause) -> None:
    await unit.update(SCORECARD, scorecard_id, lambda state: scorecard.waive(state, reason))
