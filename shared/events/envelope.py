"""An event as it is stored and published: CloudEvents 1.0, in Kafka's binary mode."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeVar
from uuid import UUID

Precision = Literal["instant", "day"]
Headers = list[tuple[str, bytes]]
V = TypeVar("V")

FIRST_YEAR, LAST_YEAR = 1900, 2200
LONGEST = 500
MICROSECONDS = "%Y-%m-%dT%H:%M:%S.%fZ"


class NotAnEvent(ValueError):
    """A record whose headers are not those of an event of ours."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything about an event but its fields. Times are UTC; `recorded` is the database's clock, information only."""

    id: UUID
    type: str
    source: str
    stream: str
    version: int
    position: int
    schema_version: int
    key: str
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
    attributes: dict[str, str | None] = {
        "ce_specversion": "1.0",
        "ce_id": str(envelope.id),
        "ce_type": envelope.type,
        "ce_source": envelope.source,
        "ce_subject": envelope.stream,
        "ce_time": wire_time(envelope.occurred),
        "ce_dataschema": f"urn:hirelog:schema:{envelope.type}:{envelope.schema_version}",
        "ce_streamversion": str(envelope.version),
        "ce_position": str(envelope.position),
        "ce_schemaversion": str(envelope.schema_version),
        "ce_recordedtime": wire_time(envelope.recorded),
        "ce_actor": envelope.actor,
        "ce_onbehalfof": envelope.on_behalf_of,
        "ce_correlationid": str(envelope.correlation),
        "ce_causationid": str(envelope.causation) if envelope.causation else None,
        "ce_precision": envelope.precision,
        "content-type": "application/json",
        "traceparent": envelope.traceparent,
    }
    return [(name, value.encode()) for name, value in attributes.items() if value is not None]


def from_headers(headers: Sequence[tuple[str, bytes | None]], key: bytes | None) -> Envelope:
    """Reads what to_headers wrote. Raises NotAnEvent naming what is missing or malformed."""
    found = dict(headers)

    def read(name: str, parse: Callable[[str], V]) -> V:
        try:
            value = found[name]
            if value is None:
                raise NotAnEvent(f"header {name} is null")
            return parse(value.decode())
        except KeyError:
            raise NotAnEvent(f"header {name} is missing") from None
        except NotAnEvent:
            raise
        except ValueError:
            raise NotAnEvent(f"header {name} is malformed") from None

    def read_if_there(name: str, parse: Callable[[str], V]) -> V | None:
        return read(name, parse) if name in found else None

    read("ce_specversion", _specversion)
    return Envelope(
        id=read("ce_id", UUID),
        type=read("ce_type", _wire_type),
        source=read("ce_source", _text),
        stream=read("ce_subject", _text),
        version=read("ce_streamversion", _counted),
        position=read("ce_position", _position),
        schema_version=read("ce_schemaversion", _counted),
        key=_key(key),
        occurred=read("ce_time", read_time),
        recorded=read("ce_recordedtime", read_time),
        actor=read("ce_actor", _text),
        correlation=read("ce_correlationid", UUID),
        causation=read_if_there("ce_causationid", UUID),
        on_behalf_of=read_if_there("ce_onbehalfof", _text),
        precision=read_if_there("ce_precision", _precision) or "instant",
        traceparent=read_if_there("traceparent", _text),
    )


def wire_time(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    # The same as strftime(MICROSECONDS), at a third of its time.
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def read_time(text: str) -> datetime:
    """Raises ValueError, also outside of the years in which people work: databases know no others."""
    moment = datetime.strptime(text, MICROSECONDS).replace(tzinfo=UTC)
    if not FIRST_YEAR <= moment.year < LAST_YEAR:
        raise ValueError(text)
    return moment


def _text(text: str) -> str:
    """What a database keeps in a column: bounded, and without NUL."""
    if "\x00" in text or len(text) > LONGEST:
        raise ValueError
    return text


def _specversion(text: str) -> str:
    if text != "1.0":
        raise ValueError(text)
    return text


def _wire_type(text: str) -> str:
    if len(_text(text).split(".")) != 3:
        raise ValueError(text)
    return text


def _counted(text: str) -> int:
    if _position(text) >= 2**31:
        raise ValueError(text)
    return int(text)


def _position(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18 or int(text) == 0:
        raise ValueError(text)
    return int(text)


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
