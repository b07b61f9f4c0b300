"""When the ATS meets somebody, the CRM looks whether it knows them."""

from services.crm.commands.prospects import link_prospect
from shared.events.ats.candidate import CandidateCreated
from shared.events.envelope import Envelope
from shared.kit.unit import Unit


async def when_candidate_created_link_prospect(unit: Unit, event: CandidateCreated, envelope: Envelope) -> None:
    """Those who were handed over have one id already."""
    if event.hand_over is None:
        await link_prospect(unit, event.person_id, event.email_digest)
