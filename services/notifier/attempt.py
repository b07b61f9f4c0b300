"""One attempt at one delivery: who it is for, what it says, and the first channel that reaches them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.notifier import notices
from services.notifier.deliveries import Claimed
from services.notifier.domain.member import MEMBER, Member
from services.notifier.domain.round import ROUND
from services.notifier.projections import kept_events, titles
from services.notifier.rules.rules import RULES, Rule
from services.notifier.senders.port import Letter, NotNow, Refused, Sender, Unreachable
from services.notifier.templates.words import Told, words
from shared.events.ats.approval import ApprovalRequested
from shared.events.notifier.notification import (
    NotificationEvent,
    NotificationFailed,
    NotificationSent,
    NotificationSuppressed,
)
from shared.kit.context import now
from shared.kit.store import EventStore

NO_CHANNEL = "none"
# By one channel; both together end before the lease does.
CALL_S = 20


@dataclass(frozen=True)
class _News:
    """`overtaken`: nobody needs to be told any more."""

    member: Member | None
    title: str | None
    overtaken: bool


async def attempt(store: EventStore, senders: Sequence[Sender], claimed: Claimed) -> NotificationEvent:
    """How it ended. Raises NotNow where it has not."""
    event = notices.event_of(claimed.topic, claimed.schema_version, claimed.data)
    rule = RULES[type(event)]
    allowed = [sender for sender in senders if sender.channel in rule.channels]
    if not allowed:
        return _suppressed(claimed, rule, "muted")
    news = await _news(store, claimed, event, rule)
    # What may have arrived is looked up or sent all the same: it can no longer be called suppressed.
    if news.overtaken and not claimed.unsure:
        return _suppressed(claimed, rule, "overtaken")
    if news.member is None:
        return _suppressed(claimed, rule, "no_address")
    letter = Letter(claimed.id, claimed.queued, words(event, news.title, news.member.zone))
    for sender in allowed:
        facts = _facts(claimed, rule, sender.channel)
        try:
            return NotificationSent(**facts, outcome=await _sent(sender, letter, news.member, claimed.unsure))
        except Unreachable:
            continue
        except Refused as refused:
            return NotificationFailed(**facts, outcome=refused.code, attempts=claimed.tries)
        except NotNow as later:
            later.channel = sender.channel
            raise
    return _suppressed(claimed, rule, "no_address")


def given_up(claimed: Claimed, last: NotNow) -> NotificationEvent:
    event = notices.event_of(claimed.topic, claimed.schema_version, claimed.data)
    facts = _facts(claimed, RULES[type(event)], last.channel)
    return NotificationFailed(**facts, outcome=last.code, attempts=claimed.tries)


async def _sent(sender: Sender, letter: Letter, member: Member, unsure: bool) -> str:
    try:
        async with asyncio.timeout(CALL_S):
            return await sender.send(letter, member, unsure)
    except TimeoutError:
        raise NotNow("no_answer", unsure=True) from None


async def _news(store: EventStore, claimed: Claimed, event: Told, rule: Rule) -> _News:
    async with store.database.connection() as connection:
        member = await kept_events.fold(connection, store.codec, MEMBER, claimed.recipient_id)
        title = await titles.find(connection, rule.title_of(event))
        overtaken = claimed.recorded + rule.worth < now()
        if isinstance(event, ApprovalRequested):
            round_ = await kept_events.fold(connection, store.codec, ROUND, event.approval_id)
            overtaken = overtaken or round_ is None or claimed.recipient_id not in round_.waiting_for
    return _News(member, title, overtaken)


def _suppressed(claimed: Claimed, rule: Rule, outcome: str) -> NotificationEvent:
    return NotificationSuppressed(**_facts(claimed, rule, NO_CHANNEL), outcome=outcome)


def _facts(claimed: Claimed, rule: Rule, channel: str) -> dict[str, Any]:
    return {
        "notification_id": claimed.id, "recipient_id": claimed.recipient_id, "event_id": claimed.event_id,
        "event_type": claimed.event_type, "channel": channel, "level": rule.level,
    }  # fmt: skip
