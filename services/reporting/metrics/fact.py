"""A fact: an event with the clocks that decide whether a report counts it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.events.event import Event

MICROSECOND = timedelta(microseconds=1)
ERA = datetime(2000, 1, 1, tzinfo=UTC)
"""From which microseconds are counted where many moments are compared at once."""


@dataclass(frozen=True, slots=True)
class Fact:
    """`position` is the event's place in the log of the service that wrote it. Personal fields read as Sealed.

    `corrected`: the event that says that this one occurred then, where it is not this one itself; `known` is since when
    both are. `by_person`: somebody did it, and no timer, reaction or import.
    """

    id: UUID
    event: Event
    position: int
    occurred: datetime
    known: datetime
    corrected: UUID | None = None
    by_person: bool = True

    @property
    def order(self) -> tuple[datetime, str, int]:
        """Total, and the same however the facts arrived; within a stream that of its versions on equal times."""
        return self.occurred, self.event.stream.service, self.position


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda fact: fact.order)


def micros(moment: datetime) -> int:
    return (moment - ERA) // MICROSECOND


def elapsed(start: datetime, end: datetime) -> int:
    """Whole microseconds; a day is 86,400 seconds of them, whatever the calendar says."""
    return (end - start) // MICROSECOND


def covered(pieces: Iterable[tuple[datetime, datetime]]) -> int:
    """Microseconds of their union."""
    total, reached = 0, None
    for start, end in sorted(pieces):
        start = start if reached is None else max(start, reached)
        if end > start:
            total += elapsed(start, end)
            reached = end
    return total
