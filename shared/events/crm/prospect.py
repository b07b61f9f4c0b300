"""prospect: a person we would like to win, sourced, handed over to a job, and returned when not hired."""

from typing import Literal
from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Stream
from shared.events.personal import OfProspect, Personal
from shared.events.values import Moment, Touch

STREAM = Stream(service="crm", category="prospect", key="person_id")


@correctable(STREAM)
class ProspectEvent(Event):
    """Of stream prospect-{person_id}."""

    person_id: UUID


@STREAM.event("sourced")
class CandidateSourced(ProspectEvent):
    """`email_digest`: keyed digest of the normalised address. `country`: ISO 3166, chooses the region's policy."""

    channel: str
    sourcer: UUID | None = None
    owner: UUID | None = None
    referred_by: UUID | None = None
    active: bool = False
    country: str | None = None
    name: Personal[str, OfProspect]
    email: Personal[str, OfProspect] | None = None
    email_digest: Personal[str, OfProspect] | None = None
    phone: Personal[str, OfProspect] | None = None
    profile_url: Personal[str, OfProspect] | None = None
    skills: Personal[tuple[str, ...], OfProspect] | None = None
    tags: Personal[tuple[str, ...], OfProspect] | None = None


@STREAM.event("updated")
class ProspectUpdated(ProspectEvent):
    """An absent field is unchanged; `cleared` names those that were emptied."""

    owner: UUID | None = None
    active: bool | None = None
    country: str | None = None
    name: Personal[str, OfProspect] | None = None
    email: Personal[str, OfProspect] | None = None
    email_digest: Personal[str, OfProspect] | None = None
    phone: Personal[str, OfProspect] | None = None
    profile_url: Personal[str, OfProspect] | None = None
    skills: Personal[tuple[str, ...], OfProspect] | None = None
    tags: Personal[tuple[str, ...], OfProspect] | None = None
    cleared: tuple[str, ...] = ()


@STREAM.event("handed-over")
class ProspectHandedOver(ProspectEvent):
    """Carries what the application begins with: `source` and contact data, and `history`, oldest first."""

    hand_over_id: UUID
    job_id: UUID
    source: str
    channel: str
    sourcer: UUID | None = None
    sourced: Moment
    name: Personal[str, OfProspect]
    email: Personal[str, OfProspect] | None = None
    email_digest: Personal[str, OfProspect] | None = None
    phone: Personal[str, OfProspect] | None = None
    profile_url: Personal[str, OfProspect] | None = None
    history: tuple[Touch, ...] = ()
    note: Personal[str, OfProspect] | None = None


@STREAM.event("returned")
class ProspectReturned(ProspectEvent):
    """Not hired, and worth keeping. `medal`: `silver` for the one who came second."""

    application_id: UUID
    job_id: UUID | None = None
    pool_id: UUID | None = None
    medal: str | None = None


@STREAM.event("linked")
class ProspectLinked(ProspectEvent):
    """Two ids of one human: the prospect's and that of a candidate who came in by themselves."""

    candidate: UUID
    application_id: UUID | None = None
    by: Literal["email", "person"]
