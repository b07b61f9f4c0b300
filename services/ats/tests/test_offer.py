"""An offer's versions, their approval, and what becomes of them."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.ats.domain import offer
from services.ats.domain.offer import DeadlineNotUsable, Offer, OfferNotDue, OfferNotInState, OffersPaused, evolve
from shared.events.ats.offer import (
    AcceptedWithoutSeat,
    OfferAccepted,
    OfferDeadlineExtended,
    OfferDrafted,
    OfferRescinded,
    OfferRevised,
    Pay,
)
from shared.events.ats.requisition import Band
from shared.events.event import Event
from shared.events.personal import Clear
from shared.events.values import Money
from shared.kit.testing.scenario import Scenario

ROUND, SEAT = uuid4(), uuid4()
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DEADLINE = AT + timedelta(days=10)
START = date(2026, 5, 1)


def pay(base: int = 7_000_000, **more: Any) -> Clear[Pay]:
    return Clear(Pay(base=Money(amount=base, currency="EUR"), **more))


DRAFTED = OfferDrafted(
    offer_id=uuid4(), application_id=uuid4(), person_id=uuid4(), job_id=uuid4(), version=1, opening_id=SEAT,
    pay=pay(), level="L4", start_date=START, letter_reference=Clear("5a17"),
)  # fmt: skip
SUBMIT = (offer.submit, ROUND)
APPROVE = (offer.approve, ROUND)
EXTEND = (offer.extend, DEADLINE, AT, False)
ACCEPT = (offer.accept, None, True)

APPROVED: list[tuple[Any, ...]] = [SUBMIT, APPROVE]
STEPS: dict[str, list[tuple[Any, ...]]] = {
    "draft": [],
    "in_approval": [SUBMIT],
    "approved": APPROVED,
    "extended": [*APPROVED, EXTEND],
    "accepted": [*APPROVED, EXTEND, ACCEPT],
    "declined": [*APPROVED, EXTEND, (offer.decline, "declined", None, None)],
    "expired": [*APPROVED, EXTEND, (offer.expire, DEADLINE)],
    "rescinded": [*APPROVED, EXTEND, (offer.rescind, "budget", None)],
    "reneged": [*APPROVED, EXTEND, ACCEPT, (offer.renege, None, None)],
}
MOVES: dict[str, tuple[Any, ...]] = {
    "submit": SUBMIT,
    "approve": APPROVE,
    "reject": (offer.reject_approval, ROUND),
    "extend": (offer.extend, DEADLINE + timedelta(days=7), AT, False),
    "accept": ACCEPT,
    "decline": (offer.decline, "declined", "salary_expectation", None),
    "expire": (offer.expire, DEADLINE),
    "rescind": (offer.rescind, "budget", None),
    "renege": (offer.renege, "other_offer", None),
    "new pay": (offer.revise, {"pay": pay(7_500_000)}),
    "new start": (offer.revise, {"start_date": date(2026, 6, 1)}),
}
TABLE: dict[str, dict[str, str]] = {
    "draft": {"submit": "in_approval", "new pay": "draft", "new start": "draft"},
    "in_approval": {"approve": "approved", "reject": "draft", "new pay": "draft", "new start": "in_approval"},
    "approved": {"extend": "extended", "new pay": "draft", "new start": "approved"},
    "extended": {
        "extend": "extended", "accept": "accepted", "decline": "declined", "expire": "expired",
        "rescind": "rescinded", "new pay": "draft", "new start": "approved",
    },
    "accepted": {"accept": "accepted", "rescind": "rescinded", "renege": "reneged"},
    "declined": {"decline": "declined", "new pay": "draft", "new start": "approved"},
    "expired": {"expire": "expired", "extend": "extended", "new pay": "draft", "new start": "approved"},
    "rescinded": {"rescind": "rescinded"},
    "reneged": {"renege": "reneged"},
}  # fmt: skip


def in_state(name: str) -> Scenario[Offer]:
    scenario: Scenario[Offer] = Scenario(evolve, [DRAFTED])
    for decide, *given in STEPS[name]:
        scenario.when(decide, *given)
    assert scenario.state.state == name
    return scenario


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("state", TABLE)
def test_states_follow_each_other_as_the_table_says(state: str, move: str) -> None:
    scenario = in_state(state)
    decide, *given = MOVES[move]
    wanted = TABLE[state].get(move)
    if wanted is None:
        with pytest.raises(OfferNotInState):
            scenario.when(decide, *given)
    else:
        scenario.when(decide, *given)
        assert scenario.state.state == wanted


@pytest.mark.parametrize("state", ["accepted", "declined", "expired", "rescinded", "reneged"])
def test_what_was_told_is_no_event_again(state: str) -> None:
    decide, *given = STEPS[state][-1]
    assert in_state(state).when(decide, *given) == []


def revised(scenario: Scenario[Offer], **changes: Any) -> OfferRevised:
    [event] = scenario.when(offer.revise, changes)
    assert isinstance(event, OfferRevised)
    return event


@pytest.mark.parametrize(
    ("changes", "voids"),
    [
        ({"pay": pay(8_000_000)}, True),
        ({"pay": pay(bonus=Money(amount=500_000, currency="EUR"))}, True),
        ({"pay": pay(equity="1,000 options")}, True),
        ({"level": "L5"}, True),
        ({"start_date": date(2026, 6, 1)}, False),
        ({"opening_id": uuid4()}, False),
        ({"start_date": date(2026, 6, 1), "level": "L5"}, True),
    ],
)
def test_what_the_approvers_decided_on_voids_their_approvals(changes: dict[str, Any], voids: bool) -> None:
    event = revised(in_state("in_approval"), **changes)
    assert (event.voids_approvals, event.changed, event.version) == (voids, tuple(sorted(changes)), 2)


def test_a_draft_has_no_approvals_to_void() -> None:
    assert not revised(in_state("draft"), pay=pay(8_000_000)).voids_approvals


def test_a_revision_without_a_change_is_no_event() -> None:
    assert in_state("extended").when(offer.revise, {"pay": pay(), "start_date": START}) == []


def test_a_revision_keeps_what_it_does_not_name() -> None:
    event = revised(in_state("draft"), level="L5")
    assert (event.pay, event.start_date, event.opening_id) == (pay(), START, SEAT)


def test_a_version_that_goes_out_again_has_its_own_deadline() -> None:
    scenario = in_state("extended")
    revised(scenario, start_date=date(2026, 6, 1))
    assert scenario.state.expires is None


def test_the_deadline_is_extended_without_a_new_approval_or_version() -> None:
    for state in ("extended", "expired"):
        scenario = in_state(state)
        [event] = scenario.when(offer.extend, DEADLINE + timedelta(days=7), DEADLINE, False)
        assert isinstance(event, OfferDeadlineExtended)
        assert (event.version, scenario.state.state) == (1, "extended")


def test_the_same_deadline_again_is_no_event() -> None:
    assert in_state("extended").when(*EXTEND) == []


@pytest.mark.parametrize(
    ("state", "expires"),
    [
        ("approved", AT),
        ("extended", DEADLINE - timedelta(days=1)),
        ("extended", None),
        ("expired", None),
        ("expired", AT),
    ],
)
def test_a_deadline_lies_ahead_and_never_comes_closer(state: str, expires: datetime | None) -> None:
    with pytest.raises(DeadlineNotUsable):
        in_state(state).when(offer.extend, expires, AT, False)


def test_an_offer_without_a_deadline_gets_none_afterwards() -> None:
    scenario = in_state("approved")
    scenario.when(offer.extend, None, AT, False)
    assert scenario.when(offer.lapse, AT + timedelta(days=999)) == []
    with pytest.raises(DeadlineNotUsable):
        scenario.when(*EXTEND)


@pytest.mark.parametrize("state", ["approved", "expired"])
def test_nothing_goes_out_while_the_requisition_is_held(state: str) -> None:
    with pytest.raises(OffersPaused):
        in_state(state).when(offer.extend, DEADLINE + timedelta(days=1), AT, True)


def test_an_acceptance_after_the_deadline_counts_until_the_expiry_is_told() -> None:
    # Acceptance asks no clock: only an OfferExpired that was recorded ends the version.
    assert len(in_state("extended").when(*ACCEPT)) == 1
    with pytest.raises(OfferNotInState):
        in_state("expired").when(*ACCEPT)


def test_an_acceptance_stands_without_a_seat_and_says_so() -> None:
    scenario = in_state("extended")
    accepted, without = scenario.when(offer.accept, date(2026, 6, 15), False)
    assert isinstance(accepted, OfferAccepted)
    assert isinstance(without, AcceptedWithoutSeat)
    assert (scenario.state.state, scenario.state.seated) == ("accepted", False)
    assert scenario.state.start_date == date(2026, 6, 15)


def test_the_offered_start_date_is_agreed_on_where_no_other_is_named() -> None:
    scenario = in_state("accepted")
    assert (scenario.state.start_date, scenario.state.seated) == (START, True)


def test_it_does_not_expire_by_hand_before_its_deadline() -> None:
    with pytest.raises(OfferNotDue):
        in_state("extended").when(offer.expire, DEADLINE - timedelta(seconds=1))


def test_the_timer_expires_what_is_due_and_leaves_the_rest_alone() -> None:
    scenario = in_state("extended")
    assert scenario.when(offer.lapse, DEADLINE - timedelta(seconds=1)) == []
    assert len(scenario.when(offer.lapse, DEADLINE)) == 1
    assert in_state("accepted").when(offer.lapse, DEADLINE) == []


@pytest.mark.parametrize(("state", "accepted"), [("extended", False), ("accepted", True)])
def test_a_rescission_says_whether_it_was_accepted(state: str, accepted: bool) -> None:
    [event] = in_state(state).when(offer.rescind, "budget", None)
    assert isinstance(event, OfferRescinded)
    assert event.accepted is accepted


def test_rounds_are_counted() -> None:
    scenario = in_state("in_approval")
    scenario.when(offer.reject_approval, ROUND)
    scenario.when(offer.submit, second := uuid4())
    assert (scenario.state.rounds, scenario.state.approval_id) == (2, second)


def letter_hash(*events: Event) -> str | None:
    [accepted] = [event for event in events if isinstance(event, OfferAccepted)]
    return accepted.letter_hash


def test_the_letter_that_was_accepted_is_hashed_the_same_way_for_ever() -> None:
    accepted = letter_hash(*in_state("extended").when(*ACCEPT))
    text = (
        f'{{"job_id":"{DRAFTED.job_id}","level":"L4","offer_id":"{DRAFTED.offer_id}",'
        '"pay":{"base":{"amount":7000000,"currency":"EUR"},"bonus":null,"equity":null,"per":"year"},'
        f'"person_id":"{DRAFTED.person_id}","reference":"5a17","start_date":"2026-05-01","version":1}}'
    )
    assert accepted == hashlib.sha256(text.encode()).hexdigest()


def test_another_promise_has_another_hash() -> None:
    one, other = (offer.letter_hash(DRAFTED.model_copy(update={"pay": pay(base)})) for base in (7_000_000, 7_000_100))
    assert one != other


@pytest.mark.parametrize("unknown", ["pay", "letter_reference"])
def test_without_a_part_of_it_there_is_no_letter(unknown: str) -> None:
    assert offer.letter_hash(DRAFTED.model_copy(update={unknown: None})) is None


def test_who_knows_the_pay_can_not_find_out_by_the_hash() -> None:
    references = (DRAFTED.model_copy(update={"letter_reference": Clear(text)}) for text in ("one", "other"))
    assert len({offer.letter_hash(terms) for terms in references}) == 2


@pytest.mark.parametrize(
    ("base", "band", "above"),
    [
        (8_000_000, Band(low=6_000_000, high=8_000_000, currency="EUR"), False),
        (8_000_001, Band(low=6_000_000, high=8_000_000, currency="EUR"), True),
        (8_000_001, Band(low=6_000_000, high=8_000_000, currency="USD"), False),
        (8_000_001, Band(low=500_000, high=700_000, currency="EUR", per="month"), False),
        (8_000_001, None, False),
    ],
)
def test_pay_is_above_the_band_where_the_two_can_be_compared(base: int, band: Band | None, above: bool) -> None:
    assert offer.above_band(DRAFTED.model_copy(update={"pay": pay(base)}), band) is above
