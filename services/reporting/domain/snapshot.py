"""A report that was frozen; it never changes."""

from dataclasses import dataclass
from uuid import UUID

from shared.events.reporting.snapshot import STREAM, SnapshotEvent, SnapshotSealed
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream


@dataclass(frozen=True)
class Snapshot:
    id: UUID
    sealed: SnapshotSealed


def evolve(state: Snapshot | None, event: SnapshotEvent) -> Snapshot:
    match state, event:
        case None, SnapshotSealed():
            return Snapshot(event.snapshot_id, event)
    raise CorruptStream(state, event)


SNAPSHOT = Aggregate(STREAM, evolve)
