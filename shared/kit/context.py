"""Who does something, for whom, when, and what it follows from."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import uuid_utils.compat

from shared.events.envelope import Envelope, Precision

HISTORY = timedelta(hours=1)


def new_id() -> UUID:
    """A UUIDv7: ids made later sort later."""
    return uuid_utils.compat.uuid7()


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Context:
    """Goes with every unit. `occurred` is None for "now"; `expected` is the version a caller's If-Match names."""

    actor: str
    correlation: UUID = field(default_factory=new_id)
    causation: UUID | None = None
    on_behalf_of: str | None = None
    occurred: datetime | None = None
    precision: Precision = "instant"
    traceparent: str | None = None
    expected: int | None = None

    @property
    def history(self) -> bool:
        """True for what happened over an hour ago: it sets no timer and sends nothing."""
        return self.occurred is not None and is_history(self.occurred, now())


def is_history(occurred: datetime, recorded: datetime) -> bool:
    return recorded - occurred > HISTORY


def because_of(envelope: Envelope, actor: str) -> Context:
    """The context of a reaction: same correlation, caused by the event, at the event's own time if it is history."""
    context = Context(
        actor=actor,
        correlation=envelope.correlation,
        causation=envelope.id,
        traceparent=envelope.traceparent,
    )
    if is_history(envelope.occurred, envelope.recorded):
        return replace(context, occurred=envelope.occurred, precision=envelope.precision)
    return context
