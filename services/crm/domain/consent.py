"""On which basis a person may be stored or written to; an objection beats every basis but their own later consent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from shared.events.crm.consent import STREAM, ConsentEnded, ConsentEvent, ConsentGranted, ConsentPurpose
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Invalid, Refusal


class NoBasis(Refusal):
    slug, title = "no-basis", "There is no basis for writing to this person"
    next_step = "ask for their consent, or record the legitimate interest or the soft opt-in that there is"


class PersonObjected(Refusal):
    slug, title = "objected", "The person has objected"
    next_step = "only a consent that they give themselves afterwards (basis `consent`) allows it again"


class AssessmentMissing(Refusal):
    status, slug, title = 422, "assessment-missing", "A legitimate interest needs an assessment"
    next_step = "name it in `assessment`"


@dataclass(frozen=True)
class Consent:
    """Per purpose: the newest basis that stands, why the last one ended, and whether an objection is in force."""

    person_id: UUID
    granted: Mapping[ConsentPurpose, ConsentGranted] = field(default_factory=dict)
    ended: Mapping[ConsentPurpose, ConsentEnded] = field(default_factory=dict)
    objected: frozenset[ConsentPurpose] = frozenset()

    def basis(self, purpose: ConsentPurpose, at: datetime) -> ConsentGranted | None:
        """The basis that is live at this instant."""
        found = self.granted.get(purpose)
        if found is None or purpose in self.objected or (found.until is not None and found.until <= at):
            return None
        return found


def require_contact(state: Consent | None, at: datetime) -> None:
    """Raises NoBasis."""
    if state is not None and "contact" in state.objected:
        raise NoBasis("The person has objected to being written to", PersonObjected.next_step)
    if state is None or state.basis("contact", at) is None:
        raise NoBasis("No consent, legitimate interest or soft opt-in for contact is live at that time")


def grant(state: Consent | None, facts: ConsentGranted, at: datetime) -> Sequence[ConsentEvent]:
    if facts.basis == "legitimate_interest" and not facts.assessment:
        raise AssessmentMissing("The basis is a legitimate interest and no assessment is named")
    if facts.until is not None and facts.until <= at:
        raise Invalid("The basis would have ended before it began", "give an `until` that lies after it was given")
    if state is None:
        return [facts]
    if facts.purpose in state.objected and facts.basis != "consent":
        raise PersonObjected(f"They objected, so that no {facts.basis} stands against it")
    return [] if state.granted.get(facts.purpose) == facts else [facts]


def end(state: Consent | None, facts: ConsentEnded) -> Sequence[ConsentEvent]:
    """An objection needs no basis to object to; otherwise only what stands can end."""
    if state is not None and facts.purpose in state.objected:
        return []
    if facts.cause != "objected" and (state is None or facts.purpose not in state.granted):
        return []
    return [facts]


def evolve(state: Consent | None, event: ConsentEvent) -> Consent:
    state = state or Consent(event.person_id)
    match event:
        case ConsentGranted():
            lifted = {event.purpose} if event.basis == "consent" else frozenset[ConsentPurpose]()
            granted = {**state.granted, event.purpose: event}
            return replace(state, granted=granted, objected=state.objected - lifted)
        case ConsentEnded():
            raised = {event.purpose} if event.cause == "objected" else frozenset[ConsentPurpose]()
            granted = {purpose: basis for purpose, basis in state.granted.items() if purpose != event.purpose}
            ended = {**state.ended, event.purpose: event}
            return replace(state, granted=granted, ended=ended, objected=state.objected | raised)
    raise CorruptStream(state, event)


CONSENT = Aggregate(STREAM, evolve)
