"""Moments as people write them."""

import re
from datetime import UTC, datetime, timedelta

from ops.terminal import NotDone

UNITS = {"s": "seconds", "min": "minutes", "m": "minutes", "h": "hours", "d": "days"}


def moment(text: str, now: datetime) -> datetime:
    """`2h` and the like before now, or ISO 8601, UTC unless it says otherwise. Raises NotDone."""
    try:
        if found := re.fullmatch(r"(\d+)\s*(s|min|m|h|d)", text):
            return now - timedelta(**{UNITS[found[2]]: int(found[1])})
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        at.timestamp()
    except (ValueError, OverflowError):
        raise NotDone(f"{text!r} is no time: write it like 2026-11-26T10:00 (UTC) or like 2h.") from None
    if at > now:
        raise NotDone(f"{text!r} has not come yet: name a time before {now:%Y-%m-%dT%H:%M} (UTC).")
    return at
