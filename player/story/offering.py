"""Offers: drafted, revised, approved, extended, and what the candidates say to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from player.steps import Ref
from player.story.approving import approve, offer_voters, refuse
from player.story.company import OFFER_CHAIN
from player.story.jobs import CURRENCY
from player.story.people import Ending

if TYPE_CHECKING:
    from player.story.journeys import Journey


@dataclass
class Seats:
    """One offer at a time is out for a seat: when the one before was settled, and by which step.

    `rivals`: who holds a second offer on the first seat of an over-offered job, and that offer.
    """

    settled: dict[tuple[int, int], tuple[datetime, tuple[str, ...]]] = field(default_factory=dict)
    rivals: dict[int, tuple[Journey, Ref, Ref]] = field(default_factory=dict)


def offer(journey: Journey, seats: Seats) -> None:
    """From the offer stage to the application's end. Losers of a seat are written before the one who gets it."""
    applicant, dice = journey.applicant, journey.dice
    assert applicant.seat is not None
    place = (applicant.job.number, applicant.seat)
    before, keys = seats.settled.get(place, (journey.at, ()))
    journey.at = dice.office(max(journey.at, before + timedelta(hours=3)))
    letter = _agreed(journey)
    rival = seats.rivals.pop(applicant.job.number, None) if applicant.seat == 0 else None
    if rival is not None:
        journey.at = max(journey.at, rival[0].at + timedelta(hours=1))
        keys = (*keys, rival[2].key)
    extended = _extend(journey, letter, keys)
    if applicant.ending is Ending.WITHOUT_SEAT:
        seats.rivals[applicant.job.number] = (journey, letter, extended)
        return
    journey.wait(timedelta(days=journey.job.department.days_to_hire * 0.09))
    answered = journey.at
    _answer(journey, letter)
    seats.settled[place] = (journey.at, journey.lane.last)
    if rival is not None:
        _come_too_late(rival[0], rival[1], answered + timedelta(hours=2), f"{journey.lane.name}/offer.accept")


def _extend(journey: Journey, letter: Ref, after: tuple[str, ...] = (), days: int = 10) -> Ref:
    expires = (journey.at + timedelta(days=days)).isoformat()
    journey.lane.wait_for(*after)
    return journey.lane.do("offer.extend", journey.at, journey.by, letter, expires=expires)


def _come_too_late(journey: Journey, letter: Ref, at: datetime, accepted: str) -> None:
    """Accepts a seat that another offer has filled: taken back."""
    journey.at = max(journey.at, at)
    journey.lane.wait_for(accepted)
    journey.lane.do("offer.accept", journey.at, journey.by, letter)
    journey.wait(timedelta(days=3))
    journey.lane.do("offer.rescind", journey.at, journey.by, letter, reason="no_seat")
    journey.wait(timedelta(days=0.3))
    journey.do("application.reject", reason_type="we_rejected", reason="position_filled")


def _answer(journey: Journey, letter: Ref) -> None:
    lane, by, ending = journey.lane, journey.by, journey.applicant.ending
    match ending:
        case Ending.HIRED | Ending.HIRED_AGAIN | Ending.REVERSED:
            _hire(journey, letter)
            if ending is not Ending.HIRED:
                journey.wait(timedelta(days=6))
                journey.do("application.reverse-hire", cause="did_not_start", why="Stayed with the present employer")
            if ending is Ending.HIRED_AGAIN:
                journey.wait(timedelta(days=9))
                again = _agreed(journey)
                _extend(journey, again)
                journey.wait(timedelta(days=2))
                _hire(journey, again)
            elif ending is Ending.REVERSED:
                journey.wait(timedelta(days=1))
                journey.do("application.withdraw", reason="other_offer")
        case Ending.DECLINED:
            lane.do("offer.decline", journey.at, by, letter, reason="salary_expectation")
            journey.wait(timedelta(days=0.5))
            journey.do("application.withdraw", reason="declined_offer")
        case Ending.WITHDRAWN:
            journey.do("application.withdraw", reason="other_offer")
        case Ending.EXPIRED:
            journey.at = journey.dice.office(journey.at + timedelta(days=10))
            lane.do("offer.expire", journey.at, by, letter)
            journey.wait(timedelta(days=1))
            # A later deadline, and no answer again.
            _extend(journey, letter, days=3)
            journey.at = journey.dice.office(journey.at + timedelta(days=3))
            lane.do("offer.expire", journey.at, by, letter)
            journey.wait(timedelta(days=0.5))
            journey.do("application.reject", reason_type="we_rejected", reason="no_answer")
        case Ending.RESCINDED:
            lane.do("offer.rescind", journey.at, by, letter, reason="reference_check")
            journey.wait(timedelta(days=0.3))
            journey.do("application.reject", reason_type="we_rejected", reason="reference_check")
        case Ending.RENEGED:
            lane.do("offer.accept", journey.at, by, letter, start_date=_start(journey.at))
            journey.wait(timedelta(days=4))
            lane.do("offer.renege", journey.at, by, letter, reason="other_offer")
            journey.wait(timedelta(days=0.3))
            journey.do("application.withdraw", reason="other_offer")


def _hire(journey: Journey, letter: Ref) -> None:
    journey.lane.do("offer.accept", journey.at, journey.by, letter, start_date=_start(journey.at))
    journey.wait(timedelta(days=1.5))
    journey.do("application.hire", start_date=_start(journey.at))


def _agreed(journey: Journey) -> Ref:
    """Drafted and approved; one in ten is refused first, one in six revised while it is being approved."""
    lane, dice, by = journey.lane, journey.dice, journey.by
    journey.wait(timedelta(days=0.5))
    low, high = journey.job.band
    assert journey.applicant.seat is not None
    seat = journey.job.seats[journey.applicant.seat]
    above_band = dice.chance(0.15)
    pay = high * 21 // 20 if above_band else dice.number(low, high)
    letter = lane.do(
        "offer.draft", journey.at, by, application_id=journey.application, opening_id=seat, pay=_pay(pay),
        level=f"L{dice.number(2, 6)}", start_date=_start(journey.at),
    )  # fmt: skip
    before = dice.weighted({"nothing": 0.7, "refused": 0.12, "revised": 0.18})
    if before != "nothing":
        approval = _submitted(journey, letter)
        voters = offer_voters(dice, above_band=False)
        end = refuse if before == "refused" else approve
        journey.at = end(lane, dice, approval, voters if before == "refused" else voters[:1], journey.at)
        journey.wait(timedelta(days=0.5))
        above_band = False
        # Other than before, for a revision that changes nothing is none; and inside the band.
        other = next(_pay(high - less) for less in (500_00, 900_00) if _pay(high - less) != _pay(pay))
        lane.do("offer.revise", journey.at, by, letter, pay=other)
    approval = _submitted(journey, letter)
    journey.at = approve(lane, dice, approval, offer_voters(dice, above_band), journey.at)
    journey.wait(timedelta(days=0.3))
    return letter


def _submitted(journey: Journey, letter: Ref) -> Ref:
    journey.at += journey.dice.minutes(10, 90)
    journey.lane.do("offer.submit", journey.at, journey.by, letter, chain_id=OFFER_CHAIN)
    return journey.lane.look("offer.approval", journey.at, journey.by, letter)


def _pay(amount: int) -> dict[str, object]:
    return {"base": {"amount": amount // 100_00 * 100_00, "currency": CURRENCY}, "per": "year"}


def _start(at: datetime) -> str:
    return (at + timedelta(days=42)).date().isoformat()
