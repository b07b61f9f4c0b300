"""occurrence-corrected: when an event really occurred, said in that event's own stream."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast
from uuid import UUID

from pydantic import create_model

from shared.events.event import Event, Registry, Stream, registry
from shared.events.values import Moment

E = TypeVar("E", bound=Event)


class OccurrenceCorrected(Event):
    """`event_id`: the event that occurred at `new`, and not at `old`. Of several corrections the last one holds."""

    event_id: UUID
    old: Moment
    new: Moment
    why: Literal["wrong_day", "wrong_time", "wrong_zone", "other"]


def correctable(stream: Stream, into: Registry = registry) -> Callable[[type[E]], type[E]]:
    """Of the model that a stream's events have in common, whose first field names the stream."""

    def register(base: type[E]) -> type[E]:
        names = dict.fromkeys([next(iter(base.model_fields)), stream.key])
        fields: dict[str, Any] = {name: (UUID, ...) for name in names}
        model = create_model("OccurrenceCorrected", __base__=OccurrenceCorrected, __doc__=base.__doc__, **fields)
        stream.event("occurrence-corrected", into=into)(cast("type[Event]", model))
        return base

    return register
