"""What became of one message to one recipient about one event."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.events.notifier.notification import STREAM, NotificationEvent
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream


@dataclass(frozen=True)
class Notification:
    """`end` says how it ended; there is nothing before the end, and nothing after it."""

    id: UUID
    end: NotificationEvent


def end(facts: NotificationEvent) -> Sequence[NotificationEvent]:
    return [facts]


def evolve(state: Notification | None, event: NotificationEvent) -> Notification:
    if state is not None:
        raise CorruptStream(state, event)
    return Notification(event.notification_id, event)


NOTIFICATION = Aggregate(STREAM, evolve)
