"""One person's way through one campaign."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.events.crm.enrolment import STREAM, CampaignEnrolled, EnrolmentEvent
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Refusal


class AlreadyEnrolled(Refusal):
    slug, title = "already-enrolled", "The person is in this campaign already"
    next_step = "leave it at that, or choose another campaign"


@dataclass(frozen=True)
class Enrolment:
    id: UUID
    person_id: UUID
    campaign_id: UUID


def enrol(facts: CampaignEnrolled, before: UUID | None) -> Sequence[EnrolmentEvent]:
    """`before`: their enrolment in this campaign, where there is one."""
    if before is not None:
        raise AlreadyEnrolled(f"That is enrolment {before}", enrolment_id=str(before))
    return [facts]


def evolve(state: Enrolment | None, event: EnrolmentEvent) -> Enrolment:
    match state, event:
        case None, CampaignEnrolled():
            return Enrolment(event.enrolment_id, event.person_id, event.campaign_id)
    raise CorruptStream(state, event)


ENROLMENT = Aggregate(STREAM, evolve)
