"""Who is who: ids that turned out to be one human's."""

from collections.abc import Iterable
from uuid import UUID

from services.reporting.metrics.fact import Fact
from shared.events.ats.candidate import CandidatesMerged
from shared.events.crm.prospect import ProspectLinked
from shared.events.event import Event
from shared.events.notifier.candidate_message import CandidateMessageEvent


class Aliases:
    """What an id stands for now: the survivor of the survivor. Fed with what is known, in any order."""

    def __init__(self, pairs: Iterable[tuple[UUID, UUID]]) -> None:
        self._leads_to: dict[UUID, UUID] = {}
        for alias, survivor in sorted(pairs):
            one, other = self.resolve(alias), self.resolve(survivor)
            if one != other:
                self._leads_to[one] = other

    def resolve(self, of: UUID) -> UUID:
        while of in self._leads_to:
            of = self._leads_to[of]
        return of


def person_of(event: Event) -> UUID | None:
    """Whom it is about, where that is a candidate or a prospect."""
    if isinstance(event, CandidateMessageEvent):
        return event.recipient_id
    # An unknown field of a newer writer may be named so, and be anything.
    return getattr(event, "person_id", None) if "person_id" in type(event).model_fields else None


def people(facts: Iterable[Fact]) -> Aliases:
    """Person ids; those of one human resolve to the same id."""
    pairs = []
    for fact in facts:
        match fact.event:
            case CandidatesMerged() as merge:
                pairs.append((merge.merged, merge.person_id))
            case ProspectLinked() as link:
                pairs.append((link.person_id, link.candidate))
    return Aliases(pairs)
