"""A person we would like to win: sourced, handed over to jobs, returned when not hired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events.crm.prospect import (
    STREAM,
    CandidateSourced,
    ProspectEvent,
    ProspectHandedOver,
    ProspectLinked,
    ProspectReturned,
    ProspectUpdated,
)
from shared.events.personal import Clear, Personal
from shared.events.values import Touch
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Refusal

CHANGEABLE = (
    "owner", "active", "country", "name", "email", "email_digest", "phone", "profile_url", "skills", "tags",
)  # fmt: skip
# Everybody else in the CRM was found by us.
SOURCES = {"referral": "referral", "agency": "agency"}


class AlreadySourced(Refusal):
    slug, title = "already-sourced", "This person is known already"
    next_step = "go on with the prospect that is named, instead of beginning again"


class JobNotOpen(Refusal):
    slug, title = "job-not-open", "The job is not open, as far as the CRM knows"
    next_step = "choose an open job; one that was opened this moment is known here shortly, then repeat the request"


class AlreadyHandedOver(Refusal):
    slug, title = "already-handed-over", "The person was handed over to this job before"
    next_step = "look at their application to the job"


class ContactErased(Refusal):
    slug, title = "contact-erased", "The name and contact data of this person can't be read any more"
    next_step = "source the person again, on a basis of its own"


@dataclass(frozen=True)
class HandOver:
    id: UUID
    job_id: UUID


@dataclass(frozen=True)
class Return:
    application_id: UUID
    medal: str | None


@dataclass(frozen=True)
class Prospect:
    """`returned` is where they came back from; `linked` are the candidates that they also are."""

    id: UUID
    channel: str
    sourcer: UUID | None
    referred_by: UUID | None
    owner: UUID | None
    active: bool
    country: str | None
    name: Personal[str, Any]
    email: Personal[str, Any] | None
    email_digest: Personal[str, Any] | None
    phone: Personal[str, Any] | None
    profile_url: Personal[str, Any] | None
    skills: Personal[tuple[str, ...], Any] | None
    tags: Personal[tuple[str, ...], Any] | None
    hand_overs: tuple[HandOver, ...] = ()
    returned: tuple[Return, ...] = ()
    linked: tuple[UUID, ...] = ()

    @property
    def source(self) -> str:
        """What an application of theirs counts as; whoever came back is not found a second time."""
        return "rediscovered" if self.returned else SOURCES.get(self.channel, "sourced")


def source(facts: CandidateSourced, known: UUID | None) -> Sequence[ProspectEvent]:
    """`known`: the prospect who has this address."""
    _refuse_known(known)
    return [facts]


def update(
    state: Prospect, changes: Mapping[str, Any], cleared: Sequence[str] = (), known: UUID | None = None
) -> Sequence[ProspectEvent]:
    """`changes` are the fields that were given; `known`: another prospect who has the new address."""
    changes = {name: value for name, value in changes.items() if getattr(state, name) != value}
    cleared = tuple(name for name in cleared if getattr(state, name) is not None)
    if not changes and not cleared:
        return []
    _refuse_known(known)
    return [ProspectUpdated(person_id=state.id, cleared=cleared, **changes)]


def hand_over(
    state: Prospect, hand_over_id: UUID, job_id: UUID, job_open: bool, sourced: datetime, history: Sequence[Touch],
    note: str | None = None,
) -> Sequence[ProspectEvent]:  # fmt: skip
    before = next((done for done in state.hand_overs if done.job_id == job_id), None)
    if before is not None:
        raise AlreadyHandedOver(f"That was hand-over {before.id}", hand_over_id=str(before.id))
    if not job_open:
        raise JobNotOpen(f"There is no open job {job_id}")
    if not isinstance(state.name, Clear):
        raise ContactErased(f"There is nothing to hand over of {state.id}")
    return [
        ProspectHandedOver(
            person_id=state.id, hand_over_id=hand_over_id, job_id=job_id, source=state.source, channel=state.channel,
            sourcer=state.sourcer, sourced=sourced, name=state.name, email=_readable(state.email),
            email_digest=_readable(state.email_digest), phone=_readable(state.phone),
            profile_url=_readable(state.profile_url), history=tuple(history),
            note=Clear(note) if note is not None else None,
        )
    ]  # fmt: skip


def take_back(state: Prospect, application_id: UUID, medal: str | None) -> Sequence[ProspectEvent]:
    """Not hired on that application, and worth keeping."""
    if Return(application_id, medal) in state.returned:
        return []
    return [ProspectReturned(person_id=state.id, application_id=application_id, medal=medal)]


def link(state: Prospect, candidate: UUID) -> Sequence[ProspectEvent]:
    """The candidate who applied by themselves has the prospect's address."""
    if candidate == state.id or candidate in state.linked:
        return []
    return [ProspectLinked(person_id=state.id, candidate=candidate, by="email")]


def evolve(state: Prospect | None, event: ProspectEvent) -> Prospect:
    match state, event:
        case None, CandidateSourced():
            return Prospect(
                event.person_id, event.channel, event.sourcer, event.referred_by, event.owner, event.active,
                event.country, event.name, event.email, event.email_digest, event.phone, event.profile_url,
                event.skills, event.tags,
            )  # fmt: skip
        case Prospect(), ProspectUpdated():
            given: dict[str, Any] = {name: getattr(event, name) for name in CHANGEABLE}
            changed = {n: value for n, value in given.items() if value is not None or n in event.cleared}
            return replace(state, **changed)
        case Prospect(), ProspectHandedOver():
            return replace(state, hand_overs=(*state.hand_overs, HandOver(event.hand_over_id, event.job_id)))
        case Prospect(), ProspectReturned():
            return replace(state, returned=(*state.returned, Return(event.application_id, event.medal)))
        case Prospect(), ProspectLinked():
            return replace(state, linked=(*state.linked, event.candidate))
    raise CorruptStream(state, event)


def _refuse_known(known: UUID | None) -> None:
    if known is not None:
        raise AlreadySourced(f"The address is that of prospect {known}", prospect_id=str(known))


def _readable(value: Personal[str, Any] | None) -> Clear[str] | None:
    return value if isinstance(value, Clear) else None


PROSPECT = Aggregate(STREAM, evolve)
