"""candidate-message: one message to a candidate about one application."""

from uuid import UUID

from shared.events.event import Event, Stream

STREAM = Stream(service="notifier", category="candidate-message", key="recipient_id")


class CandidateMessageEvent(Event):
    """Of stream candidate-message-{message_id}. `recipient_id`: the candidate's person id. `kind`: which template.

    `automatic`: it left without anybody's doing, as a receipt does.
    """

    message_id: UUID
    recipient_id: UUID
    application_id: UUID
    kind: str
    automatic: bool
    channel: str


@STREAM.event("sent")
class CandidateMessageSent(CandidateMessageEvent):
    pass


@STREAM.event("failed")
class CandidateMessageFailed(CandidateMessageEvent):
    """Given up after `attempts`; `outcome` is the last answer's code, never its text."""

    attempts: int
    outcome: str
