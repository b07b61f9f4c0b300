"""schedule: a report that is frozen again and again, each time for these people."""

from typing import Literal
from uuid import UUID

from shared.events.event import Event, Stream
from shared.events.values import Moment

STREAM = Stream(service="reporting", category="schedule", key="schedule_id")

Rhythm = Literal["day", "week", "month"]
Span = Literal["none", "previous", "current"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class ScheduleEvent(Event):
    """Of stream schedule-{schedule_id}."""

    schedule_id: UUID


@STREAM.event("scheduled")
class SnapshotScheduled(ScheduleEvent):
    """Also says that a schedule was changed; it tells all of it each time.

    `definition`: null for the newest at each run. `question`: parameters as JSON, without clocks, period and zone.
    `period`: the day, week or month of the run, the one before, or none. `weekday` goes with week, `day` with month.
    `at`: wall time in `zone`, as `08:00`. `after`: the first run is the first one that is due later.
    """

    title: str
    report: str
    definition: int | None = None
    question: str
    period: Span
    rhythm: Rhythm
    weekday: Weekday | None = None
    day: int | None = None
    at: str
    zone: str
    recipients: tuple[UUID, ...]
    after: Moment


@STREAM.event("ran")
class ScheduleRan(ScheduleEvent):
    """What was due at `due`, and all that had been missed before it. Without a snapshot `why` says what refused it."""

    due: Moment
    snapshot_id: UUID | None = None
    why: str | None = None


@STREAM.event("ended")
class ScheduleEnded(ScheduleEvent):
    why: str
