"""adverse-impact-snapshot: adverse impact as it was told, frozen where nobody reads who decides."""

from shared.events.event import Stream
from shared.events.reporting.snapshot import ReportSealed

STREAM = Stream(
    service="reporting", category="adverse-impact-snapshot", key="snapshot_id", topic="reporting.self-identification"
)


@STREAM.event("sealed")
class AdverseImpactSealed(ReportSealed):
    """Of stream adverse-impact-snapshot-{snapshot_id}. Told as SnapshotSealed is, for nobody in particular.

    `table`: as it was shown, small groups withheld. `root` says nothing of what anybody told of themselves. `erased`:
    of how many of the self-identifications among the facts the key was destroyed already.
    """

    erased: int
