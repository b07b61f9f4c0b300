"""Periods as people write them, cut in a zone: 2026, 2026-Q1, 2026-03, 2026-03-15, 2026-01..2026-03."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Period:
    """From `begin` up to, not with, `end`."""

    begin: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.begin <= moment < self.end


def period(text: str, zone: str) -> Period:
    first, _, last = text.partition("..")
    return Period(_midnight(_days(first)[0], zone), _midnight(_days(last or first)[1], zone))


def _days(text: str) -> tuple[date, date]:
    """The first day, and the first day after."""
    if "-Q" in text:
        in_year, number = text.split("-Q")
        first = date(int(in_year), 3 * int(number) - 2, 1)
        return first, _month_after(_month_after(_month_after(first)))
    match [int(part) for part in text.split("-")]:
        case [year]:
            return date(year, 1, 1), date(year + 1, 1, 1)
        case [year, month]:
            return date(year, month, 1), _month_after(date(year, month, 1))
        case [year, month, day]:
            return date(year, month, day), date(year, month, day) + timedelta(days=1)
    raise ValueError(text)


def _month_after(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def month(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m")


def quarter(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.year}-Q{(local.month + 2) // 3}"


def year(moment: datetime, zone: str) -> str:
    return str(moment.astimezone(ZoneInfo(zone)).year)


def a_year_before(moment: datetime, zone: str) -> datetime:
    """The same day and time of day twelve months before, where people are; 28 February for 29 February."""
    local = moment.astimezone(ZoneInfo(zone)).replace(fold=0)
    day = min(local.day, 28) if local.month == 2 else local.day
    return local.replace(year=local.year - 1, day=day).astimezone(UTC)
