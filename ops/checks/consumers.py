"""Consumers: each has seen exactly what stands below its position, which lies on its topic; and what was parked."""

from collections.abc import AsyncIterator, Collection, Mapping

import asyncpg
from aiokafka import ConsumerRecord, TopicPartition

from ops.checks.finding import Finding
from shared.events.envelope import Envelope

AT_ONCE = 2_000
# Behind a tilde: a rebuild or a verify that is running, or that was killed.
POSITIONS = """
SELECT consumer, topic, partition, next_offset FROM positions WHERE consumer NOT LIKE '%~%'
ORDER BY consumer, topic, partition
"""
BLOCKED = "SELECT consumer, topic, key FROM parked_sequences"
SEEN = "SELECT stream, version FROM seen WHERE consumer = $1"
PARKED = """
SELECT consumer, topic, key, count(*) AS records, min(parked_at) AS since,
    (array_agg(reason ORDER BY partition, "offset"))[1] AS reason,
    (array_agg(first_error ORDER BY partition, "offset"))[1] AS error,
    array_agg(topic || '[' || partition || ']@' || "offset" ORDER BY partition, "offset") AS places
FROM parked WHERE consumer NOT LIKE '%~%' GROUP BY consumer, topic, key ORDER BY since
"""
BOUNDS = Mapping[TopicPartition, tuple[int, int]]


class Consumers:
    """Those of one database, as they stood when the connection's transaction began; told of what moves a stream.

    For each consumer it keeps the streams that go on beyond its position, and those whose key was parked.
    """

    def __init__(self, service: str, connection: asyncpg.Connection) -> None:
        self._service, self._connection = service, connection
        self._next: dict[str, dict[TopicPartition, int]] = {}
        self._blocked: dict[str, set[tuple[str, bytes]]] = {}
        self._beyond: dict[str, dict[str, int]] = {}
        self._excused: dict[str, set[str]] = {}

    async def read(self) -> None:
        for row in await self._connection.fetch(POSITIONS):
            partition = TopicPartition(row["topic"], row["partition"])
            self._next.setdefault(row["consumer"], {})[partition] = row["next_offset"]
        for consumer in self._next:
            self._beyond[consumer], self._excused[consumer], self._blocked[consumer] = {}, set(), set()
        for row in await self._connection.fetch(BLOCKED):
            self._blocked.setdefault(row["consumer"], set()).add((row["topic"], bytes(row["key"])))

    @property
    def topics(self) -> set[str]:
        return {partition.topic for positions in self._next.values() for partition in positions}

    def take(self, record: ConsumerRecord, envelope: Envelope) -> None:
        partition = TopicPartition(record.topic, record.partition)
        for consumer, positions in self._next.items():
            if (record.topic, record.key) in self._blocked[consumer]:
                self._excused[consumer].add(envelope.stream)
            if partition in positions and record.offset >= positions[partition]:
                self._beyond[consumer].setdefault(envelope.stream, envelope.version)

    async def findings(self, bounds: BOUNDS, reached: Mapping[str, Mapping[str, int]]) -> AsyncIterator[Finding]:
        """`reached`: by topic, the highest version of each stream."""
        for consumer, positions in self._next.items():
            for finding in self._out_of_bounds(consumer, positions, bounds):
                yield finding
            of_topics = [reached[topic] for topic in sorted({partition.topic for partition in positions})]
            async for finding in self._wrongly_seen(consumer, of_topics):
                yield finding
        for row in await self._connection.fetch(PARKED):
            what = f"{row['consumer']} has parked {row['records']} record(s) of one key since {row['since']:%F %T}: "
            what += f"{row['reason']}, {row['error'] or 'no error'}"
            yield Finding("parked", self._service, what, tuple(row["places"]))

    def _out_of_bounds(
        self, consumer: str, positions: Mapping[TopicPartition, int], bounds: BOUNDS
    ) -> Collection[Finding]:
        found = []
        for partition, position in positions.items():
            begin, end = bounds.get(partition, (0, 0))
            if not begin <= position <= end:
                what = f"{consumer} stands at {position}, and the partition goes from {begin} to {end}"
                place = f"{partition.topic}[{partition.partition}]"
                found.append(Finding("consumer.position", self._service, what, (place,)))
        return found

    async def _wrongly_seen(self, consumer: str, of_topics: Collection[Mapping[str, int]]) -> AsyncIterator[Finding]:
        beyond, excused = self._beyond[consumer], self._excused[consumer]

        def expected(stream: str) -> int:
            reached = max((versions.get(stream, 0) for versions in of_topics), default=0)
            return beyond[stream] - 1 if stream in beyond else reached

        met = set()
        async for row in self._connection.cursor(SEEN, consumer, prefetch=AT_ONCE):
            met.add(row["stream"])
            if row["version"] != expected(row["stream"]) and row["stream"] not in excused:
                what = (
                    f"{consumer} has seen version {row['version']}, and {expected(row['stream'])} is below its position"
                )
                yield Finding("consumer.seen", self._service, what, (row["stream"],))
        for stream in sorted({stream for versions in of_topics for stream in versions} - met - excused):
            if expected(stream):
                what = f"{consumer} has never seen it, and version {expected(stream)} is below its position"
                yield Finding("consumer.seen", self._service, what, (stream,))
