"""The sender's desk, for tests: the queue is worked off, and what came of it is read from both sides."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from deploy.local.outside.tests.conftest import Outside
from services.notifier import notices
from services.notifier.dispatch import Dispatch
from services.notifier.tests.log import Log
from shared.events.notifier.notification import NotificationEvent
from shared.kit.store import EventStore

OPEN = "SELECT count(*) FROM deliveries WHERE state = 'queued'"
OF = "SELECT * FROM deliveries WHERE recipient_id = $1 ORDER BY queued, id"
# What is postponed is due now, and the pause between two messages to one person is over.
HURRY = "UPDATE deliveries SET due = clock_timestamp(), tried = NULL WHERE state IN ('retrying', 'sending')"


@dataclass
class Desk:
    store: EventStore
    outside: Outside
    dispatch: Dispatch
    log: Log

    async def person(self, in_slack: bool = True, **more: Any) -> tuple[UUID, str]:
        """A member and their address."""
        email = f"{uuid4().hex}@example.com"
        if in_slack:
            await self.outside.person(email)
        return await self.log.member(email, **more), email

    async def work(self) -> None:
        """Until nothing is queued any more."""
        await notices.address(self.store.database)
        async with asyncio.timeout(30), self.store.database.connection() as connection:
            await self.dispatch.send_due()
            while await connection.fetchval(OPEN):
                await self.dispatch.send_due()

    async def until_sent(self, member: UUID, messages: int) -> None:
        """Waits for a sender that runs by itself."""
        async with asyncio.timeout(30):
            while [state for state, *_ in await self.states(member)] != ["sent"] * messages:
                continue

    async def retry(self) -> None:
        """One more attempt at what was postponed or left behind."""
        async with self.store.database.connection() as connection:
            await connection.execute(HURRY)
        await self.dispatch.send_due()

    async def of(self, member: UUID) -> list[asyncpg.Record]:
        async with self.store.database.connection() as connection:
            rows: list[asyncpg.Record] = await connection.fetch(OF, member)
        return rows

    async def states(self, member: UUID) -> list[tuple[str, str | None, str | None]]:
        return [(row["state"], row["channel"], row["outcome"]) for row in await self.of(member)]

    async def recorded(self, member: UUID) -> list[NotificationEvent]:
        """The events of the member's notifications."""
        found = []
        for row in await self.of(member):
            for _, event in await self.store.events(f"notification-{row['id']}"):
                assert isinstance(event, NotificationEvent)
                found.append(event)
        return found

    async def in_slack(self, email: str) -> list[dict[str, Any]]:
        messages = (await self.outside.http.get("/slack/messages")).json()
        return [message for message in messages if message["email"] == email]

    async def in_mailbox(self, email: str) -> list[dict[str, Any]]:
        mails = (await self.outside.http.get("/mail/messages")).json()
        return [mail for mail in mails if mail["to"] == [email]]
