"""Working days of people and jobs: their week, holidays and zone, and what falls due by them (rules D13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import holidays

from shared.events.ats.team_member import TeamMemberAdded, TeamMemberEvent, TeamMemberUpdated
from tests.oracle.happened import Happened, of_type
from tests.oracle.spells import Spell, within

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Calendar:
    """`holidays` is a country, or a country and a region of it, as `DE-BE`."""

    zone: str = "UTC"
    week: tuple[str, ...] = WEEKDAYS[:5]
    holidays: str | None = None

    def works_on(self, day: date) -> bool:
        return WEEKDAYS[day.weekday()] in self.week and day not in _holidays(self.holidays, day.year)

    def working_day_after(self, day: date) -> date:
        day += timedelta(days=1)
        while not self.works_on(day):
            day += timedelta(days=1)
        return day

    def midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


def calendar(world: Sequence[Happened], member: UUID, moment: datetime) -> Calendar:
    """That in force at the moment; before the first word of a member it was as in the first."""
    words = [(h.occurred, event) for h, event in of_type(world, TeamMemberEvent) if event.member_id == member]
    known = Calendar()
    for number, (occurred, word) in enumerate(words):
        if occurred <= moment or number == 0:
            known = _after(known, word)
    return known


def _after(before: Calendar, word: TeamMemberEvent) -> Calendar:
    match word:
        case TeamMemberAdded():
            return Calendar(word.zone, word.week, word.holiday_calendar)
        case TeamMemberUpdated():
            kept = None if "holiday_calendar" in word.cleared else before.holidays
            return Calendar(word.zone or before.zone, word.week or before.week, word.holiday_calendar or kept)
    return before


def due(known: Calendar, end: datetime) -> datetime:
    """24 hours later as the clock on the wall shows them, counted on working days only."""
    local = end.astimezone(ZoneInfo(known.zone)).replace(fold=0)
    following = known.working_day_after(local.date())
    if known.works_on(local.date()):
        return local.replace(year=following.year, month=following.month, day=following.day).astimezone(UTC)
    return known.midnight(known.working_day_after(following))


def worked(known: Calendar, begin: datetime, end: datetime) -> timedelta:
    """How much of this time lies on working days, each from midnight to midnight."""
    day = begin.astimezone(ZoneInfo(known.zone)).date()
    last = end.astimezone(ZoneInfo(known.zone)).date()
    spells: list[Spell] = []
    while day <= last:
        if known.works_on(day):
            spells.append((known.midnight(day), known.midnight(day + timedelta(days=1))))
        day += timedelta(days=1)
    return within(spells, begin, end)


@cache
def known_zone(name: str) -> str:
    """UTC where the tables don't know it."""
    return name if name in available_timezones() else "UTC"


@cache
def _holidays(name: str | None, year: int) -> frozenset[date]:
    if name is None:
        return frozenset()
    country, _, region = name.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))
    except NotImplementedError:
        return frozenset()
