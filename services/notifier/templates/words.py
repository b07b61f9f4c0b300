"""What a message says, once, in plain words; how it looks is the channel's."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from shared.events.ats.application import CandidateHired
from shared.events.ats.approval import ApprovalRequested
from shared.events.ats.offer import OfferApproved
from shared.events.ats.scorecard import ScorecardRequested
from shared.events.reporting.snapshot import SnapshotSealed

UNKNOWN = "(title not known here)"
LONGEST = 200

Told = ApprovalRequested | ScorecardRequested | OfferApproved | CandidateHired | SnapshotSealed


@dataclass(frozen=True)
class Words:
    """`facts` are label and value. No name, no pay, no title of anything confidential."""

    headline: str
    facts: tuple[tuple[str, str], ...]


def words(event: Told, title: str | None, zone: str) -> Words:
    """`title` of the requisition or job; times are shown in the recipient's zone."""
    what = one_line(title or UNKNOWN)
    match event:
        case ApprovalRequested(subject="requisition"):
            headline = f"Your approval is asked: requisition {what}"
            facts = _approval(event, "Requisition", f"requisitions/{event.subject_id}")
        case ApprovalRequested():
            headline = f"Your approval is asked: offer for {what}"
            facts = _approval(event, "Offer", f"offers/{event.subject_id}")
        case ScorecardRequested():
            headline = f"Your scorecard is asked: {what}, {one_line(event.stage)}"
            facts = (
                ("Due", local(event.due, zone)),
                ("Scorecard", f"scorecards/{event.scorecard_id}"),
                ("Interview", f"interviews/{event.interview_id}"),
                ("Application", f"applications/{event.application_id}"),
            )
        case OfferApproved():
            headline = f"Approved and ready to go out: offer for {what}"
            facts = (
                ("Version", str(event.version)),
                ("Offer", f"offers/{event.offer_id}"),
                ("Application", f"applications/{event.application_id}"),
            )
        case CandidateHired():
            headline = f"Hired: {what}"
            facts = (
                ("Starts on", event.start_date.isoformat() if event.start_date else "not set yet"),
                ("Application", f"applications/{event.application_id}"),
                ("Opening", f"openings/{event.opening_id}"),
            )
        case SnapshotSealed():
            headline = f"Report: {one_line(event.title or event.metric)}"
            facts = (
                ("Period", _period(event)),
                ("As of", local(event.as_of, zone)),
                ("Snapshot", f"snapshots/{event.snapshot_id}"),
                ("SHA-256 of the answer", event.answer),
            )
        case _:
            assert_never(event)
    return Words(headline, facts)


def _approval(event: ApprovalRequested, label: str, path: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Version", str(event.subject_version)),
        ("Round", str(event.round)),
        (label, path),
        ("Decide", f"approvals/{event.approval_id}/decide"),
    )


def _period(event: SnapshotSealed) -> str:
    """In the zone that the question cuts it in, which need not be the recipient's."""
    asked = json.loads(event.question)
    return f"{one_line(asked['period'])} ({one_line(asked['zone'])})" if asked.get("period") else "all until then"


def one_line(text: str) -> str:
    """Only what can be seen, on one line, not too long: titles come from people."""
    seen = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(seen.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def local(moment: datetime, zone: str) -> str:
    """`Tue 3 Mar 2026, 10:00 (Europe/Berlin)`; UTC where the zone is not known on this machine."""
    try:
        there = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        zone, there = "UTC", ZoneInfo("UTC")
    at = moment.astimezone(there)
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M} ({zone})"
