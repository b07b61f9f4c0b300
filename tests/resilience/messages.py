"""What came to Slack and the mailbox, beside what the log says of it: each message once to each recipient."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from ops.checks import Finding
from shared.kit.context import is_history
from shared.kit.effects import Delivery

TOLD = {
    "ats.approval.requested", "ats.scorecard.requested", "ats.offer.approved", "ats.application.hired",
    "reporting.snapshot.sealed",
}  # fmt: skip
UNDER_WAY = ("queued", "sending", "retrying")


@dataclass(frozen=True)
class Arrived:
    """The notification ids of everything that came, as often as it came."""

    slack: list[str]
    mail: list[str]


async def arrived(client: httpx.AsyncClient, outside_url: str) -> Arrived:
    slack = (await client.get(f"{outside_url}/slack/messages")).raise_for_status().json()
    mails = (await client.get(f"{outside_url}/mail/messages")).raise_for_status().json()
    return Arrived(
        [message["metadata"]["event_payload"]["notification_id"] for message in slack],
        [mail["headers"]["Message-ID"].lstrip("<").partition("@")[0] for mail in mails],
    )


def check_messages(log: Sequence[Delivery], came: Arrived, copies: int = 1) -> list[Finding]:
    """What happened is told once to each recipient; history is not. `copies`: how often a mail may come.

    The only second copies that the notifier's README allows are those of a mail; everywhere else it is once.
    """
    ended = [_data(one) for one in log if one.envelope.type.startswith("notifier.notification.")]
    sent = [_data(one) for one in log if one.envelope.type == "notifier.notification.sent"]
    recorded = {one["notification_id"] for one in sent}
    slack, mail = Counter(came.slack), Counter(came.mail)
    told = Counter((one["event_id"], one["recipient_id"]) for one in sent)
    recent = {str(one.envelope.id) for one in log if not _history(one)}
    broken = {
        ("message.doubled", "it came to Slack more than once"): {of for of, times in slack.items() if times > 1},
        ("message.doubled", f"it came by mail more than {copies} time(s)"): {
            of for of, times in mail.items() if times > copies
        },
        ("message.doubled", "it came to Slack and by mail"): slack.keys() & mail.keys(),
        ("message.doubled", "one recipient was told of it twice"): {event for (event, _), n in told.items() if n > 1},
        ("message.lost", "it is recorded as sent and never came"): recorded - slack.keys() - mail.keys(),
        ("message.unrecorded", "it came and is not recorded as sent"): (slack.keys() | mail.keys()) - recorded,
        ("message.untold", "nobody was told of it"): must_be_told(log) - {one["event_id"] for one in ended},
        ("message.history", "it is history and was told"): {one["event_id"] for one in sent} - recent,
    }
    return [Finding(check, "notifier", what, (of,)) for (check, what), ids in broken.items() for of in sorted(ids)]


def must_be_told(log: Sequence[Delivery]) -> set[str]:
    """The events that a notification has to follow, be it that it was overtaken and is recorded as such."""
    return {str(one.envelope.id) for one in log if one.envelope.type in TOLD and not _history(one)}


async def undelivered(client: httpx.AsyncClient, notifier_url: str, events: set[str]) -> list[str]:
    """Those that are on their way, and those of the events that no notification is about yet."""
    listed = await everything(client, f"{notifier_url}/v1/notifications")
    open_ones = [one["id"] for one in listed if one["state"] in UNDER_WAY]
    return [*open_ones, *sorted(events - {one["event_id"] for one in listed})]


async def everything(client: httpx.AsyncClient, url: str) -> list[dict[str, Any]]:
    """All pages of a list."""
    found: list[dict[str, Any]] = []
    following: str | None = f"{url}?limit=200"
    while following:
        page = (await client.get(following)).raise_for_status()
        found += page.json()["items"]
        following = str(page.url.join(page.links["next"]["url"])) if "next" in page.links else None
    return found


def _data(one: Delivery) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(one.record.value)
    return data


def _history(one: Delivery) -> bool:
    return is_history(one.envelope.occurred, one.envelope.recorded)
