"""Records as nobody of us writes them, put on the real topics; what an administrator of Kafka can do to those."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions  # type: ignore[attr-defined]

from tests.resilience.system import System

ANSWER_S = 30
MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class Raw:
    """A record; without a partition it goes to that of its key."""

    topic: str
    key: bytes | None
    body: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    partition: int | None = None


def put(system: System, records: Sequence[Raw]) -> None:
    """All in one transaction, in this order."""
    producer = Producer({
        **access(system), "transactional.id": f"test.{uuid4()}", "partitioner": "murmur2_random",
        "message.max.bytes": MOST_BYTES,
    })  # fmt: skip
    producer.init_transactions(ANSWER_S)
    producer.begin_transaction()
    for record in records:
        place: dict[str, Any] = {} if record.partition is None else {"partition": record.partition}
        producer.produce(record.topic, record.body, record.key, headers=list(record.headers), **place)
    producer.commit_transaction(ANSWER_S)


def delete_groups(system: System, groups: Sequence[str]) -> None:
    admin = AdminClient(access(system))
    await_all(admin.delete_consumer_groups(list(groups), request_timeout=ANSWER_S))


def delete_records(system: System, topic: str, partition: int, before: int) -> None:
    """As retention does it."""
    admin = AdminClient(access(system))
    await_all(admin.delete_records([TopicPartition(topic, partition, before)], request_timeout=ANSWER_S))


def add_partitions(system: System, topic: str, total: int) -> None:
    admin = AdminClient(access(system))
    await_all(admin.create_partitions([NewPartitions(topic, total)], request_timeout=ANSWER_S))


def await_all(answers: Mapping[Any, "Future[Any]"]) -> None:
    for answer in answers.values():
        answer.result(ANSWER_S)


def access(system: System) -> dict[str, Any]:
    return {
        "bootstrap.servers": system.platform.kafka, "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "admin",
        "sasl.password": system.platform.kafka_users["admin"],
    }  # fmt: skip
