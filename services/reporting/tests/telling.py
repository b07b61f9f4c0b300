"""A short history of one person, told by name and day, for tests of what is kept of a person."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from services.reporting.metrics.fact import Fact
from services.reporting.tests.making import make, of_name, plan_facts
from shared.events.event import Event

BEGAN = datetime(2026, 3, 1, 9, tzinfo=UTC)
STAGES = (("new", "lead"), ("applied", "applied"), ("onsite", "onsite"), ("offer", "offer"))


class Telling:
    """Goes on counting; `day` may be a fraction, `known` is the day on which the log heard of it."""

    def __init__(self) -> None:
        self._positions = count(1)
        self.facts: list[Fact] = []

    def __call__(self, day: float, model: type[Event], known: float | None = None, **given: Any) -> Fact:
        named = {name: of_name(value) if name in IDS and value else value for name, value in given.items()}
        return self.keep(make(model, **named), day, day if known is None else known)

    def job(self, name: str, day: float = -30) -> None:
        for event in plan_facts(name, "", 1, STAGES, switch=None):
            self.keep(event, day, day)

    def keep(self, event: Event, day: float, known: float) -> Fact:
        position = next(self._positions)
        fact = Fact(UUID(int=position), event, position, at(day), at(known))
        self.facts.append(fact)
        return fact


IDS = {
    "person_id", "recipient_id", "application_id", "job_id", "to_job", "from_job", "offer_id", "opening_id",
    "touchpoint_id", "campaign", "campaign_id", "enrolment_id", "interview_id", "scorecard_id", "merged", "candidate",
    "hand_over_id", "interviewer", "plan_id", "requisition_id", "member",
}  # fmt: skip


def at(day: float) -> datetime:
    return BEGAN + timedelta(days=day)
