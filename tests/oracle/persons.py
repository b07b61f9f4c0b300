"""Who is the same person: ids that were joined, in any direction and over any number of steps (rules X14)."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from shared.events.ats.candidate import CandidatesMerged
from shared.events.crm.prospect import ProspectLinked
from tests.oracle.happened import Happened


class Persons:
    def __init__(self, knowledge: Iterable[Happened]) -> None:
        self._groups: list[frozenset[UUID]] = []
        for happened in knowledge:
            match happened.event:
                case CandidatesMerged() as event:
                    self._join(event.person_id, event.merged)
                case ProspectLinked() as event:
                    self._join(event.person_id, event.candidate)

    def _join(self, one: UUID, other: UUID) -> None:
        joined = self.ids(one) | self.ids(other)
        self._groups = [group for group in self._groups if not group & joined] + [joined]

    def ids(self, person: UUID) -> frozenset[UUID]:
        """All ids of the person with this id; two ids are one person where this is equal."""
        return next((group for group in self._groups if person in group), frozenset({person}))


def merged_into(knowledge: Sequence[Happened]) -> dict[UUID, tuple[UUID, Happened]]:
    """The application left out to the one kept, and the merge that said so."""
    return {
        left_out: (kept, happened)
        for happened in knowledge
        if isinstance(happened.event, CandidatesMerged)
        for left_out, kept in happened.event.application_map.items()
    }
