"""Streams of one kind, and how their state follows from their events."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.events.correction import OccurrenceCorrected
from shared.events.event import Stream

S = TypeVar("S")


@dataclass(frozen=True)
class Aggregate(Generic[S]):
    stream: Stream
    evolve: Callable[[S | None, Any], S]

    def fold(self, state: S | None, event: Any) -> S | None:
        """When something really occurred changes nothing of what is."""
        return state if isinstance(event, OccurrenceCorrected) else self.evolve(state, event)
