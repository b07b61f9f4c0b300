"""News that is told as it comes."""

import asyncpg

from services.notifier import notices
from services.notifier.rules.rules import RULES
from services.notifier.templates.words import Told
from shared.events.envelope import Envelope


async def when_news_comes_tell_who_is_concerned(
    connection: asyncpg.Connection, event: Told, envelope: Envelope
) -> None:
    await notices.put(connection, envelope, event, RULES[type(event)].to(event))
