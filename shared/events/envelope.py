"""An event as it is stored and published: CloudEvents 1.0, in Kafka's binary mode."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from pydantic import TypeAdapter

Precision = Literal["instant", "day"]
Headers = list[tuple[str, bytes]]

FIRST_YEAR, LAST_YEAR = 1900, 2200
LONGEST = 500


class NotAnEvent(ValueError):
    """A record whose headers are not those of an event of ours."""


class Envelope(NamedTuple):
    """Everything about an event but its fields. Times are UTC; `recorded` is the database's clock, information only."""

    key: str
    id: UUID
    type: str
    source: str
    stream: str
    version: int
    position: int
    schema_version: int
    occurred: datetime
    recorded: datetime
    actor: str
    correlation: UUID
    causation: UUID | None = None
    on_behalf_of: str | None = None
    precision: Precision = "instant"
    traceparent: str | None = None

    @property
    def service(self) -> str:
        return self.type.split(".", 1)[0]

    @property
    def category(self) -> str:
        return self.type.split(".", 2)[1]


def to_headers(envelope: Envelope) -> Headers:
    """The Kafka headers of an event; the Kafka key and the body are not among them."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(envelope.id).encode()),
        ("ce_type", envelope.type.encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_subject", envelope.stream.encode()),
        ("ce_time", wire_time(envelope.occurred).encode()),
        ("ce_dataschema", f"urn:hirelog:schema:{envelope.type}:{envelope.schema_version}".encode()),
        ("ce_streamversion", str(envelope.version).encode()),
        ("ce_position", str(envelope.position).encode()),
        ("ce_schemaversion", str(envelope.schema_version).encode()),
        ("ce_recordedtime", wire_time(envelope.recorded).encode()),
        ("ce_actor", envelope.actor.encode()),
        ("ce_correlationid", str(envelope.correlation).encode()),
        ("ce_precision", envelope.precision.encode()),
        ("content-type", b"application/json"),
    ]
    if envelope.causation is not None:
        headers.append(("ce_causationid", str(envelope.causation).encode()))
    if envelope.on_behalf_of is not None:
        headers.append(("ce_onbehalfof", envelope.on_behalf_of.encode()))
    if envelope.traceparent is not None:
        headers.append(("traceparent", envelope.traceparent.encode()))
    return headers


def from_headers(headers: Sequence[tuple[str, bytes | None]], key: bytes | None) -> Envelope:
    """Reads what to_headers wrote. Raises NotAnEvent naming what is missing or malformed."""
    found = dict(headers)
    if (version := found.get("ce_specversion")) != b"1.0":
        raise NotAnEvent(f"header ce_specversion is {'missing' if version is None else 'malformed'}")
    values: list[Any] = [_key(key)]
    for name, read, otherwise in READ:
        raw = found.get(name)
        if raw is not None:
            try:
                values.append(read(raw.decode()))
            except ValueError:
                raise NotAnEvent(f"header {name} is malformed") from None
        elif otherwise is NEEDED or name in found:
            raise NotAnEvent(f"header {name} is {'null' if name in found else 'missing'}")
        else:
            values.append(otherwise)
    return Envelope._make(values)


def wire_time(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def read_time(text: str) -> datetime:
    """Raises ValueError, also outside of the years in which people work: databases know no others."""
    # The standard library's reader knows many more forms than wire_time writes.
    if len(text) != 27 or text[4:20:3] != "--T::." or text[26] != "Z":
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    if not FIRST_YEAR <= moment.year < LAST_YEAR:
        raise ValueError(text)
    return moment


def _text(text: str) -> str:
    """What a database keeps in a column: bounded, and without NUL."""
    if "\x00" in text or len(text) > LONGEST:
        raise ValueError
    return text


def _wire_type(text: str) -> str:
    if len(_text(text).split(".")) != 3:
        raise ValueError(text)
    return text


def _counted(text: str) -> int:
    number = _position(text)
    if number >= 2**31:
        raise ValueError(text)
    return number


def _position(text: str) -> int:
    number = int(text) if text.isdigit() and text.isascii() and len(text) <= 18 else 0
    if number == 0:
        raise ValueError(text)
    return number


def _precision(text: str) -> Precision:
    match text:
        case "instant" | "day":
            return text
    raise ValueError(text)


def _key(key: bytes | None) -> str:
    try:
        return (key or b"").decode()
    except ValueError:
        raise NotAnEvent("the key is not UTF-8") from None


NEEDED = object()
# A tenth of what the standard library's own reader takes, and there are three in each event.
_uuid = TypeAdapter(UUID).validator.validate_python
READ: Sequence[tuple[str, Callable[[str], object], object]] = (
    ("ce_id", _uuid, NEEDED),
    ("ce_type", _wire_type, NEEDED),
    ("ce_source", _text, NEEDED),
    ("ce_subject", _text, NEEDED),
    ("ce_streamversion", _counted, NEEDED),
    ("ce_position", _position, NEEDED),
    ("ce_schemaversion", _counted, NEEDED),
    ("ce_time", read_time, NEEDED),
    ("ce_recordedtime", read_time, NEEDED),
    ("ce_actor", _text, NEEDED),
    ("ce_correlationid", _uuid, NEEDED),
    ("ce_causationid", _uuid, None),
    ("ce_onbehalfof", _text, None),
    ("ce_precision", _precision, "instant"),
    ("traceparent", _text, None),
)
"""In the order of the envelope's attributes after its key: header, how it is read, what stands for it where absent."""
