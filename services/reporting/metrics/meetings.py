"""Interviews that took place."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.reporting.metrics.fact import Fact
from shared.events.ats.interview import (
    InterviewCompleted,
    InterviewEvent,
    InterviewNoShowRecorded,
    InterviewRescheduled,
    InterviewScheduled,
    InterviewTime,
)
from shared.events.event import Event

NEEDS: frozenset[type[Event]] = frozenset(
    {InterviewScheduled, InterviewRescheduled, InterviewCompleted, InterviewNoShowRecorded}
)


@dataclass(frozen=True)
class Meeting:
    """An interview as it was last arranged. `missed`: somebody did not come, which takes a completion back."""

    id: UUID
    application_id: UUID
    person_id: UUID
    job: UUID | None
    end: datetime
    arranged: Fact
    completed: Fact | None
    missed: Fact | None


def meetings(facts: Iterable[Fact]) -> Iterator[Meeting]:
    """Of facts in order."""
    told: dict[UUID, list[Fact]] = defaultdict(list)
    for fact in facts:
        if isinstance(fact.event, InterviewEvent):
            told[fact.event.interview_id].append(fact)
    for own in told.values():
        times = [(fact, fact.event) for fact in own if isinstance(fact.event, InterviewTime)]
        if times:
            yield _meeting(own, *times[-1])


def _meeting(own: Sequence[Fact], arranged: Fact, time: InterviewTime) -> Meeting:
    completed = [f for f in own if isinstance(f.event, InterviewCompleted) and f.event.version == time.version]
    missed = [f for f in own if isinstance(f.event, InterviewNoShowRecorded) and f.event.version == time.version]
    return Meeting(
        time.interview_id,
        time.application_id,
        time.person_id,
        next((fact.event.job_id for fact in reversed(own) if isinstance(fact.event, InterviewScheduled)), None),
        time.end,
        arranged,
        next(iter(completed), None),
        next(iter(missed), None),
    )
