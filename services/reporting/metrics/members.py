"""When members of the team work: the calendar that each of them had at a moment."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.reporting.metrics.fact import Fact
from services.reporting.metrics.reach import Reach
from services.reporting.metrics.working_time import MON_FRI, Calendar
from shared.events.ats.team_member import TeamMemberAdded, TeamMemberUpdated
from shared.events.event import Event

NEEDS: frozenset[type[Event]] = frozenset({TeamMemberAdded, TeamMemberUpdated})


@dataclass(frozen=True)
class Works:
    """`told` are the events that say so, none where nothing is known of the member."""

    calendar: Calendar = field(default_factory=Calendar)
    told: tuple[Fact, ...] = ()


class Members:
    def __init__(self, facts: Iterable[Fact]) -> None:
        """`facts` in order."""
        self.reach = Reach()
        self._works: dict[UUID, list[tuple[datetime, Works]]] = defaultdict(list)
        for fact in facts:
            match fact.event:
                case TeamMemberAdded(member_id=of) as added:
                    # An empty week says nothing: nobody's feedback would ever be due.
                    calendar = Calendar(added.zone, added.week or MON_FRI, added.holiday_calendar)
                    self._works[of].append((fact.occurred, Works(calendar, (fact,))))
                case TeamMemberUpdated(member_id=of) as updated:
                    before = self._last(self._works[of])
                    calendar = _changed(before.calendar, updated)
                    if calendar != before.calendar:
                        self._works[of].append((fact.occurred, Works(calendar, (*before.told, fact))))

    def afresh(self) -> "Members":
        """The same, as if nothing had been looked up."""
        other = object.__new__(Members)
        other.__dict__.update(self.__dict__, reach=Reach())
        return other

    def works(self, member: UUID, at: datetime) -> Works:
        """As it was then; for a time before they were added, as they were added."""
        known = self._works.get(member, [])
        found = self._last([one for one in known if one[0] <= at] or known[:1])
        self.reach.look(*found.told)
        return found

    @staticmethod
    def _last(known: Sequence[tuple[datetime, Works]]) -> Works:
        return known[-1][1] if known else Works()


def _changed(before: Calendar, updated: TeamMemberUpdated) -> Calendar:
    cleared = "holiday_calendar" in updated.cleared
    return Calendar(
        updated.zone or before.zone,
        updated.week or before.week,
        None if cleared else updated.holiday_calendar or before.holidays,
    )
