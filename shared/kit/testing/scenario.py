"""History in, events out: how a decision is tested without I/O."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from shared.events.event import Event

S = TypeVar("S")


class Scenario(Generic[S]):
    def __init__(self, evolve: Callable[[S | None, Any], S], history: Sequence[Event]) -> None:
        state: S | None = None
        for event in history:
            state = evolve(state, event)
        assert state is not None, "a scenario needs a history"
        self.state: S = state
        self._evolve = evolve

    def when(self, decide: Callable[..., Sequence[Event]], *given: Any, **named: Any) -> list[Event]:
        """What the decision makes of the state; its events are folded in, so that steps can follow each other."""
        events = list(decide(self.state, *given, **named))
        for event in events:
            self.state = self._evolve(self.state, event)
        return events
