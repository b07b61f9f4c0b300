"""Who was considered and who was selected, in the sense of adverse impact, and what they told of themselves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.reporting.metrics.application import APPLIED, RANK, Application, furthest
from services.reporting.metrics.dimensions import ApplicationQuestion, By, of_application, times
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.jobs import Jobs
from services.reporting.metrics.report import LEAD
from services.reporting.metrics.selection import Selection
from services.reporting.metrics.world import World
from shared.events.ats.application import ApplicationRejected, ApplicationWithdrawn
from shared.events.ats.offer import OfferAccepted, OfferDeclined, OfferExtended
from shared.events.ats.self_identification import SelfIdentificationRecorded
from shared.events.personal import reveal

Country = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
"""ISO 3166."""
ELSEWHERE = "job in no country that is asked for"
Outcome = Literal["selected", "rejected", "withdrew", "pending", "spam", "duplicate"]
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


@dataclass(frozen=True)
class Applicant:
    """`told`: their race or sex, None where it is not disclosed."""

    application: Application
    submission: Fact
    outcome: Outcome
    told: str | None


def cohort(world: World, question: AdverseImpact) -> Selection[Applicant]:
    found = Selection[Applicant](question, question.by)
    words, with_offer = _told(world, question.category), _offered(world)
    for application in world.applications:
        submission = application.submission
        if submission is None:
            found.leave_out(LEAD)
            continue
        at = submission.occurred
        job = application.leg_at(at).job
        if question.countries and world.jobs.country(job, at) not in question.countries:
            found.leave_out(ELSEWHERE)
            continue
        values = {**of_application(application, job, at, world.jobs), **times(at, question)}
        selected = not application.ids.isdisjoint(with_offer)
        if (milestone := question.milestone) is not None:
            before = _step_before(milestone, job, world.jobs)
            if before is None or not _reached(application, before):
                found.leave_out(f"did not come to the step to {milestone}", values)
                continue
            selected = _reached(application, milestone)
        became = _outcome(application, selected)
        if became in ("spam", "duplicate"):
            found.leave_out(became, values)
        else:
            value = _value_for(application, words)
            found.take(Applicant(application, submission, became, value), values, at, "submitted")
    return found


def by_group(of: Iterable[Applicant]) -> dict[str | None, list[Applicant]]:
    groups: dict[str | None, list[Applicant]] = {}
    for one in of:
        groups.setdefault(one.told, []).append(one)
    return groups


def _offered(world: World) -> frozenset[UUID]:
    """Applications that an offer was extended for, whatever became of it."""
    return frozenset(fact.event.application_id for fact in world.facts if isinstance(fact.event, OFFERED))


def _told(world: World, category: str) -> dict[UUID, Fact]:
    """The last word about the category, by application. It may be a refusal, or erased."""
    return {
        fact.event.application_id: fact for fact in world.facts
        if isinstance(fact.event, SelfIdentificationRecorded) and fact.event.category == category
    }  # fmt: skip


def _value_for(application: Application, told: Mapping[UUID, Fact]) -> str | None:
    """Of applications that turned out to be one, the later word."""
    last = max((told[of] for of in application.ids if of in told), key=lambda fact: fact.order, default=None)
    return reveal(last.event.value) if last and isinstance(last.event, SelfIdentificationRecorded) else None


def _outcome(application: Application, selected: bool) -> Outcome:
    closed = application.spells[-1][1]
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
    known = jobs.milestones(job)
    before = [name for name in RANK if name in known and RANK[name] < RANK[milestone]]
    return max([APPLIED, *before], key=RANK.__getitem__) if milestone in known else None


def _reached(application: Application, milestone: str) -> bool:
    """Entered, skipped, or gone beyond."""
    return furthest(application.reached) >= RANK[milestone]
