"""Interviews as they were last arranged: when, with whom, and whether they were cancelled or missed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from services.reporting.metrics.fact import Fact
from shared.events.ats.interview import (
    InterviewCancelled,
    InterviewEvent,
    InterviewNoShowRecorded,
    InterviewRescheduled,
    InterviewScheduled,
    InterviewTime,
)
from shared.events.event import Event

NEEDS: frozenset[type[Event]] = frozenset(
    {InterviewScheduled, InterviewRescheduled, InterviewCancelled, InterviewNoShowRecorded}
)


@dataclass(frozen=True)
class Interview:
    """`time` is that of its last version, `arranged` the event that says so. `job` is None where none is known.

    `missed`: no-shows of that version. `cancelled`: not since it was arranged last.
    """

    id: UUID
    job: UUID | None
    time: InterviewTime
    arranged: Fact
    cancelled: Fact | None
    missed: tuple[Fact, ...]

    def missed_by(self, member: UUID) -> Fact | None:
        """For nobody can write about a candidate who did not come."""
        return next((fact for fact in self.missed if _concerns(fact.event, member)), None)


def interviews(facts: Iterable[Fact]) -> Iterator[Interview]:
    """Of facts in order."""
    told: dict[UUID, list[Fact]] = defaultdict(list)
    for fact in facts:
        if isinstance(fact.event, InterviewEvent):
            told[fact.event.interview_id].append(fact)
    for of, own in told.items():
        times = [(fact, fact.event) for fact in own if isinstance(fact.event, InterviewTime)]
        if times:
            yield _interview(of, own, *times[-1])


def _interview(of: UUID, told: list[Fact], arranged: Fact, time: InterviewTime) -> Interview:
    since = told[told.index(arranged) :]
    return Interview(
        of,
        next((fact.event.job_id for fact in reversed(told) if isinstance(fact.event, InterviewScheduled)), None),
        time,
        arranged,
        next((fact for fact in since if isinstance(fact.event, InterviewCancelled)), None),
        tuple(f for f in told if isinstance(f.event, InterviewNoShowRecorded) and f.event.version == time.version),
    )


def _concerns(event: Event, member: UUID) -> bool:
    match event:
        case InterviewNoShowRecorded(party="candidate"):
            return True
        case InterviewNoShowRecorded(interviewer=absent):
            return absent == member
    return False
