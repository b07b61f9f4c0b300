"""A record of the log in words: its envelope and body, what is personal left sealed; garbage shown as what it is."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from aiokafka import ConsumerRecord

import shared.events  # noqa: F401  fills the registry
from shared.events.envelope import Envelope, NotAnEvent, from_headers
from shared.events.event import registry
from shared.events.personal import Path
from shared.kit.parking import text_of

SEALED = "sealed"
# Key number, nonce, ciphertext: how a personal field of a type that is not known here looks.
CIPHERTEXT = re.compile(r"\d+\.[\w-]{16}\.[\w-]{22,}")

Decoded = dict[str, Any]


def decode(record: ConsumerRecord) -> Decoded:
    """Place, key and Kafka's time; `event` and `body`, or `garbage` (why it is no event) with headers and raw body."""
    decoded: Decoded = {
        "at": f"{record.topic}[{record.partition}]@{record.offset}",
        "taken": taken(record.timestamp),
        "key": None if record.key is None else text_of(record.key),
    }
    try:
        envelope = from_headers(list(record.headers), record.key)
    except NotAnEvent as error:
        return decoded | {"garbage": str(error), "headers": raw_headers(record.headers), "body": raw(record.value)}
    event = {name: _plain(value) for name, value in envelope._asdict().items() if name != "key"}
    try:
        body = json.loads(record.value or b"")
    except (ValueError, RecursionError):
        return decoded | {"event": event, "garbage": "the body is not JSON", "body": raw(record.value)}
    return decoded | {"event": event, "body": _sealed(envelope, body)}


def taken(timestamp_ms: int) -> str:
    """When Kafka took a record; sorts as text."""
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).isoformat(timespec="milliseconds")


def raw(value: bytes | None) -> str | None:
    return None if value is None else text_of(value)


def raw_headers(headers: Any) -> list[list[str | None]]:
    return [[name, raw(value)] for name, value in headers]


def _sealed(envelope: Envelope, body: Any) -> Any:
    contract = registry.all().get(envelope.type)
    fields = contract.personal.get(envelope.schema_version) if contract else None
    if fields is None:
        return _without_ciphertext(body)
    for field in fields:
        body = _seal(body, field.path)
    return body


def _seal(node: Any, path: Path) -> Any:
    if node is None:
        return None
    if not path:
        return SEALED
    if path[0] == "*":
        return [_seal(item, path[1:]) for item in node] if isinstance(node, list) else SEALED
    if isinstance(node, dict) and path[0] in node:
        return node | {path[0]: _seal(node[path[0]], path[1:])}
    return node


def _without_ciphertext(node: Any) -> Any:
    match node:
        case dict():
            return {name: _without_ciphertext(value) for name, value in node.items()}
        case list():
            return [_without_ciphertext(value) for value in node]
        case str() if CIPHERTEXT.fullmatch(node):
            return SEALED
    return node


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int) or value is None else str(value)
