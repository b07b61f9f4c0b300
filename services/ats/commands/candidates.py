"""Commands on candidates: who applies is recognised by their address."""

from uuid import UUID

from services.ats.domain import candidate
from services.ats.domain.candidate import CANDIDATE
from services.ats.projections.candidates import known_by
from shared.events.ats.candidate import CandidateCreated
from shared.events.personal import reveal
from shared.kit.unit import Unit


async def recognise_candidate(unit: Unit, told: CandidateCreated) -> UUID:
    """The person id of the candidate who is there already, by id or by address; else of the one made of `told`."""
    known = await _known(unit, told)
    if known is None:
        await unit.start(CANDIDATE, told.person_id, candidate.create(told))
        return told.person_id
    await unit.update(CANDIDATE, known, lambda state: candidate.complete(state, told))
    return known


async def _known(unit: Unit, told: CandidateCreated) -> UUID | None:
    if await unit.get(CANDIDATE, told.person_id) is not None:
        return told.person_id
    digest = reveal(told.email_digest)
    rows = await unit.rows(known_by(digest)) if digest is not None else ()
    found: UUID | None = rows[0].id if rows else None
    return found
