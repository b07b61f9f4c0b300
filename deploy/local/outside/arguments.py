"""How the arguments of a method are read: limits, times, cursors, structures. What is none is refused as Slack does."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, cast

Arguments = Mapping[str, Any]


class Refused(Exception):
    """Slack's `ok: false`; the message is the error code."""


def flag(arguments: Arguments, name: str) -> bool:
    return str(arguments.get(name, "")).lower() in ("1", "true")


def limit_of(arguments: Arguments, default: int, most: int) -> int:
    try:
        limit = int(arguments.get("limit") or 0) or default
    except (TypeError, ValueError) as error:
        raise Refused("invalid_limit") from error
    if limit < 0:
        raise Refused("invalid_limit")
    return min(limit, most)


def time_of(arguments: Arguments, name: str, default: float) -> float:
    """Seconds of the epoch."""
    try:
        return float(arguments.get(name) or default)
    except (TypeError, ValueError) as error:
        raise Refused(f"invalid_ts_{name}") from error


def cursor_behind(kind: str, last: str) -> str:
    return base64.b64encode(f"{kind}:{last}".encode()).decode()


def behind(arguments: Arguments, kind: str) -> str | None:
    """What the page before ended with; None where there was none."""
    if not (cursor := arguments.get("cursor")):
        return None
    try:
        return base64.b64decode(str(cursor), validate=True).decode().removeprefix(f"{kind}:")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refused("invalid_cursor") from error


def objects(value: object, error: str) -> list[dict[str, Any]]:
    read = _json(value, error)
    if not isinstance(read, list) or not all(isinstance(item, dict) for item in read):
        raise Refused(error)
    return cast(list[dict[str, Any]], read)


def metadata_of(value: object) -> dict[str, Any] | None:
    metadata = _json(value, "invalid_metadata_format")
    if metadata == {}:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise Refused("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    return metadata


def _json(value: object, error: str) -> object:
    """A form carries structures as JSON text, a JSON body carries them as they are."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError) as invalid:
        raise Refused(error) from invalid
