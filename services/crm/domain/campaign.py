"""A sequence of messages to many people, in one sender's name."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.events.crm.campaign import STREAM, CampaignEvent, CampaignStarted
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream


@dataclass(frozen=True)
class Campaign:
    id: UUID
    name: str
    sender: UUID
    job_id: UUID | None


def start(facts: CampaignStarted) -> Sequence[CampaignEvent]:
    return [facts]


def evolve(state: Campaign | None, event: CampaignEvent) -> Campaign:
    match state, event:
        case None, CampaignStarted():
            return Campaign(event.campaign_id, event.name, event.sender, event.job_id)
    raise CorruptStream(state, event)


CAMPAIGN = Aggregate(STREAM, evolve)
