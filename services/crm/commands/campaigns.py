"""Commands on campaigns and enrolments."""

from uuid import UUID

from services.crm.domain import campaign, enrolment
from services.crm.domain.campaign import CAMPAIGN
from services.crm.domain.enrolment import ENROLMENT
from services.crm.domain.prospect import PROSPECT
from services.crm.projections.enrolments import of_person_in
from shared.events.crm.campaign import CampaignStarted
from shared.events.crm.enrolment import CampaignEnrolled
from shared.kit.unit import Unit


async def start_campaign(unit: Unit, facts: CampaignStarted) -> None:
    await unit.start(CAMPAIGN, facts.campaign_id, campaign.start(facts))


async def enrol_person(
    unit: Unit, enrolment_id: UUID, campaign_id: UUID, person_id: UUID, segment: UUID | None, variant: str | None
) -> None:
    running = await unit.require(CAMPAIGN, campaign_id)
    await unit.require(PROSPECT, person_id)
    enrolled = await unit.rows(of_person_in(campaign_id, person_id))
    facts = CampaignEnrolled(
        enrolment_id=enrolment_id, person_id=person_id, campaign_id=campaign_id, sender=running.sender,
        segment=segment, variant=variant,
    )  # fmt: skip
    await unit.start(ENROLMENT, enrolment_id, enrolment.enrol(facts, enrolled[0].id if enrolled else None))
