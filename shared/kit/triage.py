"""What is to be done with a record, judged by its envelope alone: so unknown types keep their stream gapless."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from aiokafka import ConsumerRecord

from shared.events.envelope import Envelope, NotAnEvent, from_headers
from shared.kit.progress import Parking


class Outcome(StrEnum):
    HANDLE = "handled"
    PASS = "passed"  # noqa: S105
    DUPLICATE = "duplicate"
    PARK = "parked"


class Verdict(NamedTuple):
    """`envelope` is there for what is handled or passed; `parking` for what is parked."""

    outcome: Outcome
    envelope: Envelope | None = None
    parking: Parking | None = None


def parse(record: ConsumerRecord) -> Envelope | NotAnEvent:
    try:
        return from_headers(record.headers, record.key)
    except NotAnEvent as error:
        return error


@dataclass
class Triage:
    """`parsed` is by offset. `seen` (version by stream) and `blocked` (parked keys) are as stored, and move on.

    `discarded` are offsets that an operator has taken out for good.
    """

    handles: Callable[[str], bool]
    parsed: Mapping[int, Envelope | NotAnEvent]
    seen: dict[str, int]
    blocked: set[bytes | None]
    discarded: Set[int] = frozenset()

    def judge(self, record: ConsumerRecord, poison: str | None = None) -> Verdict:
        """`poison` says why the next record to be handled can't be: it is parked and blocks its key."""
        envelope = self.parsed[record.offset]
        discarded = record.offset in self.discarded
        if isinstance(envelope, NotAnEvent):
            if discarded:
                return Verdict(Outcome.PASS)
            return self._park(record, "not-an-event", error=str(envelope), alone=True)
        seen = self.seen.get(envelope.stream, 0)
        if envelope.version <= seen:
            return Verdict(Outcome.DUPLICATE)
        if record.key in self.blocked:
            return self._park(record, "behind")
        if envelope.version > seen + 1 and not discarded:
            return self._park(record, "gap", error=f"version {envelope.version} came after {seen}")
        handled = self.handles(envelope.type) and not discarded
        if handled and poison is not None:
            return self._park(record, "failed", handler=envelope.type, error=poison)
        self.seen[envelope.stream] = envelope.version
        return Verdict(Outcome.HANDLE if handled else Outcome.PASS, envelope)

    def _park(
        self, record: ConsumerRecord, reason: str, handler: str | None = None, error: str | None = None,
        alone: bool = False,
    ) -> Verdict:  # fmt: skip
        if not alone and record.key is not None:
            self.blocked.add(record.key)
        return Verdict(Outcome.PARK, parking=Parking(record, reason, handler, error, alone))
