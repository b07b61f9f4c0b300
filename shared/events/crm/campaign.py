"""campaign: a sequence of messages to many people, in one sender's name."""

from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Stream

STREAM = Stream(service="crm", category="campaign", key="campaign_id")


@correctable(STREAM)
class CampaignEvent(Event):
    """Of stream campaign-{campaign_id}."""

    campaign_id: UUID


@STREAM.event("started")
class CampaignStarted(CampaignEvent):
    name: str
    sender: UUID
    job_id: UUID | None = None
