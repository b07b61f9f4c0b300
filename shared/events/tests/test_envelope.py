"""The envelope goes into Kafka headers and comes back the same, or says which header is wrong."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from shared.events.envelope import Envelope, Headers, NotAnEvent, from_headers, to_headers

ENVELOPE = Envelope(
    id=UUID("0192f0c1-2345-7890-abcd-ef0123456789"),
    type="ats.application.advanced",
    source="ats",
    stream="application-0192f0c1-2345-7890-abcd-ef0123456780",
    version=3,
    position=41,
    schema_version=1,
    key="0192f0c1-2345-7890-abcd-ef0123456781",
    occurred=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    recorded=datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC),
    actor="änne",
    correlation=UUID("0192f0c1-2345-7890-abcd-ef0123456782"),
    causation=UUID("0192f0c1-2345-7890-abcd-ef0123456783"),
    on_behalf_of="u2",
    precision="day",
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)
KEY = ENVELOPE.key.encode()
OPTIONAL = {"ce_causationid", "ce_onbehalfof", "ce_precision", "traceparent", "ce_dataschema", "content-type"}


def changed(name: str, value: bytes | None) -> Headers:
    return [(n, v) for n, v in to_headers(ENVELOPE) if n != name] + ([(name, value)] if value is not None else [])


def test_headers_read_back_give_the_same_envelope() -> None:
    assert from_headers(to_headers(ENVELOPE), KEY) == ENVELOPE


def test_what_an_event_does_not_have_is_no_header() -> None:
    bare = ENVELOPE._replace(causation=None, on_behalf_of=None, precision="instant", traceparent=None)
    assert from_headers(to_headers(bare), KEY) == bare
    assert not {"ce_causationid", "ce_onbehalfof", "traceparent"} & {name for name, _ in to_headers(bare)}


def test_times_are_written_in_utc_with_microseconds() -> None:
    berlin = ENVELOPE.occurred.astimezone(timezone(timedelta(hours=1)))
    assert dict(to_headers(ENVELOPE._replace(occurred=berlin)))["ce_time"] == b"2026-03-02T09:00:00.000000Z"


def test_headers_of_others_are_passed_by() -> None:
    assert from_headers([*to_headers(ENVELOPE), ("b3", b"\xff\xfe")], KEY) == ENVELOPE


@pytest.mark.parametrize("name", [name for name, _ in to_headers(ENVELOPE) if name not in OPTIONAL])
def test_a_missing_header_is_named(name: str) -> None:
    with pytest.raises(NotAnEvent, match=f"{name} is missing"):
        from_headers(changed(name, None), KEY)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_id", b"not-a-uuid"),
        ("ce_type", b"garbage"),
        ("ce_type", b"\xff"),
        ("ce_streamversion", b"0"),
        ("ce_streamversion", b"-1"),
        ("ce_position", b"1_0"),
        ("ce_schemaversion", "\u0661".encode()),
        ("ce_time", b"2026-03-02 09:00"),
        ("ce_recordedtime", b""),
        ("ce_causationid", b""),
        ("ce_precision", b"century"),
    ],
)
def test_a_malformed_header_is_named(name: str, value: bytes) -> None:
    with pytest.raises(NotAnEvent, match=f"{name} is malformed"):
        from_headers(changed(name, value), KEY)


def test_a_header_without_a_value_is_refused() -> None:
    headers: list[tuple[str, bytes]] = [*changed("ce_id", None), ("ce_id", None)]  # type: ignore[list-item]
    with pytest.raises(NotAnEvent, match="ce_id is null"):
        from_headers(headers, KEY)


def test_a_key_that_is_no_text_is_refused() -> None:
    with pytest.raises(NotAnEvent, match="key"):
        from_headers(to_headers(ENVELOPE), b"\xff")


def test_a_record_without_a_key_is_an_event_without_a_usable_key() -> None:
    assert from_headers(to_headers(ENVELOPE), None).key == ""
