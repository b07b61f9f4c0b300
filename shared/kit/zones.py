"""Time zones by their IANA names."""

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

# Files of a tz database that are no zones: what they mean is another thing on another machine, or nothing.
NO_ZONES = {"localtime", "Factory", "posixrules"}


def zone_of(name: str) -> ZoneInfo:
    """Raises ValueError."""
    if name not in _names():
        raise ValueError(f"unknown zone {name[:40]!r}: give an IANA name, such as UTC or Europe/Berlin")
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(available_timezones() - NO_ZONES)
