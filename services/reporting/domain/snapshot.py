"""A report that was frozen; it never changes."""

from dataclasses import dataclass
from uuid import UUID

from shared.events.reporting import adverse_impact_snapshot, snapshot
from shared.events.reporting.snapshot import ReportSealed
from shared.kit.aggregate import Aggregate
from shared.kit.refusals import CorruptStream


@dataclass(frozen=True)
class Snapshot:
    id: UUID
    sealed: ReportSealed


def evolve(state: Snapshot | None, event: ReportSealed) -> Snapshot:
    match state, event:
        case None, ReportSealed():
            return Snapshot(event.snapshot_id, event)
    raise CorruptStream(state, event)


SNAPSHOT = Aggregate(snapshot.STREAM, evolve)
# On a topic that nobody reads who decides.
ADVERSE_IMPACT_SNAPSHOT = Aggregate(adverse_impact_snapshot.STREAM, evolve)
