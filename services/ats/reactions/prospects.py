"""When the CRM hands a prospect over, they become a candidate with an application."""

from uuid import uuid5

import structlog

from services.ats.commands.applications import submit_application
from services.ats.domain.application import APPLICATION, AlreadyApplied
from shared.events.ats.candidate import CandidateCreated
from shared.events.crm.prospect import ProspectHandedOver
from shared.events.envelope import Envelope
from shared.events.personal import Clear, Erased, reveal
from shared.kit.unit import Unit

log = structlog.get_logger()


async def when_prospect_handed_over_create_application(
    unit: Unit, event: ProspectHandedOver, envelope: Envelope
) -> None:
    """Once per hand-over, whose id makes the application's. Raises JobNotOpen, Missing: then an operator decides."""
    application_id = uuid5(event.hand_over_id, "application")
    if await unit.get(APPLICATION, application_id) is not None:
        return
    if isinstance(event.name, Erased):
        log.info("hand-over of an erased person", hand_over=str(event.hand_over_id))
        return
    link = reveal(event.profile_url)
    told = CandidateCreated(
        person_id=event.person_id, name=event.name, email=event.email, email_digest=event.email_digest,
        phone=event.phone, links=Clear((link,)) if link is not None else None, hand_over=event.hand_over_id,
    )  # fmt: skip
    # Nothing of a hand-over tells that they work here, whoever the job is for.
    said = {
        "source": event.source, "source_detail": event.channel, "hand_over": event.hand_over_id,
        "history": event.history, "internal": False,
    }  # fmt: skip
    try:
        await submit_application(unit, application_id, event.job_id, told, said)
    except AlreadyApplied:
        # They came by themselves in the meantime: that application goes on, a second one would be wrong.
        log.info("hand-over of somebody who has applied", hand_over=str(event.hand_over_id))
