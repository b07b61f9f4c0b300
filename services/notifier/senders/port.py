"""What a channel can do, whoever carries the message, and how it may fail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.notifier.domain.member import Member
from services.notifier.templates.words import Words


@dataclass(frozen=True)
class Letter:
    """`id` is the notification's and goes with the message wherever it can be found again."""

    id: UUID
    queued: datetime
    words: Words


class Unreachable(Exception):
    """This channel does not reach this member; another may."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Refused(Exception):
    """The answer is final: sending it again would be answered the same."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotNow(Exception):
    """To be tried again, after `after_s` where the channel says so. `unsure`: it may have arrived all the same."""

    channel = "none"

    def __init__(self, code: str, unsure: bool, after_s: float | None = None) -> None:
        super().__init__(code)
        self.code, self.unsure, self.after_s = code, unsure, after_s


class Sender(Protocol):
    """`outcome`s and codes are those of the channel, in few characters; never its texts."""

    channel: str

    async def send(self, letter: Letter, member: Member, unsure: bool) -> str:
        """Gets it there and answers the outcome. Raises Unreachable, Refused, NotNow.

        `unsure`: an earlier attempt may have arrived; a channel that can look does so before it sends again.
        """
