"""The sender's loop: addresses notices, claims what is due, sends it outside any transaction, records how it ended."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from prometheus_client import Counter

from services.notifier import deliveries, notices
from services.notifier.attempt import attempt, given_up
from services.notifier.deliveries import Claimed, Ending, LeaseLost, ended_as
from services.notifier.domain.notification import NOTIFICATION, end
from services.notifier.senders.port import NotNow, Sender
from shared.events.notifier.notification import NotificationEvent
from shared.kit.context import Context
from shared.kit.faults import TRANSIENT, Backoff
from shared.kit.store import EventStore
from shared.kit.unit import Unit

# Eight tries within an hour.
PAUSES_S = (5, 15, 45, 120, 360, 900, 1800)
NOT_READY_S = 5.0
POLL_S = 0.5

ENDED = Counter("hirelog_notifications_total", "Messages by how they ended", ["state", "channel"])
log = structlog.get_logger()


class Dispatch:
    """Runs in any number of processes. `senders` by preference; `caught_up` is set once the log was read."""

    def __init__(self, store: EventStore, senders: Sequence[Sender], caught_up: asyncio.Event) -> None:
        self._store, self._senders, self._caught_up = store, senders, caught_up

    async def run(self) -> None:
        """Runs until cancelled; faults of the database and the keyring are waited out."""
        backoff = Backoff()
        await self._caught_up.wait()
        while True:
            try:
                self._store.assert_writable()
                busy = await notices.address(self._store.database) + await self.send_due()
                backoff.reset()
                await asyncio.sleep(0 if busy else POLL_S)
            except TRANSIENT as error:
                await backoff.wait("dispatch", error)

    async def send_due(self) -> int:
        """One attempt at each delivery that is due, side by side; returns how many there were."""
        claimed = await deliveries.claim(self._store.database)
        attempts = asyncio.gather(*map(self._deliver, claimed), return_exceptions=True)
        try:
            results = await asyncio.shield(attempts)
        except asyncio.CancelledError:
            # What has been begun is brought to its end, so that nobody has to look for it.
            await attempts
            raise
        for error in filter(None, results):
            raise error
        return len(claimed)

    async def _deliver(self, claimed: Claimed) -> None:
        result = await self._attempt(claimed)
        if isinstance(result, NotNow) and result.after_s is None and claimed.tries > len(PAUSES_S):
            result = given_up(claimed, result)
        try:
            if isinstance(result, NotNow):
                await self._postpone(claimed, result)
            else:
                await self._end(claimed, result)
        except LeaseLost:
            log.warning("the lease ran out while sending", id=str(claimed.id), attempt=claimed.attempt)

    async def _attempt(self, claimed: Claimed) -> NotificationEvent | NotNow:
        try:
            return await attempt(self._store, self._senders, claimed)
        except NotNow as later:
            return later
        except TRANSIENT as error:
            return NotNow(type(error).__name__, claimed.unsure, NOT_READY_S)
        except Exception as error:
            log.error("an attempt failed in a way that is not foreseen", id=str(claimed.id), exc_info=error)
            return NotNow(type(error).__name__, unsure=True)

    async def _postpone(self, claimed: Claimed, later: NotNow) -> None:
        """A limit that the channel names uses up no try; how long it may go on is the rule's `worth`."""
        limited = later.after_s is not None
        pause = timedelta(seconds=later.after_s if later.after_s is not None else PAUSES_S[claimed.tries - 1])
        log.info("not delivered yet", id=str(claimed.id), code=later.code, pause_s=pause.total_seconds())
        await deliveries.postpone(self._store.database, claimed, pause, later.unsure, later.code, limited)

    async def _end(self, claimed: Claimed, event: NotificationEvent) -> None:
        state = ended_as(event)
        ending = Ending(claimed, state, event.channel, event.outcome)
        context = Context("service:notifier", correlation=claimed.correlation, causation=claimed.event_id)

        async def command(unit: Unit) -> None:
            await unit.start(NOTIFICATION, claimed.id, end(event))

        await self._store.run(context, command, ending)
        ENDED.labels(state, event.channel).inc()
