"""All checks of an installation: its stores, its topics beside them, its consumers beside the topics."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack

import asyncpg
from aiokafka import ConsumerRecord, TopicPartition

import shared.events  # noqa: F401
from ops.checks.consumers import Consumers
from ops.checks.finding import Finding, Report, unheard
from ops.checks.order import Order
from ops.checks.relayed import Relayed
from ops.checks.store import check_store
from ops.installation import Installation
from shared.events.envelope import Envelope, NotAnEvent, from_headers
from shared.events.event import Registry, registry
from shared.kit.relay import read_checkpoint
from shared.kit.topics import bounds, standing

EVERY = 2_000


async def verify(
    installation: Installation, services: Collection[str] | None = None, report: Report = unheard,
    known: Registry = registry,
) -> list[Finding]:  # fmt: skip
    """What does not hold, of these services or of all, while they go on working. Raises NoRight.

    What is not relayed yet, or not consumed yet, is no finding: see `unfinished`. Memory grows with the number of
    streams, by a version and a name each, not with what the events say.
    """
    found: list[Finding] = []
    chosen = [installation.services[name] for name in sorted(services or installation.services)]
    for service in chosen:
        connection = await asyncpg.connect(service.database_url)
        try:
            found += [finding async for finding in check_store(service.name, connection, report)]
        finally:
            await connection.close()
    async with AsyncExitStack() as opened:
        log = _Log(installation, known)
        for service in chosen:
            await log.add(service.name, service.database_url, opened)
        found += await log.findings(report)
    return found


class _Log:
    """One reading of the topics for all that is compared with them."""

    def __init__(self, installation: Installation, known: Registry) -> None:
        self._kafka = installation.kafka
        self._owners: dict[str, str] = {
            contract.model.stream.kafka_topic: contract.model.stream.service for contract in known.all().values()
        }
        self._relayed: dict[str, Relayed] = {}
        self._consumers: dict[str, Consumers] = {}
        self._orders: dict[str, Order] = {}

    async def add(self, service: str, url: str, opened: AsyncExitStack) -> None:
        """Opens two connections: one stands still, for positions and versions seen that belong together."""
        for standing_still in (False, True):
            connection = await asyncpg.connect(url)
            opened.push_async_callback(connection.close)
            if standing_still:
                await opened.enter_async_context(connection.transaction(isolation="repeatable_read", readonly=True))
                self._consumers[service] = Consumers(service, connection)
                await self._consumers[service].read()
            elif service in self._owners.values():
                self._relayed[service] = Relayed(service, connection)

    async def findings(self, report: Report) -> Sequence[Finding]:
        # In this order: what a checkpoint or a position says is on the topics by now, and what is there is stored.
        checkpoints = {service: (await read_checkpoint(self._kafka, service)).position for service in self._relayed}
        topics = {topic for topic, owner in self._owners.items() if owner in self._relayed}
        topics |= {topic for consumers in self._consumers.values() for topic in consumers.topics}
        self._orders = {topic: Order(self._owners.get(topic, topic)) for topic in topics}
        limits = await self._limits(sorted(topics))
        found = await self._read(limits, report)
        for service, relayed in self._relayed.items():
            found += await relayed.compare()
            found += [finding async for finding in relayed.lacking(checkpoints[service])]
        reached = {topic: order.reached for topic, order in self._orders.items()}
        for consumers in self._consumers.values():
            found += [finding async for finding in consumers.findings(limits, reached)]
        return found

    async def _limits(self, topics: Sequence[str]) -> Mapping[TopicPartition, tuple[int, int]]:
        """Where each partition begins and ends."""
        if not topics:
            return {}
        beginnings, _, ends = await bounds(self._kafka, topics)
        return {partition: (beginnings[partition], ends[partition]) for partition in ends}

    async def _read(self, limits: Mapping[TopicPartition, tuple[int, int]], report: Report) -> list[Finding]:
        found: list[Finding] = []
        total = sum(end - begin for begin, end in limits.values())
        offsets = {partition: begin for partition, (begin, _) in limits.items()}
        if not limits:
            return found
        read = 0
        async for record in standing(self._kafka, sorted(self._orders)):
            found += await self._take(record)
            offsets[TopicPartition(record.topic, record.partition)] = record.offset + 1
            read += 1
            if read % EVERY == 0:
                report("topics", min(total, sum(offsets.values()) - sum(begin for begin, _ in limits.values())), total)
        report("topics", total, total)
        return found

    async def _take(self, record: ConsumerRecord) -> Sequence[Finding]:
        owner = self._owners.get(record.topic, record.topic)
        try:
            envelope: Envelope = from_headers(list(record.headers), record.key)
        except NotAnEvent as error:
            place = f"{record.topic}[{record.partition}]@{record.offset}"
            return [Finding("topic.not-an-event", owner, f"a record is no event of ours: {error}", (place,))]
        order = self._orders[record.topic]
        if envelope.version > order.reached.get(envelope.stream, 0):
            for consumers in self._consumers.values():
                consumers.take(record, envelope)
        found = list(order.take(record, envelope))
        if owner in self._relayed:
            found += await self._relayed[owner].take(record, envelope)
        return found
