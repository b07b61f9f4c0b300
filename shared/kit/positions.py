"""Reads where a consumer stands: its offsets, the versions it has seen, the keys it has parked."""

from collections.abc import Collection, Mapping

from aiokafka import TopicPartition

from shared.kit.database import Database

OF_CONSUMER = "SELECT topic, partition, next_offset FROM positions WHERE consumer = $1"
BEGIN = """
INSERT INTO positions (consumer, topic, partition, next_offset)
SELECT $1, * FROM unnest($2::text[], $3::int[], $4::bigint[]) ON CONFLICT DO NOTHING
"""
VERSIONS = "SELECT stream, version FROM seen WHERE consumer = $1 AND stream = ANY($2::text[])"
# A record that was parked alone, as one without a key is, waits for an operator like a sequence.
PARKED_SEQUENCES = """
SELECT (SELECT count(*) FROM parked_sequences WHERE consumer = $1) + (SELECT count(*) FROM parked p WHERE consumer = $1
    AND NOT EXISTS (SELECT FROM parked_sequences s WHERE (s.consumer, s.topic, s.key) = (p.consumer, p.topic, p.key)))
"""
BLOCKED = "SELECT key FROM parked_sequences WHERE consumer = $1 AND topic = $2 AND key = ANY($3::bytea[])"


class LostPosition(RuntimeError):
    """The database and the topic do not fit together any more; going on would skip or repeat events."""


class Positions:
    def __init__(self, consumer: str, database: Database) -> None:
        self._consumer = consumer
        self._database = database

    async def of(
        self, beginnings: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        """The next offset of each partition of `ends`; the beginning for a topic never read before.

        `beginnings` are those of all partitions of the topics: they are noted together, so one that has no position
        later was added, and keys have moved. Raises LostPosition.
        """
        async with self._database.connection() as connection:
            known = {
                TopicPartition(r["topic"], r["partition"]): r["next_offset"]
                for r in await connection.fetch(OF_CONSUMER, self._consumer)
            }
            read_before = {partition.topic for partition in known}
            for partition in ends:
                if partition not in known and partition.topic in read_before:
                    raise LostPosition(
                        f"{self._consumer} has no position for {partition.topic}[{partition.partition}], though it has "
                        "read this topic before: partitions are never added, for keys would move (a change is a new "
                        "topic and a copy); where it was the position that was lost, rebuild this consumer"
                    )
            if fresh := [p for p in beginnings if p.topic not in read_before]:
                await connection.execute(
                    BEGIN,
                    self._consumer,
                    [p.topic for p in fresh],
                    [p.partition for p in fresh],
                    [beginnings[p] for p in fresh],
                )
        for partition, end in ends.items():
            beginning = beginnings[partition]
            if known.get(partition, beginning) < beginning:
                raise LostPosition(
                    f"{self._consumer} stands at {known[partition]} in {partition.topic}[{partition.partition}], but "
                    f"the topic begins at {beginning}: restore the topic or rebuild this consumer"
                )
            if known.get(partition, beginning) > end:
                raise LostPosition(
                    f"{self._consumer} stands at {known[partition]} in {partition.topic}[{partition.partition}], but "
                    f"the topic ends at {end}: it was made anew; restore it or rebuild this consumer"
                )
        return {p: known.get(p, beginnings[p]) for p in ends}

    async def parked_sequences(self) -> int:
        async with self._database.connection() as connection:
            found: int = await connection.fetchval(PARKED_SEQUENCES, self._consumer)
        return found

    async def context(
        self, topic: str, streams: Collection[str], keys: Collection[bytes]
    ) -> tuple[dict[str, int], set[bytes | None]]:
        """The versions seen of these streams, and which of these keys are parked."""
        async with self._database.connection() as connection:
            versions = await connection.fetch(VERSIONS, self._consumer, list(streams))
            blocked = await connection.fetch(BLOCKED, self._consumer, topic, list(keys))
        return {r["stream"]: r["version"] for r in versions}, {bytes(r["key"]) for r in blocked}
