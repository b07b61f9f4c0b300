"""enrolment: one person's way through one campaign."""

from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Stream

STREAM = Stream(service="crm", category="enrolment", key="person_id")


@correctable(STREAM)
class EnrolmentEvent(Event):
    """Of stream enrolment-{enrolment_id}."""

    enrolment_id: UUID
    person_id: UUID
    campaign_id: UUID


@STREAM.event("enrolled")
class CampaignEnrolled(EnrolmentEvent):
    """`segment`: the saved rule that found the person. `variant`: of the messages, where several are tried."""

    sender: UUID | None = None
    segment: UUID | None = None
    variant: str | None = None
