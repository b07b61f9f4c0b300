"""The store alone: each stream without a gap, of one category and key, and chained from its first event to its last."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg

from ops.checks.finding import Finding, Report
from shared.events.envelope import wire_time
from shared.kit.event_rows import Facts, chained

AT_ONCE = 2_000
ROWS = """
SELECT id, category, stream, version, type, schema_version, key, occurred, data::text, metadata::text, previous, hash
FROM events ORDER BY stream, version
"""
TWICE = "SELECT id, count(*) AS times FROM events GROUP BY id HAVING count(*) > 1"


@dataclass(frozen=True)
class _Before:
    """The event before, as the one after it must continue it."""

    stream: str
    version: int
    key: str
    head: bytes


async def check_store(service: str, connection: asyncpg.Connection, report: Report) -> AsyncIterator[Finding]:
    """Everything as it stood at one moment. Row by row: memory does not grow with the store."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        total = await connection.fetchval("SELECT count(*) FROM events")
        for twice in await connection.fetch(TWICE):
            yield Finding("store.ids", service, f"an event is stored {twice['times']} times", (str(twice["id"]),))
        before = _Before("", 0, "", b"")
        done = 0
        async for row in connection.cursor(ROWS, prefetch=AT_ONCE):
            if row["stream"] != before.stream:
                before = _Before(row["stream"], 0, row["key"], b"")
            for check, what in _broken(service, before, row):
                yield Finding(check, service, what, (str(row["id"]), row["stream"]))
            before = _Before(row["stream"], row["version"], before.key, bytes(row["hash"]))
            done += 1
            if done % AT_ONCE == 0 or done == total:
                report(f"{service}: store", done, total)


def _broken(service: str, before: _Before, row: asyncpg.Record) -> list[tuple[str, str]]:
    """What this event breaks, as (check, what)."""
    version, found = row["version"], []
    if version != before.version + 1:
        found.append(("store.versions", f"version {version} comes after {before.version}"))
    if row["key"] != before.key:
        found.append(("store.stream", f"version {version} has another key than the stream's first event"))
    if not row["stream"].startswith(f"{row['category']}-") or not row["type"].startswith(
        f"{service}.{row['category']}."
    ):
        found.append(("store.stream", f"version {version} is {row['type']}, which belongs to another stream"))
    if bytes(row["previous"]) != before.head:
        found.append(("store.chain", f"version {version} does not continue the event that stands before it"))
    if bytes(row["hash"]) != _hash(row):
        found.append(("store.chain", f"version {version} is not what was written: it was changed afterwards"))
    return found


def _hash(row: asyncpg.Record) -> bytes:
    facts = Facts(
        row["id"], row["stream"], row["version"], row["type"], row["schema_version"], row["key"],
        wire_time(row["occurred"]),
    )  # fmt: skip
    return chained(bytes(row["previous"]), facts, row["data"], row["metadata"])
