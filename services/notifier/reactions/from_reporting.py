"""What the notifier takes from reporting's events: reports that were frozen for somebody."""

from collections.abc import Sequence

import asyncpg

from services.notifier.reactions.news import when_news_comes_tell_who_is_concerned
from shared.events.event import Event
from shared.events.reporting.snapshot import SnapshotSealed
from shared.kit.codec import Codec
from shared.kit.database import Database
from shared.kit.effects import Delivery, Projection


async def project(connection: asyncpg.Connection, deliveries: Sequence[tuple[Delivery, Event]]) -> None:
    for delivery, event in deliveries:
        if isinstance(event, SnapshotSealed) and event.recipients:
            # The figures stay where they are: a mail names the path to them, and so does the notice.
            told = event.model_copy(update={"table": "", "offsets": {}})
            await when_news_comes_tell_who_is_concerned(connection, told, delivery.envelope)


def from_reporting(database: Database) -> Projection:
    """Without tables of its own: the queue stands beside a rebuild."""
    return Projection(database, Codec(), (), frozenset({SnapshotSealed.wire_type}), project)
