"""What of the log a report sees: places in it, before which stands what a frozen report was computed from."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services.reporting.metrics.clocks import Clocks
from shared.kit.database import Database
from shared.kit.positions import OF_CONSUMER

Offsets = dict[str, dict[int, int]]
"""By topic and partition: the next one to be read."""
# Kafka may take an event before a report is frozen, and be slow to give it. In a partition what is known never goes
# back: few were known after the last one before the offset, and by then, however much came since.
LATE = """
SELECT event_id FROM positions stand
LEFT JOIN unnest($1::text[], $2::int[], $3::bigint[]) upto (topic, partition, next) USING (topic, partition),
LATERAL (
    SELECT event_id FROM facts WHERE facts.topic = stand.topic AND facts.partition = stand.partition
    AND "offset" >= coalesce(upto.next, 0) AND known < $4 AND type = ANY($5::text[]) AND known >= coalesce((
        SELECT known FROM facts before WHERE before.topic = stand.topic AND before.partition = stand.partition
        AND before."offset" < upto.next ORDER BY before."offset" DESC LIMIT 1
    ), '-infinity')
) late
WHERE stand.consumer = $6 LIMIT $7
"""


@dataclass(frozen=True)
class Seen:
    """What had happened at these clocks, as far as it was known. `offsets`: of what stands before them, None: of all
    that is here. `without`: ids of facts that don't count yet.
    """

    clocks: Clocks
    offsets: Offsets | None = None
    without: frozenset[UUID] = frozenset()


async def standing(database: Database, consumers: Iterable[str]) -> Offsets:
    """Before these everything is kept that could be; what is parked is not. No two consumers share a topic."""
    found: Offsets = {}
    async with database.connection() as connection:
        for consumer in consumers:
            for row in await connection.fetch(OF_CONSUMER, consumer):
                found.setdefault(row["topic"], {})[row["partition"]] = row["next_offset"]
    return found


def upto(table: str, first: int) -> str:
    """Joins the rows of a table that stand before them; `first` is the number of the first parameter."""
    places = f"unnest(${first}::text[], ${first + 1}::int[], ${first + 2}::bigint[]) AS upto (topic, partition, next)"
    here = f"(upto.topic, upto.partition) = ({table}.topic, {table}.partition)"
    return f'JOIN {places} ON {here} AND {table}."offset" < upto.next'


def parameters(offsets: Offsets) -> list[list[str | int]]:
    """Of that join."""
    places = [(topic, partition, of) for topic, found in offsets.items() for partition, of in found.items()]
    return [[place[column] for place in places] for column in range(3)]


async def late(
    connection: asyncpg.Connection, consumer: str, types: Collection[str], seen: Seen, most: int
) -> frozenset[UUID]:
    """Ids of facts of these types that were known then, and do not stand before the offsets; no more than so many."""
    if seen.offsets is None:
        return frozenset()
    given = *parameters(seen.offsets), seen.clocks.known_at, list(types), consumer, most
    return frozenset(row["event_id"] for row in await connection.fetch(LATE, *given))
