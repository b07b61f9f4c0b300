"""Another service, as tests see it: it writes events to a topic of the real Kafka as its relay would."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shared.events.event import Event
from shared.kit.codec import Codec
from shared.kit.testing.relayed import Relayed
from shared.kit.testing.topic import Topic


class Neighbour:
    """`topic` is the neighbour's own for this test."""

    def __init__(self, topic: Topic, codec: Codec) -> None:
        self.topic = topic
        self._relayed = Relayed(codec)

    async def tells(self, of: UUID, events: Sequence[Event], occurred: datetime | None = None) -> None:
        """Facts about one thing, in order; `occurred` is None for "now"."""
        await self.topic.publish(await self._relayed.deliveries(of, events, occurred))
