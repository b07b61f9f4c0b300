"""standing: how far the consumer is behind, as it knows itself; written down for processes that only answer."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from sqlalchemy import BigInteger, Column, DateTime, Integer, String, Table

from services.reporting.projections import metadata, self_identifications
from services.reporting.projections.facts import CONSUMER
from shared.kit.consumer import Consumer
from shared.kit.database import Database
from shared.kit.faults import TRANSIENT, Backoff

EVERYBODY = (CONSUMER, self_identifications.CONSUMER)
EVERY_S = 2.0
# A consumer at rest asks Kafka every second; who was not heard of for so long is not well.
STALE_S = 15
MOST_BEHIND = 10_000
"""Whoever verifies a seal folds apart whom those concern that came later, and were known by then."""

TABLE = Table(
    "standing",
    metadata,
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("records", BigInteger, nullable=False),
    Column("looked", DateTime(timezone=True), nullable=False),
)
# Ages, not times: the clocks of two machines differ, that of the database is one.
WRITE = """
INSERT INTO standing (topic, partition, records, looked)
SELECT topic, partition, records, clock_timestamp() - make_interval(secs => age)
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::float8[]) AS t (topic, partition, records, age)
ON CONFLICT (topic, partition) DO UPDATE SET records = excluded.records, looked = excluded.looked
WHERE standing.looked < excluded.looked
"""
# Of every partition that the consumer ever stood in: one that nobody looked at since is unknown, not zero.
READ = """
SELECT p.consumer, p.topic, sum(s.records)::bigint AS records, min(s.looked) AS looked,
    bool_and(coalesce(s.looked > clock_timestamp() - make_interval(secs => $2), false)) AS fresh
FROM positions p LEFT JOIN standing s USING (topic, partition) WHERE p.consumer = ANY($1::text[])
GROUP BY p.consumer, p.topic ORDER BY p.topic
"""
PARKED = "SELECT count(*) FROM parked WHERE consumer = ANY($1::text[])"


@dataclass(frozen=True)
class Behind:
    """`events` by topic: those on the log that are not folded in yet, at most, as of `looked`; null when nobody knows.

    `parked`: those that could not be folded. `note` says in words what figures may lack, null when nothing.
    """

    events: Mapping[str, int] | None
    looked: datetime | None
    parked: int
    note: str | None

    @property
    def far(self) -> bool:
        """So far that a past may still change, or nobody knows."""
        return self.events is None or sum(self.events.values()) > MOST_BEHIND


class Standing:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, consumers: Sequence[Consumer]) -> NoReturn:
        """Writes down, again and again, what the consumers of this process know."""
        backoff = Backoff()
        while True:
            try:
                for consumer in consumers:
                    await self.write(consumer)
                backoff.reset()
                await asyncio.sleep(EVERY_S)
            except TRANSIENT as error:
                await backoff.wait("standing", error)

    async def write(self, consumer: Consumer) -> None:
        lags, now = consumer.lags, datetime.now(UTC)
        rows = [(p.topic, p.partition, lag.records, (now - lag.looked).total_seconds()) for p, lag in lags.items()]
        if rows:
            await self._database.execute(WRITE, *(list(column) for column in zip(*rows, strict=True)))

    async def behind(self, consumers: Sequence[str] = (CONSUMER,)) -> Behind:
        """What they lack. Never asks Kafka."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(READ, list(consumers), STALE_S)
            parked = await connection.fetchval(PARKED, list(consumers))
        known = {row["consumer"] for row in rows} == {*consumers} and all(row["fresh"] for row in rows)
        events = {row["topic"]: int(row["records"]) for row in rows} if known else None
        looked: datetime | None = min((row["looked"] for row in rows if row["looked"]), default=None)
        return Behind(events, looked, parked, said(events, looked, parked))


def said(events: Mapping[str, int] | None, looked: datetime | None, parked: int) -> str | None:
    """What figures may lack."""
    missing = []
    if events is None:
        since = f"since {looked:%Y-%m-%d %H:%M:%S} UTC" if looked else "yet"
        missing.append(f"How many events are missing is unknown: the consumer was not heard of {since}; see /readyz.")
    elif total := sum(events.values()):
        where = ", ".join(f"{count:,} of {topic}" for topic, count in events.items() if count)
        missing.append(f"Up to {total:,} events are on the log and not in these figures yet: {where}.")
    if parked:
        missing.append(f"{parked:,} events are parked and not in these figures: GET /v1/quality/parked.")
    return " ".join(missing) or None
