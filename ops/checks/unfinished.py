"""What is still on its way: from a store to its topic, from a topic to a consumer; and what was parked."""

from collections import Counter
from collections.abc import Collection

import asyncpg
from aiokafka import TopicPartition

from ops.installation import Installation
from shared.kit.relay import read_checkpoint
from shared.kit.topics import standing

STORED = "SELECT count(*) FROM events WHERE position > $1"
# Behind a tilde: a rebuild or a verify that is running, or that was killed.
POSITIONS = "SELECT consumer, topic, partition, next_offset FROM positions WHERE consumer NOT LIKE '%~%'"
PARKED = "SELECT consumer, reason, first_error FROM parked WHERE consumer NOT LIKE '%~%'"


async def unfinished(installation: Installation, services: Collection[str] | None = None) -> list[str]:
    """A sentence for each; empty once everything that is stored has taken effect everywhere. Raises NoRight."""
    found: list[str] = []
    behind: dict[tuple[str, TopicPartition], int] = {}
    for name in sorted(services or installation.services):
        checkpoint = (await read_checkpoint(installation.kafka, name)).position
        connection = await asyncpg.connect(installation.services[name].database_url)
        try:
            if waiting := await connection.fetchval(STORED, checkpoint):
                found.append(f"{name} has {waiting} event(s) that are not relayed yet")
            for row in await connection.fetch(POSITIONS):
                behind[row["consumer"], TopicPartition(row["topic"], row["partition"])] = row["next_offset"]
            for row in await connection.fetch(PARKED):
                found.append(f"{row['consumer']} has parked an event: {row['reason']}, {row['first_error']}")
        finally:
            await connection.close()
    return found + [
        f"{consumer} is {records} record(s) behind on {topic}"
        for (consumer, topic), records in sorted((await _behind(installation, behind)).items())
    ]


async def _behind(
    installation: Installation, positions: dict[tuple[str, TopicPartition], int]
) -> Counter[tuple[str, str]]:
    """By consumer and topic, the records from its positions on; ends alone do not tell, for they count markers too."""
    first: dict[TopicPartition, int] = {}
    of: dict[TopicPartition, list[tuple[str, int]]] = {}
    for (consumer, partition), position in positions.items():
        first[partition] = min(position, first.get(partition, position))
        of.setdefault(partition, []).append((consumer, position))
    found: Counter[tuple[str, str]] = Counter()
    if not first:
        return found
    async for record in standing(installation.kafka, sorted({partition.topic for partition in first}), first):
        for consumer, position in of.get(TopicPartition(record.topic, record.partition), ()):
            if record.offset >= position:
                found[consumer, record.topic] += 1
    return found
