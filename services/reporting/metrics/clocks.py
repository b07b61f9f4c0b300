"""The two clocks of a report, and the times that people write in questions: dates, periods, zones."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from services.reporting.metrics.fact import Fact
from shared.events.ats.application import SourceAttributed
from shared.events.ats.candidate import CandidatesMerged
from shared.events.correction import OccurrenceCorrected
from shared.events.crm.prospect import ProspectLinked
from shared.events.event import Event, registry

# Knowledge about the world, not something that happened in it: `as_of` does not apply.
KNOWLEDGE: tuple[type[Event], ...] = (CandidatesMerged, ProspectLinked, SourceAttributed, OccurrenceCorrected)

PART = re.compile(r"([0-9]{4})(?:-Q([1-4])|-([0-9]{2})(?:-([0-9]{2}))?)?")
YEARS = range(1900, 2200)
TIME = "a time with its zone, as 2026-03-31T09:00Z or 2026-03-31T11:00+02:00 (in a URL + is written %2B)"
PERIODS = "a period is 2026, 2026-Q1, 2026-03, 2026-03-15, or two of them as 2026-01..2026-03-15, of years 1900 to 2199"


@dataclass(frozen=True)
class Clocks:
    """What had happened before `as_of`, as far as the log knew it before `known_at`."""

    as_of: datetime
    known_at: datetime

    def __post_init__(self) -> None:
        if self.as_of > self.known_at:
            raise ValueError(
                f"as_of ({_show(self.as_of)}) lies after known_at ({_show(self.known_at)}): nothing is known of it yet"
            )

    @classmethod
    def of(cls, as_of: datetime | None, known_at: datetime | None, now: datetime) -> "Clocks":
        """`known_at` omitted is now, `as_of` omitted is known_at. Raises ValueError."""
        if known_at is not None and known_at > now:
            raise ValueError(f"known_at ({_show(known_at)}) lies in the future (it is {_show(now)})")
        known_at = known_at or now
        return cls(as_of or known_at, known_at)

    def admits(self, fact: Fact) -> bool:
        return fact.known < self.known_at and (fact.occurred < self.as_of or isinstance(fact.event, KNOWLEDGE))

    def cut(self, facts: Iterable[Fact]) -> list[Fact]:
        """Those that are admitted, each when it occurred as far as was known; corrections themselves are no facts."""
        known = [fact for fact in facts if fact.known < self.known_at]
        return [fact for fact in corrected(known) if self.admits(fact)]

    def ending(self, end: datetime) -> "Clocks":
        """The same, with an as_of that lies no later than `end`."""
        return self if self.as_of <= end else replace(self, as_of=end)


@lru_cache(maxsize=1)
def corrections() -> tuple[type[Event], ...]:
    """Every stream's own."""
    models = (contract.model for contract in registry.all().values())
    return tuple(model for model in models if issubclass(model, OccurrenceCorrected))


def corrected(facts: Sequence[Fact]) -> list[Fact]:
    """The facts without the corrections among them, which are carried out; of several the last one recorded holds."""
    amends = [fact for fact in facts if isinstance(fact.event, OccurrenceCorrected)]
    if not amends:
        return list(facts)
    news: dict[UUID, Fact] = {}
    for fact in sorted(amends, key=lambda fact: (fact.known, fact.position)):
        assert isinstance(fact.event, OccurrenceCorrected)
        news[fact.event.event_id] = fact
    return [_moved(fact, news.get(fact.id)) for fact in facts if not isinstance(fact.event, OccurrenceCorrected)]


def _moved(fact: Fact, by: Fact | None) -> Fact:
    if by is None or not isinstance(by.event, OccurrenceCorrected):
        return fact
    return replace(fact, occurred=by.event.new, known=max(fact.known, by.known), corrected=by.id)


@dataclass(frozen=True)
class Period:
    """From `start` up to, and without, `end`; both UTC."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, text: str, zone: ZoneInfo) -> "Period":
        """Raises ValueError naming the ways to write one."""
        first, dots, last = text.partition("..")
        (start, _), (_, end) = _days(first), _days(last if dots else first)
        if start >= end:
            raise ValueError(f"the period {text} runs backwards")
        return cls(midnight(start, zone), midnight(end, zone))

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def moment_of(text: str, zone: ZoneInfo) -> datetime:
    """A bare date means the end of that day in `zone`. Raises ValueError."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            day = date.fromisoformat(text)
            if day.year in YEARS:
                return midnight(day + timedelta(days=1), zone)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError(f"give a date (2026-03-31: the end of that day) or {TIME}") from None
    if moment.year not in YEARS:
        raise ValueError(f"give a time of the years {YEARS[0]} to {YEARS[-1]}")
    if moment.tzinfo is None:
        raise ValueError(f"a time needs its zone: give {TIME}")
    return moment.astimezone(UTC)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def month_of(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m")


def quarter_of(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%Y}-Q{(local.month + 2) // 3}"


def year_of(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y")


def _days(text: str) -> tuple[date, date]:
    """The first day, and the one after the last."""
    found = PART.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        year, quarter, month, day = (int(part) if part else None for part in found.groups())
        assert year is not None
        if year not in YEARS:
            raise ValueError
        if day is not None:
            assert month is not None
            first = date(year, month, day)
            return first, first + timedelta(days=1)
        months = 3 if quarter else 12 if month is None else 1
        first = date(year, 3 * quarter - 2 if quarter else 1 if month is None else month, 1)
        return first, (first + timedelta(days=31 * months)).replace(day=1) if months < 12 else date(year + 1, 1, 1)
    except (ValueError, OverflowError):
        raise ValueError(PERIODS) from None


def _show(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
