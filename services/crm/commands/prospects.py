"""Commands on prospects."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.crm.domain import prospect, touchpoint
from services.crm.domain.prospect import PROSPECT
from services.crm.domain.touchpoint import TOUCHPOINT
from services.crm.projections.open_jobs import open_job
from services.crm.projections.prospects import with_digest
from services.crm.projections.touchpoints import ids_of_person
from shared.events.crm.prospect import CandidateSourced
from shared.events.personal import Personal, reveal
from shared.events.values import Touch
from shared.kit.unit import Unit


async def source_prospect(unit: Unit, facts: CandidateSourced) -> None:
    known = await _who_has(unit, facts.email_digest)
    await unit.start(PROSPECT, facts.person_id, prospect.source(facts, known))


async def update_prospect(unit: Unit, person_id: UUID, changes: Mapping[str, Any], cleared: Sequence[str]) -> None:
    holder = await _who_has(unit, changes.get("email_digest"))
    known = holder if holder != person_id else None
    await unit.update(PROSPECT, person_id, lambda state: prospect.update(state, changes, cleared, known))


async def hand_over_prospect(unit: Unit, person_id: UUID, job_id: UUID, hand_over_id: UUID, note: str | None) -> None:
    """The ATS makes a candidate and an application of it."""
    await unit.require(PROSPECT, person_id)
    job_open = bool(await unit.rows(open_job(job_id)))
    sourced, history = await _story(unit, person_id)
    await unit.update(
        PROSPECT,
        person_id,
        lambda state: prospect.hand_over(state, hand_over_id, job_id, job_open, sourced, history, note),
    )


async def return_prospect(unit: Unit, person_id: UUID, application_id: UUID, medal: str | None) -> None:
    await unit.update(PROSPECT, person_id, lambda state: prospect.take_back(state, application_id, medal))


async def link_prospect(unit: Unit, candidate: UUID, email_digest: Personal[str, Any] | None) -> None:
    """Whoever of the prospects has this address is the candidate too."""
    person_id = await _who_has(unit, email_digest)
    if person_id is not None:
        await unit.update(PROSPECT, person_id, lambda state: prospect.link(state, candidate))


async def _who_has(unit: Unit, email_digest: Personal[str, Any] | None) -> UUID | None:
    digest = reveal(email_digest)
    rows = await unit.rows(with_digest(digest)) if digest is not None else ()
    return rows[0].id if rows else None


async def _story(unit: Unit, person_id: UUID) -> tuple[datetime, tuple[Touch, ...]]:
    """When the person was sourced, and what they were told and said since."""
    ids = [row.id for row in await unit.rows(ids_of_person(person_id))]
    sourced, *_ = await unit.store.events(PROSPECT.stream.name(person_id))
    happened = await unit.store.events(*(TOUCHPOINT.stream.name(of) for of in ids))
    return sourced[0].occurred, touchpoint.touches((envelope.occurred, event) for envelope, event in happened)
