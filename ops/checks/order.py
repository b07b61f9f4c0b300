"""The order on a topic: each stream's versions one after the other, each key in one partition."""

from collections.abc import Sequence

from aiokafka import ConsumerRecord

from ops.checks.finding import Finding
from shared.events.envelope import Envelope


class Order:
    """`reached` is each stream's version on its topic, as far as it was read."""

    def __init__(self, service: str) -> None:
        self.reached: dict[str, int] = {}
        self._service = service
        self._partitions: dict[bytes, int] = {}

    def take(self, record: ConsumerRecord, envelope: Envelope) -> Sequence[Finding]:
        found = []
        before = self.reached.get(envelope.stream, 0)
        if envelope.version != before + 1:
            found.append(("topic.order", f"version {envelope.version} comes after {before}"))
        self.reached[envelope.stream] = max(before, envelope.version)
        partition = self._partitions.setdefault(record.key, record.partition)
        if partition != record.partition:
            found.append(("topic.partition", f"its key is in partition {record.partition} and in {partition}"))
        place = f"{record.topic}[{record.partition}]@{record.offset}"
        return [
            Finding(check, self._service, f"{what}, at {place}", (str(envelope.id), envelope.stream))
            for check, what in found
        ]
