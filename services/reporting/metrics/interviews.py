"""Interviews as they were last arranged: when, with whom, and whether they were held, cancelled or missed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from services.reporting.metrics.fact import Fact
from shared.events.ats.interview import (
    InterviewCancelled,
    InterviewCompleted,
    InterviewEvent,
    InterviewNoShowRecorded,
    InterviewRescheduled,
    InterviewScheduled,
    InterviewTime,
)
from shared.events.event import Event

NEEDS: frozenset[type[Event]] = frozenset(
    {InterviewScheduled, InterviewRescheduled, InterviewCancelled, InterviewCompleted, InterviewNoShowRecorded}
)

MISSED = "interview that somebody missed"


@dataclass(frozen=True)
class Interview:
    """`time` is that of its last version, `arranged` the event that says so. `job` is None where none is known.

    `cancelled`, `completed` and `missed` are of that version: whatever became of an earlier one, it was arranged anew.
    """

    id: UUID
    job: UUID | None
    time: InterviewTime
    arranged: Fact
    cancelled: Fact | None
    completed: Fact | None
    missed: tuple[Fact, ...]

    @property
    def why_not_held(self) -> str:
        """Of one that is not completed, or that somebody missed."""
        return MISSED if self.completed else "interview not completed"

    def missed_by(self, member: UUID) -> Fact | None:
        """Whose absence excuses them: their own, or the candidate's."""
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
            # Not the one that occurred last: dates are told by people, and corrected.
            yield _interview(of, own, *max(times, key=lambda one: (one[1].version, one[0].order)))


def _interview(of: UUID, told: list[Fact], arranged: Fact, time: InterviewTime) -> Interview:
    jobs = [fact.event.job_id for fact in told if isinstance(fact.event, InterviewScheduled)]
    cancelled = [f for f in told if isinstance(f.event, InterviewCancelled) and f.event.version == time.version]
    completed = [f for f in told if isinstance(f.event, InterviewCompleted) and f.event.version == time.version]
    missed = [f for f in told if isinstance(f.event, InterviewNoShowRecorded) and f.event.version == time.version]
    return Interview(
        of, jobs[-1] if jobs else None, time, arranged, next(iter(cancelled), None), next(iter(completed), None),
        tuple(missed),
    )  # fmt: skip


def _concerns(event: Event, member: UUID) -> bool:
    match event:
        case InterviewNoShowRecorded(party="candidate"):
            return True
        case InterviewNoShowRecorded(interviewer=absent):
            return absent == member
    return False
