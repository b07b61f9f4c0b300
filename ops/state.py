"""How an installation stands: asked of every service, every database and Kafka, each as far as it answers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from ops.databases import opened
from ops.installation import Installation, Service
from ops.lag import Behind, behind
from ops.terminal import NotDone
from shared.kit.database import Database
from shared.kit.kafka import Kafka, NoRight
from shared.kit.relay import read_checkpoint
from shared.kit.sentences import sentence

ANSWER_S = 5
# Behind a tilde: a rebuild or a verify that is running.
POSITIONS = "SELECT consumer, topic, partition, next_offset FROM positions WHERE consumer NOT LIKE '%~%'"
SEQUENCES = """
SELECT consumer, topic, count(*) AS found FROM parked_sequences WHERE consumer NOT LIKE '%~%' GROUP BY 1, 2
"""
RECORDS = "SELECT consumer, topic, count(*) AS found FROM parked WHERE consumer NOT LIKE '%~%' GROUP BY 1, 2"
OUTBOX = """
SELECT count(*) AS events, coalesce(max(extract(epoch FROM clock_timestamp() - recorded)), 0)::float AS age
FROM events WHERE position > $1
"""
UNHEARD = (KafkaError, NoRight, OSError, TimeoutError)
Place = tuple[str, str]


@dataclass(frozen=True)
class Outbox:
    """Events in the store that are not on Kafka yet, and how long the oldest has been there."""

    events: int
    age_s: float


@dataclass(frozen=True)
class ConsumerState:
    """A consumer on one topic. Lag and age are None when Kafka does not answer; age is that of the oldest not taken."""

    name: str
    topic: str
    lag: int | None
    lag_exact: bool
    age_s: float | None
    parked_sequences: int
    parked_records: int
    stopped: str | None


@dataclass
class ServiceState:
    """`wrong` is what /readyz says, by part; `problems` what could not be found out, a sentence each."""

    name: str
    url: str
    ready: bool = False
    wrong: Mapping[str, str] = field(default_factory=dict)
    outbox: Outbox | None = None
    consumers: Sequence[ConsumerState] = ()
    problems: list[str] = field(default_factory=list)


async def state_of(installation: Installation) -> list[ServiceState]:
    async with httpx.AsyncClient(timeout=ANSWER_S) as client:
        states = [_service(service, client, installation.kafka) for service in installation.services.values()]
        found = await asyncio.gather(*states)
    told: set[str] = set()
    for state in found:
        # Kafka being down is one problem, not one of each service.
        state.problems = [problem for problem in state.problems if problem not in told]
        told |= {*state.problems}
    return found


async def _service(service: Service, client: httpx.AsyncClient, kafka: Kafka) -> ServiceState:
    state = ServiceState(service.name, service.url)
    state.ready, state.wrong = await _readiness(service, client)
    try:
        checkpoint = (await read_checkpoint(kafka, service.name)).position
    except UNHEARD as error:
        checkpoint = None
        state.problems.append(sentence(error))
    try:
        async with opened(service) as database:
            state.outbox = None if checkpoint is None else await _outbox(database, checkpoint)
            positions, sequences, records = await _stored(database)
    except NotDone as error:
        state.problems.append(str(error))
        return state
    lags: dict[str, Mapping[TopicPartition, Behind]] = {}
    for consumer, of_consumer in positions.items() if checkpoint is not None else ():
        try:
            lags[consumer] = await behind(kafka, of_consumer)
        except UNHEARD as error:
            state.problems.append(sentence(error))
    places = {(c, p.topic) for c, of_consumer in positions.items() for p in of_consumer} | {*sequences, *records}
    state.consumers = [
        _consumer(place, lags.get(place[0]), sequences.get(place, 0), records.get(place, 0), state.wrong)
        for place in sorted(places)
    ]
    return state


async def _readiness(service: Service, client: httpx.AsyncClient) -> tuple[bool, Mapping[str, str]]:
    try:
        answer = (await client.get(f"{service.url}/readyz")).json()
        return bool(answer["ready"]), dict(answer["wrong"])
    except httpx.HTTPError as error:
        return False, {"process": f"does not answer at {service.url} ({type(error).__name__}): start it"}
    except (ValueError, LookupError, TypeError):
        return False, {"process": f"what answers at {service.url} is not this service: correct the address"}


async def _outbox(database: Database, checkpoint: int) -> Outbox:
    async with database.connection() as connection:
        [row] = await connection.fetch(OUTBOX, checkpoint)
    return Outbox(row["events"], row["age"])


async def _stored(
    database: Database,
) -> tuple[dict[str, dict[TopicPartition, int]], dict[Place, int], dict[Place, int]]:
    """Next offsets by consumer; parked sequences and records by consumer and topic."""
    positions: dict[str, dict[TopicPartition, int]] = {}
    async with database.connection() as connection:
        for row in await connection.fetch(POSITIONS):
            partition = TopicPartition(row["topic"], row["partition"])
            positions.setdefault(row["consumer"], {})[partition] = row["next_offset"]
        counts = [
            {(row["consumer"], row["topic"]): row["found"] for row in await connection.fetch(statement)}
            for statement in (SEQUENCES, RECORDS)
        ]
    return positions, counts[0], counts[1]


def _consumer(
    place: Place, lags: Mapping[TopicPartition, Behind] | None, sequences: int, records: int, wrong: Mapping[str, str]
) -> ConsumerState:
    name, topic = place
    of_topic = None if lags is None else [lag for partition, lag in lags.items() if partition.topic == topic]
    return ConsumerState(
        name=name,
        topic=topic,
        lag=None if of_topic is None else sum(lag.records for lag in of_topic),
        lag_exact=all(lag.exact for lag in of_topic or ()),
        age_s=None if of_topic is None else max((lag.age_s for lag in of_topic), default=0.0),
        parked_sequences=sequences,
        parked_records=records,
        stopped=wrong.get(name) or wrong.get("process"),
    )
