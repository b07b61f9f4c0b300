"""Openings: seats are reserved, released, filled, reopened and closed, and always add up."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ats.domain import opening
from services.ats.domain.opening import HeadcountReached, Opening, SeatFilled, SeatReserved, SeatTaken, evolve
from shared.events.ats.opening import (
    OpeningClosed,
    OpeningFilled,
    OpeningOpened,
    OpeningReleased,
    OpeningReopened,
    OpeningReserved,
)
from shared.kit.refusals import CorruptStream, Refusal
from shared.kit.testing.scenario import Scenario

REQUISITION, JOB, A1, A2, O1, O2 = (uuid4() for _ in range(6))
SEAT = opening.seat_id(REQUISITION, 1)
OF: dict[str, UUID] = {"opening_id": SEAT, "requisition_id": REQUISITION}
OPENED = OpeningOpened(**OF, jobs=(JOB,), kind="new")


def seat() -> Scenario[Opening]:
    return Scenario(evolve, [OPENED])


def test_a_second_offer_on_a_reserved_seat_is_refused_with_a_way_out() -> None:
    scenario = seat()
    assert scenario.when(opening.reserve, A1, O1) == [OpeningReserved(**OF, application_id=A1, offer_id=O1)]
    assert scenario.when(opening.reserve, A1, O1) == []
    with pytest.raises(SeatReserved) as refused:
        scenario.when(opening.reserve, A2, O2)
    assert refused.value.next_step == f"open a seat, rescind offer {O1}, or allow over-offering"


def test_a_seat_that_is_released_is_free_for_the_next() -> None:
    scenario = seat()
    scenario.when(opening.reserve, A1, O1)
    assert scenario.when(opening.release, O1, "expired") == [OpeningReleased(**OF, offer_id=O1, cause="expired")]
    assert scenario.when(opening.release, O1, "expired") == []
    scenario.when(opening.reserve, A2, O2)
    with pytest.raises(SeatReserved):
        scenario.when(opening.reserve, A1, O1)


def test_with_over_offering_the_first_acceptance_fills_the_seat() -> None:
    scenario = seat()
    scenario.when(opening.reserve, A1, O1, over_offering=True)
    scenario.when(opening.reserve, A2, O2, over_offering=True)
    [filled] = scenario.when(opening.fill, JOB, A2, O2)
    assert filled == OpeningFilled(**OF, job_id=JOB, application_id=A2, offer_id=O2)
    assert scenario.state.taken
    assert scenario.when(opening.fill, JOB, A2, O2) == []
    with pytest.raises(SeatTaken):
        scenario.when(opening.fill, JOB, A1, O1)


def test_a_seat_whose_hire_came_to_nothing_is_open_again_with_its_id() -> None:
    scenario = seat()
    scenario.when(opening.fill, JOB, A1, O1)
    assert scenario.when(opening.reopen, O2, "reneged") == []
    assert scenario.when(opening.reopen, O1, "reneged") == [
        OpeningReopened(**OF, application_id=A1, offer_id=O1, cause="reneged")
    ]
    assert (scenario.state.state, scenario.state.id) == ("open", SEAT)


def test_a_reopened_seat_is_still_held_by_the_other_offer_that_is_out() -> None:
    scenario = seat()
    scenario.when(opening.reserve, A1, O1)
    scenario.when(opening.reserve, A2, O2, over_offering=True)
    scenario.when(opening.fill, JOB, A1, O1)
    scenario.when(opening.reopen, O1, "reneged")
    assert scenario.state.state == "reserved"


def test_a_free_seat_is_closed_once() -> None:
    scenario = seat()
    assert scenario.when(opening.close, "budget") == [OpeningClosed(**OF, reason="budget")]
    assert scenario.when(opening.close, "budget") == []
    with pytest.raises(SeatTaken):
        scenario.when(opening.reserve, A1, O1)


def test_a_seat_that_somebody_holds_is_not_closed() -> None:
    scenario = seat()
    scenario.when(opening.reserve, A1, O1)
    with pytest.raises(SeatReserved):
        scenario.when(opening.close, "budget")
    scenario.when(opening.fill, JOB, A1, O1)
    with pytest.raises(SeatFilled):
        scenario.when(opening.close, "budget")


@pytest.mark.parametrize(("seats", "wanted", "opened"), [(0, None, 3), (1, None, 2), (0, 1, 1), (2, 1, 1)])
def test_as_many_seats_open_as_wanted_or_as_are_left(seats: int, wanted: int | None, opened: int) -> None:
    assert opening.seats_to_open(3, seats, wanted) == opened


@pytest.mark.parametrize(("seats", "wanted"), [(3, None), (3, 1), (2, 2), (4, None)])
def test_seats_never_exceed_the_headcount(seats: int, wanted: int | None) -> None:
    with pytest.raises(HeadcountReached):
        opening.seats_to_open(3, seats, wanted)


def test_an_impossible_history_is_for_an_operator() -> None:
    with pytest.raises(CorruptStream):
        evolve(None, OpeningClosed(**OF, reason="budget"))


MOVES = st.sampled_from(["reserve", "over", "release", "fill", "reopen", "close"])


@given(st.lists(st.tuples(st.integers(0, 2), MOVES, st.sampled_from([(A1, O1), (A2, O2)])), max_size=40))
def test_seats_balance_whatever_happens(moves: list[tuple[int, str, tuple[UUID, UUID]]]) -> None:
    seats = [Scenario(evolve, [OPENED.model_copy(update={"opening_id": uuid4()})]) for _ in range(3)]
    for number, move, (applicant, offer) in moves:
        try:
            match move:
                case "reserve" | "over":
                    seats[number].when(opening.reserve, applicant, offer, move == "over")
                case "release":
                    seats[number].when(opening.release, offer, "declined")
                case "fill":
                    seats[number].when(opening.fill, JOB, applicant, offer)
                case "reopen":
                    seats[number].when(opening.reopen, offer, "reneged")
                case "close":
                    seats[number].when(opening.close, "budget")
        except Refusal:
            continue
    for scenario in seats:
        state = scenario.state
        assert (state.filled_by is not None, state.closed_because is not None).count(True) <= 1
        assert (state.state == "filled") == (state.filled_by is not None)
        assert (state.state == "open") == (not state.taken and not state.reservations)
