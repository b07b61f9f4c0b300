"""The consumer: takes each partition in order, drops what was seen, parks what can't be handled, never skips."""

import asyncio
import time
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError

from shared.events.envelope import Envelope
from shared.kit import failpoints
from shared.kit.brake import Brake, Braked
from shared.kit.database import Database
from shared.kit.effects import WHOLE, Delivery, Effect, Report, Share
from shared.kit.faults import TRANSIENT, Backoff, describe
from shared.kit.kafka import REST_MS, Kafka
from shared.kit.positions import Positions
from shared.kit.progress import Progress, Superseded
from shared.kit.telemetry import CONSUMED, CONSUMER_LAG, PARKED
from shared.kit.triage import Outcome, Triage, parse

MOST = 6_000
"""Records that are held at once."""
PARKED_LOOK_S = 10.0
"""A redrive is another process's: how many are left is looked up now and then."""
POLL_MS = 200
"""How long a poll waits where nothing comes: a record ends it, so at rest it may be long."""
AT_ONCE = 3
"""Partitions that are taken at once."""

log = structlog.get_logger()


class Lag(NamedTuple):
    """How many records were not taken when Kafka last answered, marks of transactions among them; and when that was."""

    records: int
    looked: datetime


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """One handler set, one group, one parking. Positions live in the database of the effect.

    `discarded` are the offsets that an operator took out for good; only who reads them again needs to know.
    """

    def __init__(
        self,
        name: str,
        topics: tuple[str, ...],
        kafka: Kafka,
        database: Database,
        effect: Effect,
        discarded: Mapping[TopicPartition, Set[int]] | None = None,
    ) -> None:
        self.name = name
        self.topics = topics
        self.caught_up = asyncio.Event()
        self.runs = False
        self.stopped_because: str | None = None
        self.lags: Mapping[TopicPartition, Lag] = {}
        self.effect = effect
        self._discarded = discarded or {}
        self._kafka = kafka
        self._positions = Positions(name, database)
        self._database = database
        self._all: Sequence[TopicPartition] = ()
        self._next: dict[TopicPartition, int] = {}
        self._stood: dict[TopicPartition, int] = {}
        self._bounds: Mapping[TopicPartition, int] = {}
        self._brake = Brake()
        self._parked_known_until = 0.0
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._client: AIOKafkaConsumer | None = None
        self._unassigned: Exception | None = None
        self._waiting_out: str | None = None

    async def run(self) -> None:
        """Runs until cancelled. Raises what an operator must mend: NoRight, LostPosition, Braked."""
        self.runs = True
        backoff = Backoff()
        while True:
            self._client = self._kafka.consumer(group=self.name)
            self._next.clear()
            try:
                self._all = await self._kafka.partitions(self.topics)
                await self._client.start()
                self._client.subscribe(self.topics, listener=self)
                while True:
                    await self._poll(self._client)
                    self._waiting_out = None
                    backoff.reset()
            except (*TRANSIENT, KafkaError) as error:
                self._waiting_out = type(error).__name__
                await backoff.wait(self.name, error)
            except Exception as error:
                self.stopped_because = str(error)
                raise
            finally:
                await self._client.stop()

    async def check(self) -> str | None:
        """None once it has caught up with what stood on its topics; else what is not well.

        None as well where it does not run: in a process of another role.
        """
        if self.stopped_because is not None:
            return self.stopped_because
        if self._waiting_out is not None:
            return f"waits out {self._waiting_out}"
        return None if self.caught_up.is_set() or not self.runs else "has not caught up with the log yet"

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        for partition in revoked:
            self._next.pop(partition, None)

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        assert self._client is not None
        try:
            await self._seek(self._client, assigned)
        except Exception as error:  # aiokafka would log it and go on from nowhere; the next poll raises it instead
            self._unassigned = error

    async def catch_up(
        self, report: Report | None = None, until: Mapping[TopicPartition, int] | None = None, share: Share = WHOLE
    ) -> None:
        """Reads everything that stands on the topics now, or up to these offsets, outside any group: for a rebuild.

        Of a share of the partitions, where other processes read the others.
        """
        self._brake.off = True
        self._all = await self._kafka.partitions(self.topics)
        partitions = sorted(self._all)[share.number :: share.of]
        client = self._kafka.consumer()
        await client.start()
        try:
            client.assign(partitions)
            await self._seek(client, partitions)
            ends = await client.end_offsets(partitions) if until is None else until
            self._bounds = until or {}
            left = total = sum(max(0, ends[p] - self._next[p]) for p in partitions)
            while left:
                await self._poll(client)
                left = sum([max(0, ends[p] - await client.position(p)) for p in partitions])
                if report is not None:
                    report(self.name, total - left, total)
        finally:
            await client.stop()

    async def _seek(self, client: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        if not partitions:
            return
        beginnings = await client.beginning_offsets(list({*self._all, *partitions}))
        ends = await client.end_offsets(list(partitions))
        positions = await self._positions.of(beginnings, ends)
        self._stood.update(ends)
        # What was revoked meanwhile is another member's by now.
        for partition in client.assignment() & positions.keys():
            self._next[partition] = positions[partition]
            client.seek(partition, positions[partition])

    async def _poll(self, client: AIOKafkaConsumer) -> None:
        polled: Mapping[TopicPartition, list[ConsumerRecord]]
        try:
            wait_ms = REST_MS if self.runs and self.caught_up.is_set() else POLL_MS
            polled = await client.getmany(timeout_ms=wait_ms, max_records=MOST)
        except NoOffsetForPartitionError:
            # Fetching begins at the assignment, perhaps a moment before the seek that belongs to it.
            if self._unassigned is None:
                await self._seek(client, list(client.assignment()))
            polled = {}
        if self._unassigned is not None:
            error, self._unassigned = self._unassigned, None
            raise error
        # Side by side: while the database writes one partition's events, those of another are decoded.
        taking = [self._take(partition, records) for partition, records in polled.items()]
        taken = await asyncio.gather(*taking, return_exceptions=True)
        for failed in taken:
            if failed is not None and not isinstance(failed, Superseded):
                raise failed
        if any(taken):
            # Whoever moves one position may have moved all, and where no record comes nothing else would tell.
            log.info("positions moved by somebody else", consumer=self.name)
            await self._seek(client, list(client.assignment()))
        await self._measure(client)

    async def _take(self, partition: TopicPartition, records: Sequence[ConsumerRecord]) -> None:
        bound = self._bounds.get(partition)
        async with self._turns:
            await self._take_all(partition, [r for r in records if bound is None or r.offset < bound])

    async def _take_all(self, partition: TopicPartition, records: Sequence[ConsumerRecord]) -> None:
        """All of a partition's records, a transaction at a time; faults that pass are waited out right here."""
        backoff, most = Backoff(), self.effect.most
        triage: Triage | None = None
        poison: str | None = None
        while records and partition in self._next:
            try:
                triage = triage or await self._triage(partition, records)
                settled = await self._settle(partition, records, triage, most, poison)
                # Batches again once the one that fails is parked; until then one by one, or each success would
                # be followed by another batch that fails.
                records, most, poison = records[settled:], (self.effect.most if poison else most), None
                backoff.reset()
                continue
            except TRANSIENT as error:
                await backoff.wait(self.name, error)
            except (Superseded, Braked):
                raise
            except Exception as error:
                if poison is not None:
                    raise  # not the handler but the parking fails: that is for an operator
                # A batch goes again one by one, so that the one that fails is parked and not its neighbours.
                most, poison = 1, (describe(error) if most == 1 else None)
            triage = None

    async def _triage(self, partition: TopicPartition, records: Sequence[ConsumerRecord]) -> Triage:
        parsed = {record.offset: parse(record) for record in records}
        streams = {found.stream for found in parsed.values() if isinstance(found, Envelope)}
        keys = {record.key for record in records if record.key is not None}
        seen, blocked = await self._positions.context(partition.topic, streams, keys)
        return Triage(self.effect.handles, parsed, seen, blocked, self._discarded.get(partition, frozenset()))

    async def _settle(
        self,
        partition: TopicPartition,
        records: Sequence[ConsumerRecord],
        triage: Triage,
        most: int,
        poison: str | None,
    ) -> int:
        """One transaction: up to `most` deliveries and what lies between them. Returns how many records it settled.

        With `poison`, the first event to be handled is the one that failed with it: it is parked instead.
        """
        expected, before = self._next[partition], len(triage.blocked)
        progress = Progress(self.name, partition.topic, partition.partition, expected, expected)
        deliveries: list[Delivery] = []
        outcomes: list[Outcome] = []
        for record in records:
            verdict = triage.judge(record, poison)
            outcomes.append(verdict.outcome)
            progress.reached = record.offset + 1
            if verdict.parking is not None:
                progress.parked.append(verdict.parking)
            if verdict.envelope is not None:
                progress.seen[verdict.envelope.stream] = verdict.envelope.version
                if verdict.outcome is Outcome.HANDLE:
                    deliveries.append(Delivery(record, verdict.envelope))
            if len(deliveries) == most or (poison and verdict.parking and verdict.parking.error == poison):
                break
        if deliveries:
            await self.effect.apply(deliveries, progress)
        else:
            async with self._database.transaction() as connection:
                await progress.write(connection)
        failpoints.reach("consumer.committed")
        if partition in self._next:  # not revoked meanwhile
            self._next[partition] = progress.reached
        await self._count(outcomes, progress)
        self._brake.count(len(deliveries), len(triage.blocked) - before)
        return len(outcomes)

    async def _count(self, outcomes: Sequence[Outcome], progress: Progress) -> None:
        for outcome in Outcome:
            CONSUMED.labels(self.name, outcome).inc(outcomes.count(outcome))
        for parking in progress.parked:
            log.error("parked", consumer=self.name, topic=progress.topic, partition=progress.partition,
                      offset=parking.record.offset, reason=parking.reason, error=parking.error)  # fmt: skip
        if progress.parked:
            self._parked_known_until = 0.0

    async def _measure(self, client: AIOKafkaConsumer) -> None:
        if time.monotonic() >= self._parked_known_until:
            PARKED.labels(self.name).set(await self._positions.parked_sequences())
            self._parked_known_until = time.monotonic() + PARKED_LOOK_S
        behind: list[int | None] = []
        lags: dict[TopicPartition, Lag] = {}
        caught_up = bool(self._next)
        for partition in [*self._next]:
            if partition not in client.assignment():
                return  # a rebalance is under way
            position, highest = await client.position(partition), client.highwater(partition)
            caught_up &= position >= self._stood[partition]
            behind.append(None if highest is None else max(0, highest - position))
            # A broker that does not answer is no exception here; its last answer only grows old.
            if highest is not None and (looked := client.last_poll_timestamp(partition)) is not None:
                lags[partition] = Lag(max(0, highest - position), datetime.fromtimestamp(looked / 1000, UTC))
        self.lags = lags
        if caught_up:
            self.caught_up.set()
        if None not in behind:  # where nothing was fetched yet: unknown is not zero
            CONSUMER_LAG.labels(self.name).set(sum(lag for lag in behind if lag))
