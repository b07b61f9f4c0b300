"""How long candidates wait until a person tells them something."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.reporting.metrics import applications
from services.reporting.metrics.application import Application
from services.reporting.metrics.fact import Fact, elapsed
from services.reporting.metrics.report import LEAD
from services.reporting.metrics.world import World
from shared.events.ats.application import ApplicationRejected, ApplicationWithdrawn
from shared.events.ats.interview import InterviewScheduled
from shared.events.ats.offer import OfferExtended
from shared.events.event import Event
from shared.events.notifier.candidate_message import CandidateMessageSent

NEEDS: frozenset[type[Event]] = applications.NEEDS | {CandidateMessageSent, InterviewScheduled, OfferExtended}
WITHDRAWN = "withdrawn before an answer"

Told = Literal["message", "interview", "rejection", "offer"]
TOLD: dict[type[Event], Told] = {
    CandidateMessageSent: "message",
    InterviewScheduled: "interview",
    ApplicationRejected: "rejection",
    OfferExtended: "offer",
}


@dataclass(frozen=True)
class Response:
    """`answer` is None while the application waits; `duration` is how long it did, or has so far."""

    application: Application
    submission: Fact
    answer: Fact | None
    duration: int

    @property
    def told(self) -> Told | None:
        return TOLD[type(self.answer.event)] if self.answer else None


def responses(world: World) -> list[tuple[Application, Response | str]]:
    """Every application with its response, or why it has none that counts."""
    spoken: dict[UUID, list[Fact]] = defaultdict(list)
    for fact in world.facts:
        match fact.event:
            case CandidateMessageSent(automatic=True):
                pass
            case (
                CandidateMessageSent() | InterviewScheduled() | ApplicationRejected() | OfferExtended()
                | ApplicationWithdrawn()
            ) as event:  # fmt: skip
                spoken[event.application_id].append(fact)
    return [
        (one, _response(one, [fact for each in one.ids for fact in spoken.get(each, ())], world))
        for one in world.applications
    ]


def _response(application: Application, spoken: list[Fact], world: World) -> Response | str:
    submission = application.submission
    if submission is None:
        return LEAD
    since = [fact for fact in spoken if fact.occurred >= submission.occurred]
    first = min(since, key=lambda fact: fact.order, default=None)
    if first is not None and isinstance(first.event, ApplicationWithdrawn):
        return WITHDRAWN
    end = first.occurred if first else world.clocks.as_of
    return Response(application, submission, first, elapsed(submission.occurred, end))
