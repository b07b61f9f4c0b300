"""Feedback that interviewers owe: what is asked of whom, when it is due, and what became of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator

from services.reporting.metrics import interviews, members
from services.reporting.metrics.counting import Ways
from services.reporting.metrics.dimensions import BY, JobQuestion, different, of_job
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.interviews import Interview
from services.reporting.metrics.jobs import NEEDS as JOBS
from services.reporting.metrics.members import Works
from services.reporting.metrics.report import Group, Part, ids
from services.reporting.metrics.world import World
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.scorecard import ScorecardEvent, ScorecardSubmitted, ScorecardWaived
from shared.events.crm.prospect import ProspectLinked
from shared.events.event import Event

NEEDS: frozenset[type[Event]] = (
    interviews.NEEDS | members.NEEDS | frozenset(JOBS)
    | {ScorecardSubmitted, ScorecardWaived, CandidatesMerged, ProspectLinked}
)  # fmt: skip

State = Literal["cancelled", "no_show", "waived", "on_time", "late", "missing", "pending"]
Dimension = Literal[
    "interviewer", "job", "department", "location", "recruiter", "hiring_manager", "month", "quarter", "year"
]  # fmt: skip


class FeedbackQuestion(JobQuestion):
    by: Annotated[tuple[Dimension, ...], AfterValidator(different), BY] = ()
    interviewer: UUID | None = None
    interview: UUID | None = None


# One interview is looked for among all facts: as a value to ask for it would be kept of every single one.
WAYS = Ways[FeedbackQuestion](lambda question: question.interview is None, [FeedbackQuestion()])


class FeedbackPart(Part):
    """One scorecard of one interviewer. `note`: what of their calendar is not known, and what holds instead."""

    interview_id: UUID
    application_id: UUID
    person_id: UUID
    interviewer: UUID
    ended: datetime
    due: datetime
    note: str | None

    @classmethod
    def of(cls, one: "Feedback", **more: Any) -> Self:
        return cls(
            interview_id=one.interview.id,
            application_id=one.interview.time.application_id,
            person_id=one.person,
            interviewer=one.interviewer,
            ended=one.interview.time.end,
            due=one.due,
            note=one.works.calendar.unknown,
            events=ids([one.interview.arranged, *one.works.told, *one.told]),
            **more,
        )


@dataclass(frozen=True)
class Feedback:
    """Of one of the panel. `told`: what cancelled, missed, waived or submitted it, as far as there is any of these."""

    interview: Interview
    person: UUID
    interviewer: UUID
    works: Works
    due: datetime
    state: State
    submitted: Fact | None
    told: tuple[Fact, ...]

    def values(self, world: World, question: FeedbackQuestion) -> Group:
        own = {"interviewer": str(self.interviewer)}
        if question.interview is not None:
            own["interview"] = str(self.interview.id)
        return {**of_job(self.interview.job, self.due, world.jobs), **own}


def feedback(world: World) -> list[Feedback]:
    """One for each of the panel, whether a scorecard was asked for or not."""
    return list(_feedback(world))


def _feedback(world: World) -> Iterator[Feedback]:
    submitted = _first(world.facts, ScorecardSubmitted)
    waived = _first(world.facts, ScorecardWaived)
    for interview in world.interviews:
        for member in dict.fromkeys(interview.time.panel):
            works = world.members.works(member, interview.time.end)
            due, of = works.calendar.due(interview.time.end), (interview.id, member)
            missed = interview.missed_by(member)
            came = submitted.get(of)
            state: State
            if interview.cancelled:
                state = "cancelled"
            elif missed:
                state = "no_show"
            elif of in waived:
                state = "waived"
            elif came:
                state = "on_time" if came.occurred <= due else "late"
            else:
                state = "missing" if world.is_over(due) else "pending"
            told = (interview.cancelled, missed, waived.get(of), came)
            person = world.people.resolve(interview.time.person_id)
            yield Feedback(interview, person, member, works, due, state, came, tuple(fact for fact in told if fact))


def _first(facts: Iterable[Fact], model: type[ScorecardEvent]) -> dict[tuple[UUID, UUID], Fact]:
    """By interview and interviewer, of facts in order."""
    found: dict[tuple[UUID, UUID], Fact] = {}
    for fact in facts:
        if isinstance(event := fact.event, model):
            found.setdefault((event.interview_id, event.interviewer), fact)
    return found
