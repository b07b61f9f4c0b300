"""Time to fill a seat: gross, and net of the time in which it was held or filled before (rules D5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.ats.opening import OpeningClosed, OpeningOpened
from shared.events.ats.requisition import RequisitionApproved
from tests.oracle.acceptances import Acceptance
from tests.oracle.figures import median, microseconds
from tests.oracle.happened import Happened, of_type
from tests.oracle.pasts import Past, held, past
from tests.oracle.questions import Question, Row, Values, dimensions, grouped
from tests.oracle.seats import acceptances_of
from tests.oracle.spells import within


@dataclass(frozen=True)
class Fill:
    net: int
    gross: int


def time_to_fill(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    rows = []
    for group, seats in grouped(asked, _seats(seen, asked)):
        fills = [seat for seat in seats if seat]
        rows.append(
            {
                "group": group,
                "n": len(fills),
                "net": median([fill.net for fill in fills]),
                "gross": median([fill.gross for fill in fills]),
                "open": len(seats) - len(fills),
            }
        )
    return rows


def _seats(seen: Past, asked: Question) -> Iterator[tuple[Values, Fill | None]]:
    """Each seat that is filled, and, as None, each that is open."""
    closed = {event.opening_id for _, event in of_type(seen.world, OpeningClosed)}
    for happened, opening in of_type(seen.world, OpeningOpened):
        start = _start(seen, asked, happened, opening)
        if opening.evergreen or start is None:
            continue
        accepted = acceptances_of(seen, opening.opening_id)
        filled = next((acceptance for acceptance in accepted if acceptance.stands), None)
        if filled is None:
            values = dimensions(seen, asked, seen.as_of, opening.jobs[0] if opening.jobs else None)
            if opening.opening_id not in closed and asked.wants(values):
                yield values, None
        elif start <= filled.moment and asked.in_period(filled.moment):
            values = dimensions(seen, asked, filled.moment, filled.offer.job_id)
            if asked.wants(values):
                yield values, _fill(seen, opening.requisition_id, start, filled, accepted)


def _fill(seen: Past, requisition: UUID, start: datetime, filled: Acceptance, accepted: Sequence[Acceptance]) -> Fill:
    before = [(other.moment, other.undone.occurred) for other in accepted if other.undone]
    gross = filled.moment - start
    away = within([*held(seen, requisition), *before], start, filled.moment)
    return Fill(microseconds(gross - away), microseconds(gross))


def _start(seen: Past, asked: Question, opened: Happened, opening: OpeningOpened) -> datetime | None:
    if asked.option("start", "opening") == "opening":
        return opened.occurred
    approved = of_type(seen.world, RequisitionApproved)
    return next((told.occurred for told, event in approved if event.requisition_id == opening.requisition_id), None)
