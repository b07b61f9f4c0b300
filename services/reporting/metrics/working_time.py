"""Working time: somebody's zone, week and holidays, and what they make of 24 hours and of an age (rule D13)."""

import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

# All of them now, or the first who asks imports them in the midst of what may be broken off (shared/kit/computing).
import holidays.countries
import numpy as np
import numpy.typing as npt
from holidays import HolidayBase

from services.reporting.metrics.clocks import midnight
from services.reporting.metrics.fact import ERA, MICROSECOND, elapsed
from shared.kit.zones import zone_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MON_FRI = DAYS[:5]
PLACE = re.compile(r"([A-Z]{2})(?:-(.+))?")
DAY = timedelta(days=1)
Moments = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Calendar:
    """`zone`: IANA name. `holidays`: country or country-region, as `DE-BE`; none of them are days off without it."""

    zone: str = "UTC"
    week: tuple[str, ...] = MON_FRI
    holidays: str | None = None

    @classmethod
    def at(cls, place: tuple[str, str | None]) -> "Calendar":
        """Of a job, from its zone and country."""
        zone, country = place
        return cls(zone, holidays=country)

    @property
    def name(self) -> str:
        return ", ".join(filter(None, (self.zone, self.holidays)))

    def due(self, end: datetime) -> datetime:
        """24 working hours after `end`: the same time on the next working day; they begin with one, after a day off."""
        local = end.astimezone(self._tz)
        if self.works(local.date()):
            return self._at(self._next(local.date()), local.time())
        return self._at(self._next(self._next(local.date())), time())

    def worked(self, start: datetime, end: datetime) -> int:
        """Microseconds between that lie on working days, all hours of them: 23 or 25 where the clock is changed."""
        years = range(start.astimezone(self._tz).year, end.astimezone(self._tz).year)
        return sum(_worked(self, year)[-1] for year in years) + self._in_year(end) - self._in_year(start)

    def worked_before(self, ends: Moments, took: Moments) -> Moments:
        """The same for many: of each the moment at which it ended, since ERA, and how long it had taken then.

        What begins after it ended took no time.
        """
        if not len(ends):
            return ends
        starts = np.minimum(ends - took, ends)
        begins, before, works = _days_of(self, self._decade(starts.min()), self._decade(ends.max()))
        until = [
            before[day] + np.where(works[day], at - begins[day], 0)
            for at in (starts, ends) for day in [np.searchsorted(begins, at, side="right") - 1]
        ]  # fmt: skip
        return until[1] - until[0]

    def begun(self, end: datetime, worked: int) -> datetime:
        """Since when, without a break, so much would have been worked until `end`; microseconds."""
        day, left = end.astimezone(self._tz).date(), worked
        while left > (today := elapsed(midnight(day, self._tz), end) if self.works(day) else 0):
            left -= today
            end, day = midnight(day, self._tz), day - DAY
        return end - left * MICROSECOND

    def works(self, day: date) -> bool:
        return DAYS[day.weekday()] in self.week and not (self.holidays and day in _days_off(self.holidays, day.year))

    @property
    def unknown(self) -> str | None:
        """What the tables don't know, and what holds instead."""
        zone = None if _zone(self.zone) else f"zone {self.zone!r} is not known: UTC"
        known = self.holidays is None or _table(self.holidays) is not None
        days_off = None if known else f"calendar {self.holidays!r} is not known: no holidays"
        return "; ".join(filter(None, (zone, days_off))) or None

    def _decade(self, moment: np.int64) -> int:
        return (ERA + int(moment) * MICROSECOND).astimezone(self._tz).year // 10

    @cached_property
    def _tz(self) -> ZoneInfo:
        return _zone(self.zone) or ZoneInfo("UTC")

    def _next(self, day: date) -> date:
        day += DAY
        while not self.works(day):
            day += DAY
        return day

    def _at(self, day: date, wall: time) -> datetime:
        # A time that the clock skips is read as if it had not been put forward; of one that it shows twice, the first.
        return datetime.combine(day, wall, self._tz).astimezone(UTC)

    def _in_year(self, moment: datetime) -> int:
        """Microseconds worked from the beginning of its year until then."""
        day = moment.astimezone(self._tz).date()
        before = _worked(self, day.year)[day.timetuple().tm_yday - 1]
        return before + (elapsed(midnight(day, self._tz), moment) if self.works(day) else 0)

    def worked_by_day(self, year: int) -> Iterator[int]:
        """Microseconds worked from the beginning of the year until each of its midnights, the last one included."""
        day, total = date(year, 1, 1), 0
        yield total
        while day.year == year:
            if self.works(day):
                total += elapsed(midnight(day, self._tz), midnight(day + DAY, self._tz))
            yield total
            day += DAY


@lru_cache(maxsize=4096)
def _worked(calendar: Calendar, year: int) -> tuple[int, ...]:
    """Ages are asked for by the thousand."""
    return tuple(calendar.worked_by_day(year))


@lru_cache(maxsize=128)
def _days_of(calendar: Calendar, first: int, last: int) -> tuple[Moments, Moments, npt.NDArray[np.bool_]]:
    """By day, of whole decades, when it begins, what was worked before it, and whether it is worked.

    Decades, for of what is asked at different moments few are different; each has some 60 kB.
    """
    begin, end = date(10 * first, 1, 1), date(10 * last + 10, 1, 1)
    days = [begin + n * DAY for n in range((end - begin).days + 1)]
    begins = np.array([(midnight(day, calendar._tz) - ERA) // MICROSECOND for day in days], np.int64)
    works = np.array([calendar.works(day) for day in days])
    return begins, np.concatenate([[0], np.cumsum(np.where(works[:-1], np.diff(begins), 0))]), works


def zone_data() -> str:
    """What zones are read from: the machine's database where it has one, whatever is installed beside it."""
    for path in map(Path, zoneinfo.TZPATH):
        if (path / "UTC").exists():
            told = path / "tzdata.zi"
            # Its first line is `# version 2026a`.
            release = told.read_text().partition("\n")[0].split()[-1] if told.exists() else "of an untold release"
            return f"the machine's tz database {release}"
    return f"tzdata {version('tzdata')}"


TABLES = f"holidays {version('holidays')}, {zone_data()}"


def _zone(name: str) -> ZoneInfo | None:
    try:
        return zone_of(name)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _days_off(calendar: str, year: int) -> frozenset[date]:
    """A whole year: the library fills its own tables while they are read, which threads must not share."""
    return frozenset(_table(calendar, year) or ())


def _table(calendar: str, year: int | None = None) -> HolidayBase | None:
    found = PLACE.fullmatch(calendar)
    try:
        return holidays.country_holidays(found[1], found[2], years=year, expand=False) if found else None
    except NotImplementedError:
        return None
