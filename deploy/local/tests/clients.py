"""What a service would use to reach the platform."""

import asyncpg
from confluent_kafka import Consumer, KafkaError, Message, Producer

from deploy.local.platform import Platform

ANSWER_S = 20


def login(platform: Platform, user: str) -> dict[str, str]:
    return {
        "bootstrap.servers": platform.kafka,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": platform.kafka_users[user],
    }


def write(platform: Platform, user: str, topic: str, value: bytes = b"x") -> KafkaError | None:
    """What Kafka answered to one record; None is success."""
    answers: list[KafkaError | None] = []
    producer = Producer(login(platform, user))
    producer.produce(topic, value, partition=0, on_delivery=lambda error, _message: answers.append(error))
    producer.flush(ANSWER_S)
    return answers[0]


def read(platform: Platform, user: str, topic: str) -> Message:
    """The first message, or the error in its place."""
    settings = login(platform, user) | {"group.id": f"{user}.test", "auto.offset.reset": "earliest"}
    consumer = Consumer(settings)
    try:
        consumer.subscribe([topic])
        message = consumer.poll(ANSWER_S)
        assert message is not None, "Kafka did not answer"
        return message
    finally:
        consumer.close()


async def fetch(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()
