"""Commands on consents."""

from services.crm.domain import consent
from services.crm.domain.consent import CONSENT
from services.crm.domain.prospect import PROSPECT
from shared.events.crm.consent import ConsentEnded, ConsentGranted
from shared.kit.unit import Unit


async def grant_consent(unit: Unit, facts: ConsentGranted) -> None:
    await unit.require(PROSPECT, facts.person_id)
    state = await unit.get(CONSENT, facts.person_id)
    await unit.append(CONSENT, facts.person_id, consent.grant(state, facts, unit.occurred))


async def end_consent(unit: Unit, facts: ConsentEnded) -> None:
    await unit.require(PROSPECT, facts.person_id)
    state = await unit.get(CONSENT, facts.person_id)
    await unit.append(CONSENT, facts.person_id, consent.end(state, facts))
