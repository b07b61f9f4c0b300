"""Whoever an approval newly waits for is told: the first group when it is asked for, later ones as they open."""

import asyncpg

from services.notifier import notices
from services.notifier.domain.round import ROUND
from services.notifier.projections import kept_events
from services.notifier.rules.rules import To
from shared.events.ats.approval import ApprovalEvent
from shared.events.envelope import Envelope
from shared.kit.codec import Codec


async def when_round_moves_tell_who_is_asked(
    connection: asyncpg.Connection, codec: Codec, event: ApprovalEvent, envelope: Envelope
) -> None:
    of, version = event.approval_id, envelope.version
    before = await kept_events.fold(connection, codec, ROUND, of, version - 1)
    after = await kept_events.fold(connection, codec, ROUND, of, version)
    assert after is not None, "it was kept just now"
    asked = after.waiting_for - (before.waiting_for if before is not None else frozenset())
    if asked:
        await notices.put(connection, envelope, after.asked, To(members=tuple(sorted(asked))))
