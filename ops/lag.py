"""How far consumers are behind: in records, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import TopicPartition

from shared.kit.kafka import Kafka

MOST = 5_000
ANSWER_MS = 1_000


@dataclass(frozen=True)
class Behind:
    """Records not yet taken, and when Kafka took the oldest of them. Not `exact`: marks of transactions count too."""

    records: int
    exact: bool
    oldest: datetime | None

    @property
    def age_s(self) -> float:
        return max(0.0, (datetime.now(UTC) - self.oldest).total_seconds()) if self.oldest else 0.0


async def behind(kafka: Kafka, positions: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, Behind]:
    """For a consumer's next offsets. Counts by reading, up to some thousand a partition. Raises NoRight."""
    await kafka.partitions(sorted({partition.topic for partition in positions}))
    client = kafka.consumer(max_poll_records=MOST)
    try:
        await client.start()
        client.assign(list(positions))
        ends = await client.end_offsets(list(positions))
        beginnings = await client.beginning_offsets(list(positions))
        left = {partition for partition, position in positions.items() if position < ends[partition]}
        for partition in left:
            client.seek(partition, max(beginnings[partition], positions[partition]))
        counted, oldest = dict.fromkeys(positions, 0), dict[TopicPartition, datetime]()
        while left := {p for p in left if await client.position(p) < ends[p] and counted[p] < MOST}:
            for partition, records in (await client.getmany(*left, timeout_ms=ANSWER_MS)).items():
                known = [record for record in records if record.offset < ends[partition]]
                if known:
                    oldest.setdefault(partition, datetime.fromtimestamp(known[0].timestamp / 1000, UTC))
                counted[partition] += len(known)
        rest = {p: max(0, ends[p] - await client.position(p)) if counted[p] >= MOST else 0 for p in positions}
    finally:
        await client.stop()
    return {p: Behind(counted[p] + rest[p], rest[p] == 0, oldest.get(p)) for p in positions}
