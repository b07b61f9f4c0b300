"""notification: one message to one recipient about one event."""

from uuid import UUID

from shared.events.event import Event, Stream

STREAM = Stream(service="notifier", category="notification", key="recipient_id")


class NotificationEvent(Event):
    """Of stream notification-{notification_id}. `event_id` and `event_type`: what it tells of. `level`: how urgent."""

    notification_id: UUID
    recipient_id: UUID
    event_id: UUID
    event_type: str
    channel: str
    level: str
    outcome: str


@STREAM.event("sent")
class NotificationSent(NotificationEvent):
    pass


@STREAM.event("failed")
class NotificationFailed(NotificationEvent):
    """Given up after `attempts`; `outcome` is the last answer's code, never its text."""

    attempts: int


@STREAM.event("suppressed")
class NotificationSuppressed(NotificationEvent):
    """Not sent on purpose; `outcome` is why: `history`, `muted`, `no_address`, `overtaken`."""
