"""Time to fill a seat: gross, and net of the time in which it was held or filled before (rules D5)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.ats.opening import OpeningClosed, OpeningOpened
from shared.events.ats.posting import PostingPublished
from shared.events.ats.requisition import RequisitionApproved
from tests.oracle.acceptances import Acceptance
from tests.oracle.figures import median, microseconds
from tests.oracle.happened import Happened, of_type
from tests.oracle.left_out import NEVER_POSTED, LeftOut, counted
from tests.oracle.pasts import Past, held, past
from tests.oracle.questions import Question, Row, Values, dimensions, grouped
from tests.oracle.seats import acceptances_of
from tests.oracle.spells import within


@dataclass(frozen=True)
class Fill:
    net: int
    gross: int


def time_to_fill(asked: Question, log: Sequence[Happened]) -> list[Row]:
    rows = []
    for group, seats in grouped(asked, counted(asked, time_to_fill_found(asked, log))):
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


def time_to_fill_found(asked: Question, log: Sequence[Happened]) -> Iterable[tuple[Values, Fill | LeftOut | None]]:
    return _seats(past(log, asked.as_of, asked.known_at), asked)


def _seats(seen: Past, asked: Question) -> Iterator[tuple[Values, Fill | LeftOut | None]]:
    """Each seat that is filled, and, as None, each that is open; of those left out the ones that were never posted."""
    closed = {event.opening_id for _, event in of_type(seen.world, OpeningClosed)}
    posted = asked.option("start", "opening") == "posting"
    for happened, opening in of_type(seen.world, OpeningOpened):
        start = _start(seen, asked, happened, opening)
        if opening.evergreen or (start is None and not posted):
            continue
        accepted = acceptances_of(seen, opening.opening_id)
        filled = next((acceptance for acceptance in accepted if acceptance.stands), None)
        if filled is None:
            values = dimensions(seen, asked, seen.as_of, opening.jobs[0] if opening.jobs else None)
            if opening.opening_id not in closed:
                yield values, None if start else LeftOut(NEVER_POSTED)
        else:
            values = dimensions(seen, asked, filled.moment, filled.offer.job_id)
            if start is None:
                yield values, LeftOut(NEVER_POSTED)
            elif start <= filled.moment and asked.in_period(filled.moment):
                yield values, _fill(seen, opening.requisition_id, start, filled, accepted)


def _fill(seen: Past, requisition: UUID, start: datetime, filled: Acceptance, accepted: Sequence[Acceptance]) -> Fill:
    before = [(other.moment, other.undone.occurred) for other in accepted if other.undone]
    gross = filled.moment - start
    away = within([*held(seen, requisition), *before], start, filled.moment)
    return Fill(microseconds(gross - away), microseconds(gross))


def _start(seen: Past, asked: Question, opened: Happened, opening: OpeningOpened) -> datetime | None:
    match asked.option("start", "opening"):
        case "opening":
            return opened.occurred
        case "posting":
            published = of_type(seen.world, PostingPublished)
            first = next((told.occurred for told, event in published if event.job_id in opening.jobs), None)
            return max(first, opened.occurred) if first else None
    approved = of_type(seen.world, RequisitionApproved)
    return next((told.occurred for told, event in approved if event.requisition_id == opening.requisition_id), None)
