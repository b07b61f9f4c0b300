"""A report that is frozen by itself: every day, week or month, at a wall time of a zone."""

import json
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.events.reporting.schedule import (
    STREAM,
    ScheduleEnded,
    ScheduleEvent,
    ScheduleRan,
    SnapshotScheduled,
    Weekday,
)
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream, Refusal

ONE_DAY = timedelta(days=1)
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
# What decides when it runs; the rest decides what is frozen.
TIMES = frozenset({"rhythm", "weekday", "day", "at", "zone"})


class ScheduleHasEnded(Refusal):
    slug, title = "schedule-ended", "The schedule has ended"
    next_step = "make a new one"


@dataclass(frozen=True)
class Schedule:
    """`terms` are the newest. `after`: what was due until then has run; `last` is how it did."""

    id: UUID
    terms: SnapshotScheduled
    after: datetime
    last: ScheduleRan | None = None
    ended: str | None = None


def schedule(facts: SnapshotScheduled) -> Sequence[ScheduleEvent]:
    return [facts]


def change(state: Schedule, facts: SnapshotScheduled) -> Sequence[ScheduleEvent]:
    """A run that is due already is not lost by a change of its words; by other times it is."""
    if state.ended is not None:
        raise ScheduleHasEnded(f"It ended: {state.ended}")
    changed = {name for name, value in facts if name != "after" and getattr(state.terms, name) != value}
    if not changed:
        return []
    return [facts if changed & TIMES else facts.model_copy(update={"after": state.after})]


def run(state: Schedule, due: datetime, snapshot_id: UUID) -> Sequence[ScheduleEvent]:
    return [ScheduleRan(schedule_id=state.id, due=due, snapshot_id=snapshot_id)]


def fail(state: Schedule, due: datetime, why: str) -> Sequence[ScheduleEvent]:
    """Moves on all the same: what was refused now would be refused again, and the next run may not be."""
    return [ScheduleRan(schedule_id=state.id, due=due, why=why)]


def end(state: Schedule, why: str) -> Sequence[ScheduleEvent]:
    return [] if state.ended is not None else [ScheduleEnded(schedule_id=state.id, why=why)]


def next_due(state: Schedule) -> datetime | None:
    """None once it has ended."""
    if state.ended is not None:
        return None
    return next(due for due in _dues(state.terms, state.after - ONE_DAY, ONE_DAY) if due > state.after)


def last_due(state: Schedule, now: datetime) -> datetime | None:
    """The last of those that should have run by now; None where none should."""
    if state.ended is not None:
        return None
    due = next(due for due in _dues(state.terms, now + ONE_DAY, -ONE_DAY) if due <= now)
    return due if due > state.after else None


def asked(terms: SnapshotScheduled, due: datetime) -> dict[str, Any]:
    """The parameters of the run that is due then."""
    question: dict[str, Any] = json.loads(terms.question) | {"zone": terms.zone}
    given = {"version": terms.definition, "period": period(terms, due)}
    return question | {name: value for name, value in given.items() if value is not None}


def period(terms: SnapshotScheduled, due: datetime) -> str | None:
    """As a question names it; weeks begin on Monday."""
    if terms.period == "none":
        return None
    first = _first(terms, due.astimezone(ZoneInfo(terms.zone)).date())
    if terms.period == "previous":
        first = _first(terms, first - ONE_DAY)
    match terms.rhythm:
        case "day":
            return first.isoformat()
        case "week":
            return f"{first.isoformat()}..{(first + 6 * ONE_DAY).isoformat()}"
        case "month":
            return f"{first:%Y-%m}"


def evolve(state: Schedule | None, event: ScheduleEvent) -> Schedule:
    match state, event:
        case None, SnapshotScheduled():
            return Schedule(event.schedule_id, event, event.after)
        case Schedule(), SnapshotScheduled():
            return replace(state, terms=event, after=event.after)
        case Schedule(), ScheduleRan():
            return replace(state, after=event.due, last=event)
        case Schedule(), ScheduleEnded():
            return replace(state, ended=event.why)
    raise CorruptStream(state, event)


def _dues(terms: SnapshotScheduled, start: datetime, step: timedelta) -> Iterator[datetime]:
    """Day by day from that of `start`, on or back."""
    zone, at = ZoneInfo(terms.zone), time.fromisoformat(terms.at)
    day = start.astimezone(zone).date()
    while True:
        if _falls_on(terms, day):
            # As RFC 5545 has it: what does not exist is counted with the offset before the gap, so it comes later
            # by the clock; of what exists twice it is the first.
            yield datetime.combine(day, at, zone).astimezone(UTC)
        day += step


def _falls_on(terms: SnapshotScheduled, day: date) -> bool:
    match terms.rhythm:
        case "day":
            return True
        case "week":
            return WEEKDAYS[day.weekday()] == (terms.weekday or "mon")
        case "month":
            return day.day == min(terms.day or 1, monthrange(day.year, day.month)[1])


def _first(terms: SnapshotScheduled, day: date) -> date:
    match terms.rhythm:
        case "day":
            return day
        case "week":
            return day - day.weekday() * ONE_DAY
        case "month":
            return day.replace(day=1)


SCHEDULE = Aggregate(STREAM, evolve)
