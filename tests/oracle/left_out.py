"""What a report leaves out of what it might have counted, each with the reason (rules D21)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from tests.oracle.questions import Question, Values

T = TypeVar("T")

LEAD = "still a lead"
IMPOSSIBLE = "impossible order: it ended before it began"
CANCELLED = "cancelled"
NOT_COMPLETED = "interview not completed"
MISSED = "interview that somebody missed"
WITHOUT_REQUEST = "scheduled without a request"
UNKNOWN_APPLICATION = "interview of an unknown application"
UNDONE = "acceptance undone"
DID_NOT_START = "did not start"
NOT_STARTED = "not started yet"
ENTRY_NOT_KNOWN = "imported: since when it stands in the stage is not known"
NEVER_POSTED = "never posted"


@dataclass(frozen=True)
class LeftOut:
    reason: str


def counted(asked: Question, found: Iterable[tuple[Values, T | LeftOut]]) -> Iterator[tuple[Values, T]]:
    return ((values, one) for values, one in found if not isinstance(one, LeftOut) and asked.wants(values))


def reasons(asked: Question, found: Iterable[tuple[Values, object]]) -> Iterator[str]:
    """Of those left out, if they are of the kind asked for."""
    return (one.reason for values, one in found if isinstance(one, LeftOut) and asked.wants(values))
