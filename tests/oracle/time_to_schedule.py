"""Time to schedule: from the request of an interview to its first appointment, or until it was held."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.ats.interview import InterviewCancelled, InterviewRequested, InterviewRescheduled, InterviewScheduled
from tests.oracle.figures import kaplan_meier_median, mean, median, microseconds
from tests.oracle.happened import Happened, of_type
from tests.oracle.interviews import Interview, interviews
from tests.oracle.left_out import CANCELLED, IMPOSSIBLE, MISSED, WITHOUT_REQUEST, LeftOut, counted
from tests.oracle.pasts import Past, past
from tests.oracle.questions import Question, Row, Values, dimensions, grouped


@dataclass(frozen=True)
class Arranging:
    """`ended` is None where it goes on. `moves`: how often it was rescheduled; None if there is nothing to move yet."""

    requested: datetime
    ended: datetime | None
    moves: int | None


def time_to_schedule(asked: Question, log: Sequence[Happened]) -> list[Row]:
    rows = []
    for group, found in grouped(asked, counted(asked, time_to_schedule_found(asked, log))):
        took = [microseconds(one.ended - one.requested) for one in found if one.ended]
        still = [microseconds(asked.as_of - one.requested) for one in found if not one.ended]
        rows.append(
            {
                "group": group,
                "n": len(took),
                "median": median(took),
                "km_median": kaplan_meier_median(took, still),
                "open": len(still),
                "reschedules": mean([one.moves for one in found if one.moves is not None]),
            }
        )
    return rows


def time_to_schedule_found(asked: Question, log: Sequence[Happened]) -> Iterable[tuple[Values, Arranging | LeftOut]]:
    seen = past(log, asked.as_of, asked.known_at)
    return (*_requested(seen, asked), *_without_request(seen, asked))


def _requested(seen: Past, asked: Question) -> Iterator[tuple[Values, Arranging | LeftOut]]:
    arranged = {interview.last.interview_id: interview for interview in interviews(seen)}
    for interview_id, (happened, request) in _requests(seen).items():
        values = _values(seen, asked, happened.occurred, request.job_id, request.application_id, request.stage)
        if asked.option("end", "scheduled") == "scheduled":
            ended = _scheduled(seen, interview_id)
        else:
            ended = _held(seen, interview_id, arranged.get(interview_id))
        if isinstance(ended, LeftOut):
            yield values, ended
        elif ended is not None and ended < happened.occurred:
            yield values, LeftOut(IMPOSSIBLE)
        elif asked.in_period(happened.occurred):
            yield values, Arranging(happened.occurred, ended, _moves(seen, interview_id))


def _without_request(seen: Past, asked: Question) -> Iterator[tuple[Values, LeftOut]]:
    requested = _requests(seen)
    for interview in interviews(seen):
        first, last = interview.scheduled, interview.last
        if last.interview_id not in requested:
            values = _values(seen, asked, last.end, first.job_id, last.application_id, first.stage)
            yield values, LeftOut(WITHOUT_REQUEST)


def _requests(seen: Past) -> dict[UUID, tuple[Happened, InterviewRequested]]:
    """The first of each interview."""
    found: dict[UUID, tuple[Happened, InterviewRequested]] = {}
    for happened, event in of_type(seen.world, InterviewRequested):
        found.setdefault(event.interview_id, (happened, event))
    return found


def _values(seen: Past, asked: Question, moment: datetime, job: UUID, application: UUID, stage: str) -> Values:
    of = next((known for known in seen.applications if application in known.ids), None)
    return dimensions(seen, asked, moment, job, of, stage)


def _scheduled(seen: Past, interview: UUID) -> datetime | LeftOut | None:
    """When it was first arranged."""
    found = [
        told.occurred for told, event in of_type(seen.world, InterviewScheduled) if event.interview_id == interview
    ]
    return found[0] if found else _not_arranged(seen, interview)


def _held(seen: Past, interview: UUID, arranged: Interview | None) -> datetime | LeftOut | None:
    """The end of the meeting as it was last arranged."""
    if arranged is None:
        return _not_arranged(seen, interview)
    if arranged.cancelled:
        return LeftOut(CANCELLED)
    if arranged.no_shows:
        return LeftOut(MISSED)
    return arranged.last.end if arranged.completed else None


def _not_arranged(seen: Past, interview: UUID) -> LeftOut | None:
    """It waits for an appointment, unless it was called off."""
    cancelled = any(event.interview_id == interview for _, event in of_type(seen.world, InterviewCancelled))
    return LeftOut(CANCELLED) if cancelled else None


def _moves(seen: Past, interview: UUID) -> int | None:
    moves = [event for _, event in of_type(seen.world, InterviewRescheduled) if event.interview_id == interview]
    arranged = [event for _, event in of_type(seen.world, InterviewScheduled) if event.interview_id == interview]
    return len(moves) if moves or arranged else None
