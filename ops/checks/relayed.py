"""Store and topics beside each other: each event on its topic once, byte for byte, and nothing there of its own."""

from collections.abc import AsyncIterator, Sequence

import asyncpg
from aiokafka import ConsumerRecord

from ops.checks.finding import Finding
from shared.events.envelope import Envelope, to_headers
from shared.kit.event_rows import COLUMNS, envelope_of

AT_ONCE = 2_000
STORED = f"SELECT {COLUMNS} FROM events WHERE id = ANY($1::uuid[])"  # noqa: S608
UP_TO = "SELECT id, stream, position FROM events WHERE position <= $1 ORDER BY position"

Published = tuple[ConsumerRecord, Envelope]


class Relayed:
    """Keeps one bit for each position that was met on a topic, and the ids that the store does not know."""

    def __init__(self, service: str, connection: asyncpg.Connection) -> None:
        self._service, self._connection = service, connection
        self._met = bytearray()
        self._unknown: set[str] = set()
        self._waiting: list[Published] = []

    async def take(self, record: ConsumerRecord, envelope: Envelope) -> Sequence[Finding]:
        self._waiting.append((record, envelope))
        return await self.compare() if len(self._waiting) >= AT_ONCE else []

    async def compare(self) -> Sequence[Finding]:
        """Looks up what was taken. The store is read after the topic: what is published was committed before."""
        taken, self._waiting = self._waiting, []
        rows = await self._connection.fetch(STORED, [envelope.id for _, envelope in taken])
        stored = {row["id"]: row for row in rows}
        return [
            Finding(check, self._service, f"{what}, at {_place(record)}", (str(envelope.id), envelope.stream))
            for record, envelope in taken
            for check, what in self._broken(record, envelope, stored.get(envelope.id))
        ]

    def _broken(self, record: ConsumerRecord, envelope: Envelope, row: asyncpg.Record | None) -> list[tuple[str, str]]:
        event_id, found = str(envelope.id), []
        if row is None:
            found.append(("store.lacks", "the topic holds an event that the store lacks"))
            again = event_id in self._unknown
            self._unknown.add(event_id)
        else:
            again = self._meet(row["position"])
            if differing := _differing(record, row, self._service):
                found.append(("topic.differs", f"the record has another {' and another '.join(differing)} than stored"))
        if again:
            found.append(("topic.doubled", "the topic holds the event once more"))
        return found

    async def lacking(self, checkpoint: int) -> AsyncIterator[Finding]:
        """What the relay says to have carried, its checkpoint, and no topic holds."""
        async with self._connection.transaction():
            async for row in self._connection.cursor(UP_TO, checkpoint, prefetch=AT_ONCE):
                if not self._has_met(row["position"]):
                    what = f"the relay stands at {checkpoint}, and the event at {row['position']} is on no topic"
                    yield Finding("topic.lacks", self._service, what, (str(row["id"]), row["stream"]))

    def _meet(self, position: int) -> bool:
        """Notes it; whether it was met before."""
        place, bit = divmod(position, 8)
        if place >= len(self._met):
            self._met.extend(bytes(max(place + 1 - len(self._met), AT_ONCE)))
        before = bool(self._met[place] & 1 << bit)
        self._met[place] |= 1 << bit
        return before

    def _has_met(self, position: int) -> bool:
        place, bit = divmod(position, 8)
        return place < len(self._met) and bool(self._met[place] & 1 << bit)


def _differing(record: ConsumerRecord, row: asyncpg.Record, service: str) -> list[str]:
    parts = {
        "key": record.key == row["key"].encode(),
        "body": record.value == row["data"].encode(),
        "header": list(record.headers) == to_headers(envelope_of(row, service)),
    }
    return [name for name, same in parts.items() if not same]


def _place(record: ConsumerRecord) -> str:
    return f"{record.topic}[{record.partition}]@{record.offset}"
