"""Counts the last hour from the facts, once they hold all of the log that was seen here."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from services.reporting.live.counted import COUNTED, FIELDS, RUNS_AFTER
from services.reporting.live.view import Count, Seen
from services.reporting.projections import facts
from shared.kit.database import Database

POSITIONS = "SELECT topic, partition, next_offset FROM positions WHERE consumer = $1"
# The greatest first: where there are more names than a window holds, those are shown.
COUNTS = """
SELECT date_bin('1 minute', occurred, timestamptz 'epoch') AS minute, type, data->>'source' AS source,
    data->>'stage' AS stage, data->>'to_stage' AS to_stage, data->>'campaign' AS campaign,
    (data->>'automatic')::boolean AS automatic, count(*) AS times
FROM facts WHERE type = ANY($1::text[]) AND occurred >= $2 AND occurred < $3
GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY times DESC
"""
CAMPAIGNS = """
SELECT DISTINCT ON (stream) substr(stream, length('campaign-') + 1) AS campaign, type
FROM facts WHERE type = ANY($1::text[]) ORDER BY stream, version DESC
"""


class Recounted(NamedTuple):
    counts: Sequence[Count]
    running: frozenset[str]


async def recount(database: Database, seen: Seen, begin: datetime, end: datetime) -> Recounted | None:
    """None while the facts are behind what was seen: they would take back what did happen."""
    async with database.connection() as connection:
        rows = await connection.fetch(POSITIONS, facts.CONSUMER)
        taken = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        if any(taken.get(partition, 0) < offset for partition, offset in seen.items()):
            return None
        counts = await connection.fetch(COUNTS, sorted(COUNTED), begin, end)
        campaigns = await connection.fetch(CAMPAIGNS, list(RUNS_AFTER))
    return Recounted(
        [Count(row["minute"], row["type"], {name: row[name] for name in FIELDS}, row["times"]) for row in counts],
        frozenset(row["campaign"] for row in campaigns if RUNS_AFTER[row["type"]]),
    )
