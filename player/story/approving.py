"""How approvals go in a history: one vote after another, some of them against."""

from datetime import datetime

from player.steps import Lane, Ref
from player.story.company import FINANCE, HEADS
from player.story.dice import Dice

APPROVED, REJECTED = "approved", "rejected"


def requisition_voters(dice: Dice) -> list[str]:
    """One of the heads, then two of three from finance."""
    return [dice.one(HEADS), *dice.some(FINANCE, 2)]


def offer_voters(dice: Dice, above_band: bool) -> list[str]:
    """Two of three from finance; one of the heads too for an offer above the band."""
    return [*dice.some(FINANCE, 2), *([dice.one(HEADS)] if above_band else [])]


def approve(lane: Lane, dice: Dice, approval: Ref, voters: list[str], at: datetime) -> datetime:
    """Everybody asked approves; returns when the last one did."""
    for voter in voters:
        at = dice.office(at + dice.around(0.4))
        lane.do("approval.decide", at, voter, approval, decision=APPROVED)
    return at


def refuse(lane: Lane, dice: Dice, approval: Ref, voters: list[str], at: datetime) -> datetime:
    """The last two asked reject: of three, so n can no longer be reached."""
    at = approve(lane, dice, approval, voters[:-2], at)
    for voter in voters[-2:]:
        at = dice.office(at + dice.around(0.4))
        lane.do("approval.decide", at, voter, approval, decision=REJECTED, comment="Over this year's budget")
    return at
