"""Engagement, as the rules of the domain have it: people reached by messages, and what they did then."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from player.expected.happened import Happened, at_of
from player.ledger import Entry

REACTIONS = {"touchpoint.open": "opened", "touchpoint.click": "clicked", "touchpoint.reply": "replied"}


@dataclass
class Message:
    """`did`: when a human first did what."""

    person: str
    sent: datetime
    campaign: str | None
    channel: str
    tracked: bool
    bounced: bool = False
    did: dict[str, datetime] = field(default_factory=dict)


def engagement(happened: Happened, by: str | None = None) -> dict[tuple[str | None, str | None], dict[str, Any]]:
    """A person counts once in each campaign or channel. `by`: campaign or channel."""
    groups: dict[tuple[str | None, str | None], list[Message]] = defaultdict(list)
    for message in messages(happened):
        value = {None: None, "campaign": message.campaign, "channel": message.channel}[by]
        groups[by, value].append(message)
    return {group: _row(happened, sent) for group, sent in groups.items()}


def messages(happened: Happened) -> list[Message]:
    found: dict[str, Message] = {}
    for entry in happened.entries:
        said, at = entry.said, at_of(entry)
        if entry.what == "touchpoint.add" and said["kind"] == "sent":
            found[entry.id] = Message(entry.of or "", at, said.get("campaign_id"), said["channel"], said["tracked"])
        elif entry.what == "touchpoint.bounce":
            found[entry.of or ""].bounced = True
        elif entry.what in REACTIONS and not (said.get("machine") or said.get("automatic")):
            found[entry.of or ""].did.setdefault(REACTIONS[entry.what], at)
    for entry in happened.entries:
        if entry.what == "touchpoint.add" and entry.said["kind"] == "replied":
            _credit(entry, list(found.values()))
    return list(found.values())


def _credit(reply: Entry, sent: list[Message]) -> None:
    """To the last message delivered before: the channel does not tell which was answered."""
    at = at_of(reply)
    before = [one for one in sent if one.person == reply.of and not one.bounced and one.sent <= at]
    if before:
        last = max(before, key=lambda one: one.sent)
        last.did["replied"] = min(at, last.did.get("replied", at))


def _row(happened: Happened, sent: list[Message]) -> dict[str, Any]:
    people: dict[str, list[Message]] = defaultdict(list)
    for message in sent:
        if not message.bounced:
            people[message.person].append(message)
    counts = dict.fromkeys(("tracked", "opened", "clicked", "replied", "engaged", "handed_over", "applied", "hired"), 0)
    for person, delivered in people.items():
        counts["tracked"] += any(one.tracked for one in delivered)
        did = {what: at for one in delivered for what, at in one.did.items()}
        if did:
            since = min(at for one in delivered for at in one.did.values())
            did |= {"engaged": since} | _became(happened, person, since)
        for what in did:
            counts[what] += 1
    over = {"opened": counts["tracked"], "clicked": counts["tracked"], "replied": len(people), "engaged": len(people)}
    over |= dict.fromkeys(("handed_over", "applied", "hired"), counts["engaged"])
    shares = {what: (counts[what], of) if of else (None, 0) for what, of in over.items()}
    return {"sent": len(sent), "reached": len(people), **shares}


def _became(happened: Happened, person: str, since: datetime) -> dict[str, datetime]:
    """Handed over, applied, hired since then."""
    handed_over = [
        at_of(entry) for entry in happened.entries
        if entry.what == "prospect.hand-over" and entry.of == person and at_of(entry) >= since
    ]  # fmt: skip
    applied = [
        one for one in happened.applications.values()
        if one.person == person and one.submitted is not None and one.submitted >= since
    ]  # fmt: skip
    found = {
        "handed_over": handed_over,
        "applied": [one.submitted for one in applied if one.submitted],
        "hired": [one.hired for one in applied if one.hired],
    }
    return {what: min(times) for what, times in found.items() if times}
