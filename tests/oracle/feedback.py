"""Feedback after interviews: in time, late, missing, and how old what is missing has become (rules D13)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.ats.scorecard import ScorecardSubmitted, ScorecardWaived
from tests.oracle.calendars import Calendar, calendar, due, worked
from tests.oracle.figures import median, microseconds
from tests.oracle.happened import Happened, of_type
from tests.oracle.interviews import Interview, interviews
from tests.oracle.pasts import Past, past
from tests.oracle.questions import OF_JOBS, Question, Row, Values, dimensions, grouped

FILTERS = (*OF_JOBS, "interviewer")
LATE_OR_NOT = ("on_time", "late", "missing")


@dataclass(frozen=True)
class Scorecard:
    """What one of the panel owes."""

    interview: Interview
    interviewer: UUID
    calendar: Calendar
    state: str

    @property
    def due(self) -> datetime:
        return due(self.calendar, self.interview.last.end)


def feedback_sla(asked: Question, log: Sequence[Happened]) -> list[Row]:
    seen = past(log, asked.as_of, asked.known_at)
    rows = []
    for group, found in grouped(asked, _wanted(seen, asked)):
        states = [scorecard.state for scorecard in found]
        others = ("late", "missing", "pending", "no_show", "waived", "cancelled")
        rate = states.count("on_time"), sum(states.count(state) for state in LATE_OR_NOT)
        rows.append({"group": group, "rate": rate, **{state: states.count(state) for state in others}})
    return rows


def feedback_overdue(asked: Question, log: Sequence[Happened]) -> list[Row]:
    """Ages since it was due (E7)."""
    seen = past(log, asked.as_of, asked.known_at)
    missing = [(values, scorecard) for values, scorecard in _wanted(seen, asked) if scorecard.state == "missing"]
    rows = []
    for group, found in grouped(asked, missing):
        elapsed = [microseconds(seen.as_of - scorecard.due) for scorecard in found]
        working = [microseconds(worked(scorecard.calendar, scorecard.due, seen.as_of)) for scorecard in found]
        rows.append(
            {
                "group": group,
                "n": len(found),
                "working": median(working),
                "elapsed": median(elapsed),
                "oldest": max(elapsed, default=None),
            }
        )
    return rows


def _wanted(seen: Past, asked: Question) -> Iterator[tuple[Values, Scorecard]]:
    for scorecard in scorecards(seen):
        if asked.in_period(scorecard.due):
            job = scorecard.interview.scheduled.job_id
            of_job = dimensions(seen, asked, scorecard.due, job)
            values = {**of_job, "interviewer": str(scorecard.interviewer)}
            if asked.wants(values, FILTERS):
                yield values, scorecard


def scorecards(seen: Past) -> Iterator[Scorecard]:
    """One for each of the panel, asked for or not."""
    for interview in interviews(seen):
        for interviewer in dict.fromkeys(interview.last.panel):
            known = calendar(seen.world, interviewer, interview.last.end)
            yield Scorecard(interview, interviewer, known, _state(seen, interview, interviewer, known))


def _state(seen: Past, interview: Interview, interviewer: UUID, known: Calendar) -> str:
    by = due(known, interview.last.end)
    submitted = [
        happened.occurred
        for happened, event in of_type(seen.world, ScorecardSubmitted)
        if (event.interview_id, event.interviewer) == (interview.last.interview_id, interviewer)
    ]
    waived = [(event.interview_id, event.interviewer) for _, event in of_type(seen.world, ScorecardWaived)]
    if interview.cancelled:
        return "cancelled"
    if interview.missed_by(interviewer):
        return "no_show"
    if (interview.last.interview_id, interviewer) in waived:
        return "waived"
    if submitted:
        return "on_time" if submitted[0] <= by else "late"
    return "missing" if by < seen.as_of else "pending"
