"""Commands on applications."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.ats.commands.candidates import recognise_candidate
from services.ats.commands.jobs import plan_of
from services.ats.commands.offers import decline_open_offer
from services.ats.domain import application, posting
from services.ats.domain.application import APPLICATION, AlreadyApplied, OfferOut, View
from services.ats.domain.job import JOB
from services.ats.domain.posting import POSTING
from services.ats.domain.requisition import REQUISITION
from services.ats.domain.team_member import TEAM_MEMBER
from services.ats.projections.applications import newest_of, under_way_of
from services.ats.projections.offers import accepted_offer_of, open_offer_of
from shared.events.ats.application import Answers, ApplicationSubmitted, BackReason, ReasonType
from shared.events.ats.candidate import CandidateCreated
from shared.events.personal import Clear
from shared.kit.refusals import Missing
from shared.kit.unit import Unit


async def apply_to_posting(
    unit: Unit, application_id: UUID, posting_id: UUID, told: CandidateCreated, answers: Answers
) -> None:
    """The source is where the posting is shown: what is counted is nothing that anybody can type in."""
    shown = await unit.require(POSTING, posting_id)
    if shown.internal:
        raise Missing(f"There is no public posting {posting_id}")
    requisition = await unit.require(REQUISITION, shown.requisition_id)
    posting.require_open(shown, requisition.state == "held", answers)
    # What only those see who work here is no public posting.
    given = {"posting_id": posting_id, "answers": Clear(answers) if answers else None, "internal": False}
    said = {**posting.source_of(shown), **given}
    await submit_application(unit, application_id, shown.job_id, told, said)


async def submit_application(
    unit: Unit, application_id: UUID, job_id: UUID, told: CandidateCreated, said: Mapping[str, Any],
    stage: str | None = None,
) -> None:  # fmt: skip
    """`told` is of the person, `said` of the application. They begin in `stage`, or where those of their kind do."""
    await unit.beside(JOB, job_id)
    await unit.about(APPLICATION, application_id)
    job = await unit.require(JOB, job_id)
    job.require_open()
    plan = await plan_of(unit, job)
    person_id = await recognise_candidate(unit, told)
    await _require_none_under_way(unit, person_id, job_id)
    prior = await unit.rows(newest_of(person_id))
    entry = plan.entry(said.get("hand_over") is not None)
    facts = ApplicationSubmitted(
        application_id=application_id, person_id=person_id, job_id=job_id, stage=stage or entry.id,
        prior_application=prior[0].id if prior else None, **{"internal": job.terms.internal, **said},
    )  # fmt: skip
    await unit.start(APPLICATION, application_id, application.submit(facts, plan))


async def enter_application(
    unit: Unit, application_id: UUID, job_id: UUID, told: CandidateCreated, said: Mapping[str, Any],
    stage: str | None, credited_to: UUID | None,
) -> None:  # fmt: skip
    """By a recruiter; who is credited is credited with the source it came from."""
    await submit_application(unit, application_id, job_id, told, said, stage)
    if credited_to is not None:
        await attribute_source(unit, application_id, "credited", said["source"], credited_to)


async def advance_application(unit: Unit, application_id: UUID, to_stage: str) -> None:
    state = await unit.require(APPLICATION, application_id)
    plan = await plan_of(unit, await unit.require(JOB, state.job_id))
    await unit.append(APPLICATION, application_id, application.advance(state, plan, to_stage))


async def move_application_back(unit: Unit, application_id: UUID, to_stage: str, reason_type: BackReason) -> None:
    state = await unit.require(APPLICATION, application_id)
    plan = await plan_of(unit, await unit.require(JOB, state.job_id))
    await unit.append(APPLICATION, application_id, application.move_back(state, plan, to_stage, reason_type))


async def reject_application(
    unit: Unit, application_id: UUID, reason_type: ReasonType, reason: str, note: Clear[str] | None
) -> None:
    await unit.alone(APPLICATION, application_id)
    state = await unit.require(APPLICATION, application_id)
    events = application.reject(state, reason_type, reason, note)
    await _require_no_offer(unit, application_id)
    await unit.append(APPLICATION, application_id, events)


async def withdraw_application(unit: Unit, application_id: UUID, reason: str, note: Clear[str] | None) -> None:
    """An offer that is out is declined with it, and first."""
    await unit.alone(APPLICATION, application_id)
    await unit.about(APPLICATION, application_id)
    events = application.withdraw(await unit.require(APPLICATION, application_id), reason, note)
    if await unit.rows(accepted_offer_of(application_id)):
        raise OfferOut("They have accepted", "record that they reneged first")
    await decline_open_offer(unit, application_id, cause="withdrawn")
    await unit.append(APPLICATION, application_id, events)


async def reopen_application(unit: Unit, application_id: UUID, why: Clear[str] | None) -> None:
    await unit.beside(JOB, (await unit.require(APPLICATION, application_id)).job_id)
    state = await unit.require(APPLICATION, application_id)
    events = application.reopen(state, why)
    if events:
        (await unit.require(JOB, state.job_id)).require_open()
        await _require_none_under_way(unit, state.person_id, state.job_id)
    await unit.append(APPLICATION, application_id, events)


async def transfer_application(unit: Unit, application_id: UUID, to_job: UUID, stage: str) -> None:
    await unit.beside(JOB, to_job)
    await unit.alone(APPLICATION, application_id)
    state = await unit.require(APPLICATION, application_id)
    job = await unit.require(JOB, to_job)
    job.require_open()
    events = application.transfer(state, to_job, await plan_of(unit, job), stage)
    await _require_no_offer(unit, application_id)
    await _require_none_under_way(unit, state.person_id, to_job)
    await unit.append(APPLICATION, application_id, events)


async def attribute_source(unit: Unit, application_id: UUID, view: View, new: str, credited_to: UUID | None) -> None:
    if credited_to is not None:
        await unit.require(TEAM_MEMBER, credited_to)
    await unit.update(APPLICATION, application_id, lambda s: application.attribute(s, view, new, credited_to))


async def _require_none_under_way(unit: Unit, person_id: UUID, job_id: UUID) -> None:
    if await unit.rows(under_way_of(person_id, job_id)):
        raise AlreadyApplied("There is an application to this job that is not closed")


async def _require_no_offer(unit: Unit, application_id: UUID) -> None:
    if await unit.rows(open_offer_of(application_id)) or await unit.rows(accepted_offer_of(application_id)):
        raise OfferOut("An offer of theirs is out or accepted")
