"""Folds the facts of applications and offers, in the order in which they occurred, into what became of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from services.reporting.metrics.application import (
    HIRED,
    NONE,
    ON_THE_WAY,
    Acceptance,
    Application,
    Leg,
    Milestones,
    Visit,
)
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.jobs import LEAD, Jobs, Plan
from services.reporting.metrics.jobs import NEEDS as JOBS
from services.reporting.metrics.merges import merge
from services.reporting.metrics.people import Aliases
from shared.events.ats.application import (
    ApplicationAdvanced,
    ApplicationEvent,
    ApplicationMovedBack,
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationTransferred,
    ApplicationWithdrawn,
    CandidateHired,
    CandidateStarted,
    DidNotStart,
    HireReversed,
    SourceAttributed,
)
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.offer import OfferAccepted, OfferEvent, OfferReneged, OfferRescinded
from shared.events.crm.prospect import ProspectLinked
from shared.events.event import Event

NEEDS: frozenset[type[Event]] = frozenset({
    ApplicationSubmitted, ApplicationAdvanced, ApplicationMovedBack, ApplicationTransferred, ApplicationRejected,
    ApplicationWithdrawn, ApplicationReopened, SourceAttributed, CandidateHired, HireReversed, CandidatesMerged,
    OfferAccepted, OfferReneged, OfferRescinded, ProspectLinked, CandidateStarted, DidNotStart, *JOBS,
})  # fmt: skip

V = TypeVar("V")


def fold(facts: Sequence[Fact], jobs: Jobs, people: Aliases) -> list[Application]:
    """Of facts in order: every application that was submitted, those that a merge left out inside the one kept."""
    found: dict[UUID, Application] = {}
    for fact in facts:
        if isinstance(fact.event, ApplicationSubmitted):
            found[fact.event.application_id] = _submitted(fact, fact.event, jobs, people)
    for fact in facts:
        if isinstance(fact.event, ApplicationEvent | OfferEvent):
            application = found.get(fact.event.application_id)
            if application is not None:
                _evolve(application, fact, jobs)
    _attribute(facts, found)
    return merge(found, facts)


def _submitted(fact: Fact, event: ApplicationSubmitted, jobs: Jobs, people: Aliases) -> Application:
    leg = Leg(event.job_id, fact)
    plan = jobs.plan(leg.job, event.stage, fact.occurred)
    leg.visits.append(_visit(fact, plan, event.stage, _between(plan, None, event.stage)))
    person, of = people.resolve(event.person_id), event.application_id
    return Application(
        of, person, event.source, [leg], [(fact, None)],
        ids={of}, source_name=event.source_detail, internal=event.internal,
    )  # fmt: skip


def _evolve(application: Application, fact: Fact, jobs: Jobs) -> None:
    leg, began = application.legs[-1], application.spells[-1][0]
    match fact.event:
        case ApplicationAdvanced(from_stage=before, to_stage=stage):
            plan = jobs.plan(leg.job, stage, fact.occurred)
            visit = _visit(fact, plan, stage, _between(plan, before, stage))
            leg.visits.append(replace(visit, advanced=True))
        case ApplicationMovedBack(to_stage=stage, reason_type=reason):
            # A visit by mistake never was: its time goes to the stage returned to.
            began_with = leg.visits.pop().fact if reason == "mistake" else fact
            if not leg.visits or _stands_in(leg, fact, jobs) != stage:
                plan = jobs.plan(leg.job, stage, fact.occurred)
                leg.visits.append(_visit(began_with, plan, stage, _own(plan, stage)))
        case ApplicationTransferred(to_job=job, stage=stage):
            leg.left = True
            plan = jobs.plan(job, stage, fact.occurred)
            own = _own(plan, stage)
            application.legs.append(Leg(job, fact, [_visit(fact, plan, stage, own, _between(plan, None, stage) - own)]))
        case ApplicationRejected() | ApplicationWithdrawn() if application.active:
            application.spells[-1] = (began, fact)
        case ApplicationReopened() if not application.active:
            application.spells.append((fact, None))
        case OfferAccepted(offer_id=offer):
            application.accepted[offer] = Acceptance(offer, fact, _beyond(leg, fact, jobs))
        case OfferReneged(offer_id=offer) | OfferRescinded(offer_id=offer):
            _undo(application, fact, offer)
        case CandidateHired(offer_id=offer):
            application.hires[offer] = fact
        case CandidateStarted(offer_id=offer):
            application.starts[offer] = fact
            application.missed.pop(offer, None)
        case DidNotStart(offer_id=offer):
            application.missed[offer] = fact
            application.starts.pop(offer, None)
        case HireReversed():
            if (of := _last(application.hires) or _last(application.accepted)) is not None:
                if (hire := application.hires.pop(of, None)) is not None:
                    application.reversed[of] = hire
                _undo(application, fact, of)


def _visit(fact: Fact, plan: Plan, stage: str, reached: Milestones, before: Milestones = NONE) -> Visit:
    here = plan.get(stage)
    lead = here is not None and LEAD in (here.type, here.milestone)
    return Visit(stage, fact, reached, before, lead)


def _between(plan: Plan, left: str | None, entered: str) -> Milestones:
    """What a move forward passes: a stage that is skipped is reached as well."""
    lower = plan[left].order if left in plan else 0
    return frozenset(
        stage.milestone for stage in plan.values()
        if entered in plan and lower < stage.order <= plan[entered].order and stage.milestone in ON_THE_WAY
    )  # fmt: skip


def _own(plan: Plan, stage: str) -> Milestones:
    return ON_THE_WAY & {plan[stage].milestone} if stage in plan else NONE


def _beyond(leg: Leg, fact: Fact, jobs: Jobs) -> Milestones:
    """Who accepts an offer has come past every stage that was left before the hire."""
    current = _stands_in(leg, fact, jobs) if leg.visits else ""
    plan = jobs.plan(leg.job, current, fact.occurred)
    left = (stage for stage in plan.values() if stage.order > plan[current].order)
    return frozenset(stage.milestone for stage in left if stage.milestone in ON_THE_WAY) | {HIRED}


def _stands_in(leg: Leg, fact: Fact, jobs: Jobs) -> str:
    visit = leg.visits[-1]
    return jobs.renamed(leg.job, visit.stage, visit.fact, fact)


def _undo(application: Application, fact: Fact, offer: UUID) -> None:
    if (acceptance := application.accepted.pop(offer, None)) is not None:
        application.undone[offer] = replace(acceptance, undone=fact)


def _last(of: Mapping[UUID, V]) -> UUID | None:
    return next(reversed(list(of)), None)


def _attribute(facts: Iterable[Fact], found: Mapping[UUID, Application]) -> None:
    """A source corrected by hand is knowledge: the last word holds, whenever it is said to have occurred."""
    for fact in sorted(facts, key=lambda fact: fact.position):
        if isinstance(fact.event, SourceAttributed) and fact.event.application_id in found:
            application = found[fact.event.application_id]
            if fact.event.view == "application":
                application.source, application.corrected = fact.event.new, fact
                application.source_name = _name_of(application.source, application.legs[0].entry.event)
            else:
                application.credited = fact


def _name_of(source: str, submitted: Event) -> str | None:
    """A name is that of the source it was given with: a correction names none."""
    assert isinstance(submitted, ApplicationSubmitted)
    return submitted.source_detail if submitted.source == source else None
