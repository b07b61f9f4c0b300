"""Commands on openings."""

from datetime import date
from typing import Literal
from uuid import UUID

from services.ats.domain import opening
from services.ats.domain.job import JOB, Job, require_approved
from services.ats.domain.opening import OPENING
from services.ats.domain.requisition import REQUISITION
from services.ats.projections.openings import seats_of
from shared.events.ats.opening import OpeningOpened
from shared.kit.refusals import Conflict
from shared.kit.unit import Unit


async def add_opening(unit: Unit, job_id: UUID, kind: Literal["new", "replacement"], target_date: date | None) -> None:
    job = await unit.require(JOB, job_id)
    job.require_open()
    require_approved(await unit.require(REQUISITION, job.requisition_id))
    await open_seats(unit, job, 1, kind, target_date)


async def open_seats(
    unit: Unit, job: Job, wanted: int | None, kind: Literal["new", "replacement"], target_date: date | None
) -> None:
    """Opens the seats wanted, or all that the requisition's headcount leaves."""
    requisition = await unit.require(REQUISITION, job.requisition_id)
    seats = await unit.rows(seats_of(requisition.id))
    used = sum(seat.state != "closed" for seat in seats)
    for number in range(1, opening.seats_to_open(requisition.headcount, used, wanted) + 1):
        opening_id = opening.seat_id(requisition.id, len(seats) + number)
        if await unit.get(OPENING, opening_id) is not None:
            raise Conflict("another request was first to open this seat")
        facts = OpeningOpened(
            opening_id=opening_id, requisition_id=requisition.id, jobs=(job.id,), kind=kind,
            evergreen=job.terms.evergreen, target_date=target_date,
        )  # fmt: skip
        await unit.start(OPENING, opening_id, opening.open_seat(facts))


async def close_opening(unit: Unit, opening_id: UUID, reason: str) -> None:
    await unit.update(OPENING, opening_id, lambda state: opening.close(state, reason))
