"""Places in the log: before them stands what a frozen report was computed from."""

from collections.abc import Iterable

from shared.kit.database import Database
from shared.kit.positions import OF_CONSUMER

Offsets = dict[str, dict[int, int]]
"""By topic and partition: the next one to be read."""


async def standing(database: Database, consumers: Iterable[str]) -> Offsets:
    """Before these everything is kept that could be; what is parked is not. No two consumers share a topic."""
    found: Offsets = {}
    async with database.connection() as connection:
        for consumer in consumers:
            for row in await connection.fetch(OF_CONSUMER, consumer):
                found.setdefault(row["topic"], {})[row["partition"]] = row["next_offset"]
    return found


def before(table: str, first: int) -> str:
    """The condition that a row of the table stands before them; `first` is the number of the first parameter."""
    places = f"unnest(${first}::text[], ${first + 1}::int[], ${first + 2}::bigint[]) AS upto (topic, partition, next)"
    here = f"(upto.topic, upto.partition) = ({table}.topic, {table}.partition)"
    return f' AND "offset" < (SELECT upto.next FROM {places} WHERE {here})'  # noqa: S608


def parameters(offsets: Offsets) -> list[list[str | int]]:
    """Of that condition."""
    places = [(topic, partition, of) for topic, found in offsets.items() for partition, of in found.items()]
    return [[place[column] for place in places] for column in range(3)]
