"""One event of the log, with its place and its two clocks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from shared.events.event import Event

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Happened:
    """`version` is of its stream, `position` in the log of the service that wrote it. Times are UTC.

    `actor`: `member:…` or `public` where it was a person; else a timer, a reaction, an import.
    """

    id: UUID
    event: Event
    version: int
    position: int
    occurred: datetime
    known: datetime
    actor: str = "member:1"

    @property
    def service(self) -> str:
        return self.event.stream.service

    @property
    def by_person(self) -> bool:
        return self.actor == "public" or self.actor.startswith("member:")


def of_type(log: Iterable[Happened], kind: type[E]) -> list[tuple[Happened, E]]:
    """The events of one type, in the order of the log given, each with what it says."""
    return [(happened, happened.event) for happened in log if isinstance(happened.event, kind)]
