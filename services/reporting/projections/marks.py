"""marks: of whom, or of what, something new is known, so that what is kept is to be folded anew."""

from collections.abc import Collection, Iterable
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Column, Identity, String, Table, Uuid

from services.reporting.metrics.keeping import READS
from services.reporting.metrics.people import person_of
from services.reporting.projections import metadata
from shared.events.ats.candidate import CandidatesMerged
from shared.events.crm.prospect import ProspectLinked
from shared.events.event import Event

# What a mark is about: somebody or something that is folded, what is known around it, or the event whose fact was
# changed.
TABLE = Table(
    "marks",
    metadata,
    Column("kind", String, primary_key=True),
    Column("id", Uuid, primary_key=True),
    # Another one whenever it is set again: who has seen to a mark takes that one away, and none that came since.
    Column("change", BigInteger, Identity(always=True), nullable=False),
)
MARK = """
INSERT INTO marks (kind, id) SELECT * FROM unnest($1::text[], $2::uuid[])
ON CONFLICT (kind, id) DO UPDATE SET change = DEFAULT
"""
# In the order of MARK, and waiting for who sets one again and has not committed: that one then is another.
UNMARK = """
DELETE FROM marks WHERE (kind, id) IN (
    SELECT kind, id FROM marks JOIN unnest($1::text[], $2::uuid[], $3::bigint[]) seen (kind, id, change)
    USING (kind, id, change) ORDER BY kind, id FOR UPDATE OF marks
)
"""
FOLDED = {"opening": "opening_id", "approval": "approval_id"}
KNOWN = {
    "job": "job_id", "posting": "requisition_id", "requisition": "requisition_id", "stage-plan": "plan_id",
    "team-member": "member_id",
}  # fmt: skip
"""By category of stream, the field that names what it is about, where that is no person."""
_NAMED_BY = {**FOLDED, **KNOWN}
AROUND = frozenset(model for model in READS if model.stream.category in KNOWN)

Mark = tuple[str, UUID]
"""What it is about, by its kind and id."""
Marks = Collection[Mark]


async def mark(connection: asyncpg.Connection, events: Iterable[Event], changed: Iterable[UUID] = ()) -> None:
    """Of whom, and of what, these events tell; and `changed` facts by their events."""
    marks = {of for event in events if type(event) in READS for of in _about(event)}
    await write_marks(connection, [*marks, *(("event", event) for event in changed)])


def _about(event: Event) -> list[Mark]:
    if (person := person_of(event)) is None:
        return [mark_of(event)]
    match event:
        case CandidatesMerged(merged=other) | ProspectLinked(candidate=other):
            return [("person", person), ("person", other)]
    return [("person", person)]


async def write_marks(connection: asyncpg.Connection, marks: Iterable[Mark]) -> None:
    # In one order, or two transactions might wait for each other.
    if ordered := sorted(marks):
        await connection.execute(MARK, *(list(column) for column in zip(*ordered, strict=True)))


async def unmark(connection: asyncpg.Connection, seen: Iterable[tuple[str, UUID, int]]) -> None:
    await connection.execute(UNMARK, *(list(column) for column in zip(*seen, strict=True)))


def mark_of(event: Event) -> Mark:
    category = event.stream.category
    of: UUID = getattr(event, _NAMED_BY[category])
    return category, of
