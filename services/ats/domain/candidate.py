"""A person with applications: recognised by their address, never overwritten by what a form says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from shared.events.ats.candidate import STREAM, CandidateCreated, CandidateEvent, CandidatesMerged, CandidateUpdated
from shared.events.personal import Clear, Personal, reveal
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream


@dataclass(frozen=True)
class Candidate:
    id: UUID
    name: Personal[str, Any] | None
    email: Personal[str, Any] | None = None
    email_digest: Personal[str, Any] | None = None
    phone: Personal[str, Any] | None = None
    links: Personal[tuple[str, ...], Any] | None = None
    hand_over: UUID | None = None


def create(facts: CandidateCreated) -> Sequence[CandidateEvent]:
    return [facts]


def complete(state: Candidate, told: CandidateCreated) -> Sequence[CandidateEvent]:
    """Adds what a later application tells and the record lacks: whoever knows an address may not overwrite it."""
    known = reveal(state.links) or ()
    added = tuple(link for link in reveal(told.links) or () if link not in known)
    changes: dict[str, Any] = {}
    if state.phone is None and told.phone is not None:
        changes["phone"] = told.phone
    if added:
        changes["links"] = Clear((*known, *added))
    return [CandidateUpdated(person_id=state.id, **changes)] if changes else []


def evolve(state: Candidate | None, event: CandidateEvent) -> Candidate:
    match state, event:
        case None, CandidateCreated():
            return Candidate(
                event.person_id, event.name, event.email, event.email_digest, event.phone, event.links,
                event.hand_over,
            )  # fmt: skip
        case Candidate(), CandidateUpdated():
            names = ("name", "email", "email_digest", "phone", "links")
            told = {name: getattr(event, name) for name in names if getattr(event, name) is not None}
            return replace(state, **{**told, **dict.fromkeys(event.cleared)})
        case Candidate(), CandidatesMerged():
            return state
    raise CorruptStream(state, event)


CANDIDATE = Aggregate(STREAM, evolve)
