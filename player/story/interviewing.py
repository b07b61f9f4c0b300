"""Interviews of one stage and their scorecards: scheduled, moved, held, missed, written up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from player.steps import Ref
from player.story.company import Member

if TYPE_CHECKING:
    from player.story.journeys import Journey

RATED = ("craft", "communication", "judgement")
RECOMMENDATIONS = {"strong_yes": 0.15, "yes": 0.4, "no_decision": 0.1, "no": 0.3, "definitely_not": 0.05}


def interview(journey: Journey, stage: str, leaves: datetime) -> datetime:
    """One meeting, or an on-site of two; returns when the last scorecard was in."""
    dice, at = journey.dice, journey.at
    stay = leaves - at
    interviewer = dice.one(journey.job.interviewers)
    asked = dice.office(at + stay * 0.1)
    if stage == "interview":
        return _meet(journey, "video", [interviewer], asked, dice.office(at + stay * 0.6), None)
    loop = str(dice.uuid())
    day = dice.office(at + stay * 0.6)
    first = _meet(journey, "onsite", [interviewer], asked, day, loop)
    return _meet(journey, "onsite", [journey.job.manager], first, max(day, first) + timedelta(hours=1.5), loop)


def _meet(
    journey: Journey, kind: str, panel: list[Member], asked: datetime, start: datetime, loop: str | None
) -> datetime:
    lane, dice, by = journey.lane, journey.dice, journey.by
    start = max(dice.office(start), asked + timedelta(hours=1))
    meeting = lane.do(
        "interview.schedule", asked, by, application_id=journey.application, kind=kind,
        panel=[member.ref for member in panel], zone=panel[0].zone, place=f"Room {dice.number(1, 9)}",
        loop_id=loop, **_times(start),
    )  # fmt: skip
    fate = dice.weighted({"held": 0.86, "moved": 0.07, "missed": 0.04, "cancelled": 0.03})
    if dice.chance(0.15):
        answer = dice.one(["accepted", "accepted", "tentative"])
        lane.do("interview.respond", asked + timedelta(minutes=9), panel[0].subject, meeting, response=answer)
    if fate in ("moved", "cancelled"):
        told = asked + (start - asked) * 0.5
        start = dice.office(start + dice.around(1))
        if fate == "cancelled":
            lane.do("interview.cancel", told, by, meeting, cause="candidate")
            return _meet(journey, kind, panel, told + timedelta(minutes=30), start, loop)
        lane.do(
            "interview.reschedule", told, by, meeting, zone=panel[0].zone, cause=dice.one(["candidate", "company"]),
            **_times(start),
        )  # fmt: skip
    end = start + timedelta(minutes=60)
    lane.do("interview.complete", end, by, meeting)
    if fate == "missed":
        lane.do("interview.no-show", end + timedelta(minutes=15), by, meeting, party="candidate")
        return _meet(journey, kind, panel, end + timedelta(minutes=40), dice.office(end + dice.around(1)), loop)
    return _feedback(journey, meeting, panel, end)


def _feedback(journey: Journey, meeting: Ref, panel: list[Member], end: datetime) -> datetime:
    lane, dice = journey.lane, journey.dice
    at = end
    for member in panel:
        at = at + min(dice.around(0.3), timedelta(days=2))
        scorecard = lane.look(
            "scorecard.find", at, journey.by,
            query={"application_id": journey.application, "interviewer": member.ref}, where={"interview_id": meeting},
        )  # fmt: skip
        if dice.chance(0.04):
            lane.do("scorecard.waive", at, journey.by, scorecard, reason="did_not_attend")
            continue
        thought = dice.weighted(RECOMMENDATIONS)
        ratings = [{"attribute": attribute, "score": dice.number(1, 5)} for attribute in RATED]
        lane.do(
            "scorecard.submit", at, member.subject, scorecard, recommendation=thought, ratings=ratings,
            notes="Answered what was asked.",
        )  # fmt: skip
        if dice.chance(0.03):
            at += timedelta(minutes=25)
            lane.do(
                "scorecard.revise", at, member.subject, scorecard, recommendation="yes", ratings=ratings,
                notes="Thought about it again.",
            )  # fmt: skip
    return at


def _times(start: datetime) -> dict[str, str]:
    start = start.replace(second=0, microsecond=0)
    return {"start": start.isoformat(), "end": (start + timedelta(minutes=60)).isoformat()}
