"""Facts as the relay would have written them: sealed bodies, headers, versions counted by stream."""

from collections import Counter
from collections.abc import Iterable
from uuid import uuid4

from services.reporting.metrics.fact import Fact
from services.reporting.tests.making import stream_of
from shared.events.envelope import Envelope
from shared.kit.codec import Codec
from shared.kit.effects import Delivery
from shared.kit.keyring.memory import MemoryKeyring
from shared.kit.keyring.port import Keyring
from shared.kit.testing.relayed import delivery


class Log:
    """One partition; goes on counting from call to call."""

    def __init__(self, partition: int = 0, keyring: Keyring | None = None) -> None:
        self.partition = partition
        self._codec = Codec(keyring or MemoryKeyring())
        self._versions: Counter[str] = Counter()
        self._offset = -1

    async def deliveries(self, facts: Iterable[Fact]) -> list[Delivery]:
        """In the order of the facts' times of being known, which become Kafka's."""
        return [await self._delivery(fact) for fact in sorted(facts, key=lambda fact: (fact.known, fact.position))]

    async def _delivery(self, fact: Fact) -> Delivery:
        event = fact.event
        stream = stream_of(event)
        self._versions[stream] += 1
        self._offset += 1
        envelope = Envelope(
            id=fact.id, type=event.wire_type, source="test", stream=stream, version=self._versions[stream],
            position=fact.position, schema_version=event.schema_version, key=stream, occurred=fact.occurred,
            recorded=fact.known, actor="member:1" if fact.by_person else "timer:test", correlation=uuid4(),
        )  # fmt: skip
        [body] = await self._codec.seal([(fact.id, event)])
        return delivery(envelope, body, self.partition, self._offset)
