"""snapshot: a report frozen with everything that it takes to run it again."""

from uuid import UUID

from shared.events.event import Event, Stream
from shared.events.values import Moment

STREAM = Stream(service="reporting", category="snapshot", key="snapshot_id")


class ReportSealed(Event):
    """What every frozen report is told with, on whichever topic; SnapshotSealed says what each field is."""

    snapshot_id: UUID
    metric: str
    definition: int
    question: str
    as_of: Moment
    known_at: Moment
    offsets: dict[str, dict[int, int]]
    facts: int
    root: str
    table: str
    answer: str
    tables: str | None = None
    digest: int = 1


@STREAM.event("sealed")
class SnapshotSealed(ReportSealed):
    """Of stream snapshot-{snapshot_id}. `metric` and `definition`: id and version. `question`: its parameters without
    clocks, as JSON.

    `offsets`: by topic and partition, the one before which everything was folded. `facts`: how many were read, and
    `root` the SHA-256 over their ids and what they say, sorted; `digest`: by which rule of reporting the latter.
    `table`: the rows, as JSON; `answer` is its SHA-256. `tables`: releases of what was read besides the facts, such as
    holidays.
    `title` and `recipients` (members): of one that a schedule had frozen.
    """

    title: str | None = None
    recipients: tuple[UUID, ...] = ()
