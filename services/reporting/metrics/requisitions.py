"""What is known of requisitions: when they were approved, and when they were held."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.reporting.metrics.fact import Fact
from services.reporting.metrics.reach import Reach
from shared.events.ats.requisition import (
    RequisitionApproved,
    RequisitionClosed,
    RequisitionHeld,
    RequisitionResumed,
)
from shared.events.event import Event

NEEDS: frozenset[type[Event]] = frozenset(
    {RequisitionApproved, RequisitionHeld, RequisitionResumed, RequisitionClosed}
)  # fmt: skip

Hold = tuple[Fact, Fact | None]


class Requisitions:
    def __init__(self, facts: Iterable[Fact]) -> None:
        """`facts` in order."""
        self.reach = Reach()
        self._approved: dict[UUID, Fact] = {}
        self._holds: dict[UUID, list[Hold]] = defaultdict(list)
        for fact in facts:
            match fact.event:
                case RequisitionApproved(requisition_id=of):
                    self._approved.setdefault(of, fact)
                case RequisitionHeld(requisition_id=of) if not self._held(of):
                    self._holds[of].append((fact, None))
                case RequisitionResumed(requisition_id=of) | RequisitionClosed(requisition_id=of) if self._held(of):
                    self._holds[of][-1] = (self._holds[of][-1][0], fact)

    def afresh(self) -> "Requisitions":
        """The same, as if nothing had been looked up."""
        other = object.__new__(Requisitions)
        other.__dict__.update(self.__dict__, reach=Reach())
        return other

    def approved(self, requisition: UUID) -> Fact | None:
        """The first time."""
        approved = self._approved.get(requisition)
        if approved is not None:
            self.reach.look(approved)
        return approved

    def holds(self, requisition: UUID | None, start: datetime, end: datetime) -> list[Hold]:
        """Those that touch the time between; the last may go on."""
        if requisition is None or not (held := self._holds.get(requisition)):
            return []
        begun = [hold for hold in held if hold[0].occurred < end]
        # Also of one that had ended before: as long as nobody knew, it went on.
        self.reach.look(*(fact for hold in begun for fact in hold if fact is not None))
        return [(began, ended) for began, ended in begun if ended is None or ended.occurred > start]

    def held(self, requisition: UUID | None) -> bool:
        """In the end."""
        if requisition is None:
            return False
        self.reach.look(*(fact for hold in self._holds.get(requisition, [])[-1:] for fact in hold if fact is not None))
        return self._held(requisition)

    def _held(self, requisition: UUID) -> bool:
        holds = self._holds.get(requisition, [])
        return bool(holds) and holds[-1][1] is None
