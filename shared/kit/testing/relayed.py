"""Events as another service's relay would have written them: sealed, in envelopes, versions counted by stream."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aiokafka import ConsumerRecord

from shared.events.envelope import Envelope, to_headers
from shared.events.event import Event, registry
from shared.kit.codec import Codec
from shared.kit.context import new_id, now
from shared.kit.effects import Delivery
from shared.kit.topics import topic_by_category


class Relayed:
    """One log; goes on counting from call to call."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._versions: Counter[str] = Counter()
        self._keys: dict[str, str] = {}

    async def deliveries(self, of: UUID, events: Sequence[Event], occurred: datetime | None = None) -> list[Delivery]:
        """Facts about one thing, in order; `occurred` is None for "now"."""
        pairs = [(new_id(), event) for event in events]
        made = []
        for (event_id, event), body in zip(pairs, await self._codec.seal(pairs), strict=True):
            envelope = self._envelope(of, event_id, event, occurred)
            made.append(delivery(envelope, body, offset=envelope.position))
        return made

    def _envelope(self, of: UUID, event_id: UUID, event: Event, occurred: datetime | None) -> Envelope:
        stream, recorded = event.stream.name(of), now()
        self._versions[stream] += 1
        # The key of a stream is that of its first event.
        key = self._keys.setdefault(stream, str(getattr(event, event.stream.key)))
        return Envelope(
            id=event_id, type=event.wire_type, source=f"urn:hirelog:{event.stream.service}", stream=stream,
            version=self._versions[stream], position=self._versions.total(), schema_version=event.schema_version,
            key=key, occurred=occurred or recorded, recorded=recorded, actor="test", correlation=new_id(),
        )  # fmt: skip


def delivery(envelope: Envelope, body: str, partition: int = 0, offset: int = 0) -> Delivery:
    """As a consumer takes it from its service's log, which Kafka appended it to when it was recorded."""
    key, value = envelope.key.encode(), body.encode()
    topics = topic_by_category(envelope.service, registry)
    record = ConsumerRecord(
        topic=topics.get(envelope.category, f"{envelope.service}.events"), partition=partition, offset=offset,
        timestamp=int(envelope.recorded.timestamp() * 1000), timestamp_type=1, key=key, value=value, checksum=None,
        serialized_key_size=len(key), serialized_value_size=len(value), headers=to_headers(envelope),
    )  # fmt: skip
    return Delivery(record, envelope)
