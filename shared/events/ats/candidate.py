"""candidate: a person with applications; their id is the person id."""

from uuid import UUID

from shared.events.correction import correctable
from shared.events.event import Event, Stream
from shared.events.personal import OfCandidate, Personal

STREAM = Stream(service="ats", category="candidate", key="person_id")


@correctable(STREAM)
class CandidateEvent(Event):
    """Of stream candidate-{person_id}."""

    person_id: UUID


@STREAM.event("created")
class CandidateCreated(CandidateEvent):
    """`email_digest`: keyed digest of the normalised address. `hand_over`: the one that brought a prospect."""

    name: Personal[str, OfCandidate]
    email: Personal[str, OfCandidate] | None = None
    email_digest: Personal[str, OfCandidate] | None = None
    phone: Personal[str, OfCandidate] | None = None
    links: Personal[tuple[str, ...], OfCandidate] | None = None
    hand_over: UUID | None = None


@STREAM.event("updated")
class CandidateUpdated(CandidateEvent):
    """An absent field is unchanged; `cleared` names those that were emptied."""

    name: Personal[str, OfCandidate] | None = None
    email: Personal[str, OfCandidate] | None = None
    email_digest: Personal[str, OfCandidate] | None = None
    phone: Personal[str, OfCandidate] | None = None
    links: Personal[tuple[str, ...], OfCandidate] | None = None
    cleared: tuple[str, ...] = ()


@STREAM.event("merged")
class CandidatesMerged(CandidateEvent):
    """In the survivor's stream. `application_map`: where both had one on a job, the one left out to the one kept."""

    merged: UUID
    application_map: dict[UUID, UUID]
