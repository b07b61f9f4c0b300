"""Time to fill from the first posting of any of the jobs of a seat, each worked out by hand."""

from typing import Any
from uuid import UUID

import pytest

from shared.events.ats.offer import OfferAccepted
from shared.events.ats.opening import OpeningClosed, OpeningOpened
from shared.events.ats.posting import PostingEvent
from shared.events.ats.requisition import RequisitionHeld, RequisitionResumed
from shared.events.event import registry
from tests.oracle.left_out import NEVER_POSTED
from tests.oracle.made_up.scribe import named
from tests.oracle.telling import DAY, J1, J2, R1, S1, Told, company, offer, on, posted, submitted


def seat(*jobs: UUID, of: UUID = S1, evergreen: bool = False) -> OpeningOpened:
    ids = {"opening_id": of, "requisition_id": R1, "jobs": jobs}
    return OpeningOpened.model_validate({**ids, "kind": "new", "evergreen": evergreen})


def filled(*jobs: UUID, on_day: str = "03-31") -> Told:
    """A seat that opened on 1 March for the jobs, and was taken by one who applied to J1."""
    told = company()
    told.on("02-01", submitted())
    told.on("03-01", seat(*jobs))
    told.on(on_day, offer(OfferAccepted))
    return told


def fills(told: Told, **asked: Any) -> tuple[int, int | None, int | None]:
    row = told.only("time-to-fill", **{"start": "posting", **asked})
    return row["n"], row["gross"], row["open"]


def never(told: Told, **asked: Any) -> int:
    return told.left_out("time-to-fill", **{"start": "posting", **asked}).get(NEVER_POSTED, 0)


def test_it_begins_with_the_first_posting_on_any_board_for_the_public_or_not() -> None:
    told = filled(J1)
    told.on("03-21", posted())
    assert fills(told) == (1, 10 * DAY, 0)
    told.on("03-11", posted(board="intranet", internal=True))
    told.on("03-25", posted(board="indeed"))
    assert fills(told) == (1, 20 * DAY, 0)
    assert fills(told, start="opening") == (1, 30 * DAY, 0)


@pytest.mark.parametrize(("day", "gross"), [("02-10", 30), ("03-01", 30), ("03-02", 29), ("03-31", 0)])
def test_a_seat_that_opened_after_the_posting_begins_with_itself(day: str, gross: int) -> None:
    told = filled(J1)
    told.on(day, posted())
    assert fills(told) == (1, gross * DAY, 0)
    told.on("03-31", posted(board="indeed"))
    assert fills(told) == (1, gross * DAY, 0)


def test_any_of_its_jobs_will_do() -> None:
    told = filled(J2, J1)
    told.on("03-21", posted(J1))
    assert fills(told) == (1, 10 * DAY, 0)
    told.on("03-11", posted(J2))
    assert fills(told) == (1, 20 * DAY, 0)
    told.on("03-05", posted(named("J3")))
    assert fills(told) == (1, 20 * DAY, 0)


def test_a_seat_that_nobody_posted_is_left_out() -> None:
    told = filled(J1)
    told.on("03-02", posted(J2), seat(J1, of=named("open")), seat(of=named("of no job")))
    assert (fills(told), never(told)) == ((0, None, 0), 3)
    assert never(told, start="opening") == never(told, start="requisition") == 0
    told.on("03-11", posted())
    assert (fills(told), never(told)) == ((1, 20 * DAY, 1), 1)
    # As of the 5th it was open, and not posted yet.
    assert (fills(told, as_of=on("03-05")), never(told, as_of=on("03-05"))) == ((0, None, 0), 3)
    assert fills(told, as_of=on("03-20")) == (0, None, 2)


def test_why_else_it_is_left_out_comes_first() -> None:
    told = company()
    told.on("03-01", seat(J1, evergreen=True), seat(J1, of=named("closed")))
    assert never(told) == 1
    told.on("03-02", OpeningClosed(opening_id=named("closed"), requisition_id=R1, reason="cancelled"))
    assert never(told) == 0


def test_of_the_kind_asked_for_whatever_the_period() -> None:
    told = filled(J1)
    told.on("03-01", seat(J2, of=named("open")))
    assert [never(told, department=name) for name in ("Engineering", "Sales", "People")] == [1, 1, 0]
    assert [never(told, period=period) for period in ("2026-03", "2026-02")] == [2, 2]


def test_a_posting_after_the_hire_begins_nothing() -> None:
    told = filled(J1)
    told.on("04-02", posted())
    assert (fills(told), never(told)) == ((0, None, 0), 0)
    assert never(told, as_of=on("04-02")) == 1


def test_holds_are_taken_out_from_the_posting_on() -> None:
    told = filled(J1)
    told.on("03-05", RequisitionHeld(requisition_id=R1, reason="budget"))
    told.on("03-11", posted())
    told.on("03-15", RequisitionResumed(requisition_id=R1))
    row = told.only("time-to-fill", start="posting")
    assert (row["net"], row["gross"]) == (16 * DAY, 20 * DAY)


def test_what_was_told_late_and_put_right_holds() -> None:
    told = filled(J1)
    told.on("03-21", posted())
    told.on("03-16", posted(board="indeed"), known="05-01")
    assert fills(told, known_at=on("04-20")) == (1, 10 * DAY, 0)
    assert fills(told) == (1, 15 * DAY, 0)
    wrong = told.log[-2]
    assert isinstance(wrong.event, PostingEvent)
    ids = {"posting_id": wrong.event.posting_id, "job_id": J1, "requisition_id": R1, "event_id": wrong.id}
    said = {"old": on("03-21"), "new": on("03-11"), "why": "wrong_day"}
    corrected = registry.get("ats.posting.occurrence-corrected").model
    told.on("05-02", corrected.model_validate({**ids, **said}))
    assert fills(told, known_at=on("05-02")) == (1, 15 * DAY, 0)
    assert fills(told) == (1, 20 * DAY, 0)
