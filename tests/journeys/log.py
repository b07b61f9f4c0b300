"""The log as it stands on Kafka, with the envelopes of its records."""

from ops.installation import Installation
from shared.events.envelope import from_headers
from shared.kit.effects import Delivery
from shared.kit.topics import standing

TOPICS = ("ats.events", "crm.events", "notifier.events", "reporting.events")


async def whole_log(installation: Installation) -> list[Delivery]:
    """Every committed record, each partition in its order."""
    return [
        Delivery(record, from_headers(list(record.headers), record.key))
        async for record in standing(installation.kafka, TOPICS)
    ]
