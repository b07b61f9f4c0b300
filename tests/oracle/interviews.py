"""Interviews as they were last arranged: when, with whom, and whether they took place (rules X5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from shared.events.ats.interview import (
    InterviewCancelled,
    InterviewCompleted,
    InterviewEvent,
    InterviewNoShowRecorded,
    InterviewScheduled,
    InterviewTime,
)
from tests.oracle.happened import of_type
from tests.oracle.pasts import Past


@dataclass
class Interview:
    """`last`: the version that holds. `no_shows`, `completed` are of that version."""

    scheduled: InterviewScheduled
    last: InterviewTime
    cancelled: bool = False
    completed: bool = False
    no_shows: list[InterviewNoShowRecorded] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """As last arranged, with everybody there."""
        return self.completed and not self.no_shows

    def missed_by(self, interviewer: UUID) -> bool:
        """Whether there was no meeting with this one of the panel."""
        return any(told.party == "candidate" or told.interviewer == interviewer for told in self.no_shows)


def interviews(seen: Past) -> Sequence[Interview]:
    found: dict[UUID, Interview] = {}
    for _, event in of_type(seen.world, InterviewEvent):
        interview = found.get(event.interview_id)
        if isinstance(event, InterviewScheduled):
            found[event.interview_id] = Interview(event, event)
        elif interview is None:
            continue
        elif isinstance(event, InterviewTime):
            found[event.interview_id] = Interview(interview.scheduled, event)
        elif isinstance(event, InterviewCancelled):
            interview.cancelled = True
        elif isinstance(event, InterviewCompleted):
            interview.completed = interview.completed or event.version == interview.last.version
        elif isinstance(event, InterviewNoShowRecorded) and event.version == interview.last.version:
            interview.no_shows.append(event)
    return list(found.values())
