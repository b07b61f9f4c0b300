"""Who was considered and who was selected, in the sense of adverse impact: without what they told of themselves."""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property, partial
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator

from services.reporting.metrics.application import APPLIED, RANK, Application, furthest
from services.reporting.metrics.counting import Alike, Counted, LeftOut, Name
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application, only_counted
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.jobs import Jobs
from services.reporting.metrics.report import LEAD, Part, ids
from services.reporting.metrics.told import number_of
from services.reporting.metrics.world import World
from shared.events.ats.application import ApplicationRejected, ApplicationWithdrawn
from shared.events.ats.offer import OfferAccepted, OfferDeclined, OfferExtended

Country = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
"""ISO 3166."""
Outcome = Literal["selected", "rejected", "withdrew", "pending", "spam", "duplicate"]
TOO_EARLY = "did not come to the step that is asked about"
# History may tell of an answer alone; somebody had been asked.
OFFERED = (OfferExtended, OfferAccepted, OfferDeclined)


class AdverseImpact(ApplicationQuestion):
    by: By = ()
    category: Literal["race", "sex"] = Field("race", description="what the groups are of")
    milestone: Literal["screened", "interviewed", "onsite", "offer"] | None = Field(
        None, description="one step of the process; omitted: the whole of it, selected is who was extended an offer"
    )
    countries: tuple[Country, ...] = Field(
        (), description="of the jobs; omitted: all for which it is switched on, never one of which it is not known"
    )

    @field_validator("dimension")
    @classmethod
    def _counted(cls, of: str) -> str:
        return only_counted(of, "both ways beside each other would tell of those few whose job has changed since")

    @cached_property
    def filters(self) -> Mapping[str, Collection[str]]:
        return {**super().filters, **({"country": self.countries} if self.countries else {})}


class AdverseImpactPart(Part):
    """Somebody among all those that the rows of a cut count; it says nothing of their group or of the outcome."""

    application_id: UUID
    person_id: UUID


def counted(world: World, question: AdverseImpact) -> Iterator[Counted[AdverseImpactPart] | LeftOut]:
    """Each with its outcome, whether it is several that turned out to be one, and the number that Told knows it by."""
    with_offer = world.once(_offered)
    for application in world.applications:
        submission = application.submission
        if submission is None:
            yield LeftOut(LEAD)
            continue
        at = submission.occurred
        job = application.leg_at(at).job
        values = {**of_application(application, job, at, world.jobs), "country": world.jobs.country(job, at)}
        became = _outcome(application, submission, question.milestone, with_offer, world.jobs)
        if became is None or became in ("spam", "duplicate"):
            yield LeftOut(became or TOO_EARLY, values)
        else:
            shape, part = (became, len(application.ids) > 1), partial(_part, application, submission)
            yield Counted(values, at, shape, part, application.person, number_of(application.ids))


def alike(world: World) -> Alike:
    """Where the same became of all, whichever step is asked about."""
    with_offer = world.once(_offered)
    submitted = [(each, each.submission) for each in world.applications if each.submission is not None]
    return lambda question: tuple(
        _outcome(each, submission, question.milestone, with_offer, world.jobs) for each, submission in submitted
    )


def _part(application: Application, submission: Fact, _: Name) -> AdverseImpactPart:
    return AdverseImpactPart(
        application_id=application.id,
        person_id=application.person,
        events=ids([submission, *application.merges]),
    )


def _offered(world: World) -> frozenset[UUID]:
    """Applications that an offer was extended for, whatever became of it."""
    return frozenset(fact.event.application_id for fact in world.facts if isinstance(fact.event, OFFERED))


def _outcome(
    application: Application, submission: Fact, milestone: str | None, with_offer: frozenset[UUID], jobs: Jobs
) -> Outcome | None:
    """Of the step that is asked about, or of the whole; None: it did not come to that step."""
    selected = not application.ids.isdisjoint(with_offer)
    if milestone is not None:
        before = _step_before(milestone, application.leg_at(submission.occurred).job, jobs)
        if before is None or not _reached(application, before):
            return None
        selected = _reached(application, milestone)
    closed = application.closed
    event = closed.event if closed else None
    reason = event.reason_type if isinstance(event, ApplicationRejected | ApplicationWithdrawn) else None
    if reason in ("spam", "duplicate"):
        return reason
    if selected:
        return "selected"
    if isinstance(event, ApplicationWithdrawn) or reason == "they_withdrew":
        return "withdrew"
    return "pending" if event is None else "rejected"


def _step_before(milestone: str, job: UUID, jobs: Jobs) -> str | None:
    """The milestone from which one comes to this one in the job's plans; None: they know no such milestone."""
    known = jobs.milestones_of(job)
    before = [name for name in RANK if name in known and RANK[name] < RANK[milestone]]
    return max([APPLIED, *before], key=RANK.__getitem__) if milestone in known else None


def _reached(application: Application, milestone: str) -> bool:
    """Entered, skipped, or gone beyond."""
    return furthest(application.reached) >= RANK[milestone]
