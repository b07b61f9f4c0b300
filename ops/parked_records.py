"""What is parked, read from the services' databases: sequences, single records, and each record whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from ops.databases import opened, service_of
from ops.decoded import raw, raw_headers
from ops.installation import Installation, Service
from ops.terminal import NotDone
from shared.kit.parking import key_of, text_of
from shared.kit.progress import headers_from_json

# A tilde marks the shadow of a rebuild or a replay.
SEQUENCES = """
SELECT s.consumer, s.topic, s.key, s.since, count(p.consumer) AS records, min(p.partition) AS partition,
    (array_agg(p.reason ORDER BY p.partition, p."offset"))[1] AS reason,
    (array_agg(p.first_error ORDER BY p.partition, p."offset"))[1] AS first_error,
    (array_agg(p.last_error ORDER BY p.partition, p."offset"))[1] AS last_error
FROM parked_sequences s LEFT JOIN parked p
    ON p.consumer = s.consumer AND p.topic = s.topic AND p.key = s.key AND p.reason <> 'not-an-event'
WHERE s.consumer NOT LIKE '%~%' GROUP BY s.consumer, s.topic, s.key, s.since ORDER BY s.since
"""
SINGLE = """
SELECT consumer, topic, partition, "offset", parked_at AS since, reason, first_error, last_error FROM parked
WHERE consumer NOT LIKE '%~%' AND (key IS NULL OR reason = 'not-an-event') ORDER BY parked_at
"""
RECORDS = """
SELECT topic, partition, "offset", key, body, headers::text, reason, handler, first_error, last_error, parked_at
FROM parked WHERE consumer = $1 AND
"""
OF_KEY = "key = $2 AND reason <> 'not-an-event' AND ($3::text IS NULL OR topic = $3)"
AT = "topic = $2 AND partition = $3 AND \"offset\" = $4 AND (key IS NULL OR reason = 'not-an-event')"
ORDER = 'ORDER BY topic, partition, "offset"'
KNOWN = "SELECT 1 FROM positions WHERE consumer = $1 UNION SELECT 1 FROM parked WHERE consumer = $1 LIMIT 1"
PLACE = re.compile(r"(?P<topic>.+)\[(?P<partition>\d+)\]@(?P<offset>\d+)")


@dataclass(frozen=True)
class Waiting:
    """A parked sequence, or with `record` a single record that belongs to none."""

    consumer: str
    topic: str
    key: str | None
    record: str | None
    since: datetime
    records: int
    reason: str | None
    first_error: str | None
    last_error: str | None


@dataclass(frozen=True)
class Chosen:
    """What an operator named: a key's sequence on a topic, or a single record (partition, offset)."""

    service: Service
    consumer: str
    topic: str
    of: bytes | tuple[int, int]
    records: Sequence[dict[str, Any]]


async def waiting(installation: Installation, consumer: str | None = None) -> list[Waiting]:
    """Of one consumer or of all, the longest waiting first. Raises NotDone."""
    services = [service_of(installation, consumer)] if consumer else list(installation.services.values())
    found: list[Waiting] = []
    for service in services:
        async with opened(service) as database, database.connection() as connection:
            if consumer:
                await _require(connection, consumer)
            rows = [*await connection.fetch(SEQUENCES), *await connection.fetch(SINGLE)]
            found += [_waiting(row) for row in rows if consumer in (None, row["consumer"])]
    return sorted(found, key=lambda one: one.since)


async def chosen(
    installation: Installation, consumer: str, key: str | None, topic: str | None, record: str | None
) -> Chosen:
    """Raises NotDone, also where nothing like that is parked."""
    service = service_of(installation, consumer)
    if (key is None) == (record is None):
        raise NotDone("Name either a key or, by --record, a single record: `./hirelog parked list` shows both.")
    async with opened(service) as database, database.connection() as connection:
        await _require(connection, consumer)
        if record is not None:
            place = PLACE.fullmatch(record)
            if place is None:
                raise NotDone(f"{record!r} is no record: write it like 'crm.events[3]@17', in quotes.")
            of = int(place["partition"]), int(place["offset"])
            rows = await connection.fetch(f"{RECORDS} {AT} {ORDER}", consumer, place["topic"], *of)
            what: bytes | tuple[int, int] = of
        else:
            what = _key(key or "")
            rows = await connection.fetch(f"{RECORDS} {OF_KEY} {ORDER}", consumer, what, topic)
    topics = sorted({row["topic"] for row in rows})
    if not rows:
        raise NotDone(f"{consumer} has parked nothing for {key or record}: `./hirelog parked list` shows what it has.")
    if len(topics) > 1:
        raise NotDone(f"{key} is parked on {' and on '.join(topics)}: say which by --topic.")
    return Chosen(service, consumer, topics[0], what, [_record(row) for row in rows])


async def _require(connection: asyncpg.Connection, consumer: str) -> None:
    if await connection.fetchval(KNOWN, consumer) is None:
        raise NotDone(f"There is no consumer {consumer}: `./hirelog status` lists those there are.")


def _key(text: str) -> bytes:
    try:
        return key_of(text)
    except ValueError:
        raise NotDone(f"{text} is no key: behind 0x it takes hexadecimal digits.") from None


def _waiting(row: asyncpg.Record) -> Waiting:
    alone = "offset" in row
    return Waiting(
        consumer=row["consumer"],
        topic=row["topic"],
        key=None if alone else text_of(row["key"]),
        record=f"{row['topic']}[{row['partition']}]@{row['offset']}" if alone else None,
        since=row["since"],
        records=1 if alone else row["records"],
        reason=row["reason"],
        first_error=row["first_error"],
        last_error=row["last_error"],
    )


def _record(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "at": f"{row['topic']}[{row['partition']}]@{row['offset']}",
        "key": raw(row["key"]),
        "parked_at": row["parked_at"].isoformat(),
        "reason": row["reason"],
        "handler": row["handler"],
        "first_error": row["first_error"],
        "last_error": row["last_error"],
        "headers": raw_headers(headers_from_json(row["headers"])),
        "body": raw(row["body"]),
    }
