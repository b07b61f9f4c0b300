"""How this platform talks to Kafka. aiokafka's defaults are wrong for a log that must not lose; these are ours."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.kit.settings import Settings

CHECKPOINTS = "relay.checkpoints"
TRANSACTION_TIMEOUT_MS = 10_000
# How long a fetch waits where nothing comes; what comes is answered at once.
REST_MS = 1_000


class NoRight(RuntimeError):
    """The topic is not there or this user may not read it; either way it would read as empty, so nothing starts."""


@dataclass(frozen=True)
class Kafka:
    """Where the cluster is and who we are there."""

    servers: str
    client: str
    user: str | None = None
    password: str | None = None
    max_poll_interval_ms: int = 300_000
    session_ms: int = 10_000

    @classmethod
    def of(cls, settings: Settings, client: str) -> "Kafka":
        password = settings.kafka_password.get_secret_value() if settings.kafka_password else None
        return cls(settings.kafka, client, settings.kafka_user, password, session_ms=settings.kafka_session_ms)

    def common(self) -> dict[str, Any]:
        """What every client of aiokafka is given: where, and who."""
        common: dict[str, Any] = {"bootstrap_servers": self.servers, "client_id": self.client}
        if self.user is not None:
            common |= {
                "security_protocol": "SASL_PLAINTEXT",
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        return common

    def transactional_producer(self, transactional_id: str) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **self.common(),
            transactional_id=transactional_id,
            enable_idempotence=True,
            acks="all",
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            compression_type="zstd",
            max_batch_size=256 * 1024,
            linger_ms=2,
        )

    def consumer(self, *topics: str, group: str | None = None, max_poll_records: int = 500) -> AIOKafkaConsumer:
        """Positions are ours to keep: nothing is committed to Kafka, a lost position is an error and not a guess."""
        return _Member(
            *topics,
            **self.common(),
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_poll_records=max_poll_records,
            fetch_max_wait_ms=REST_MS,
            session_timeout_ms=self.session_ms,
            heartbeat_interval_ms=self.session_ms // 5,
            max_poll_interval_ms=self.max_poll_interval_ms,
        )

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """For asking about topics; it is closed when the block ends."""
        admin = AIOKafkaAdminClient(**self.common())
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()

    async def partitions(self, topics: Sequence[str]) -> list[TopicPartition]:
        """All partitions of these topics, sorted. Raises NoRight naming the topics that this user can't see."""
        async with self.admin() as admin:
            described = await admin.describe_topics(list(topics))
        hidden = [t["topic"] for t in described if t["error_code"] != 0]
        if hidden or len(described) < len(topics):
            raise NoRight(
                f"{self.user or 'this user'} can't see {', '.join(hidden) or 'all of ' + ', '.join(topics)}: "
                "create the topics and grant the rights of deploy/kafka, then start again"
            )
        return sorted(TopicPartition(t["topic"], p["partition"]) for t in described for p in t["partitions"])


class _Member(AIOKafkaConsumer):  # type: ignore[misc]
    """aiokafka takes a fetch that failed for one that goes on, and then never finds that its member is too slow."""

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None) -> Any:
        try:
            return await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        except BaseException:
            self._subscription._fetch_count = 0
            raise
