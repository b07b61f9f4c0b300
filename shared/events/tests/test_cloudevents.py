"""Records are CloudEvents 1.0 in Kafka's binary mode: the official SDK reads them."""

import re
from uuid import UUID

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event

from shared.events.ats.application import ApplicationAdvanced
from shared.events.envelope import to_headers
from shared.events.tests.test_envelope import ENVELOPE

EVENT = ApplicationAdvanced(
    application_id=UUID(int=1), person_id=UUID(int=2), from_stage="applied", to_stage="screen", skipped=("call",)
)


def test_the_cloudevents_sdk_reads_an_event_of_ours() -> None:
    body = EVENT.model_dump_json().encode()
    read = from_binary_event(KafkaMessage(dict(to_headers(ENVELOPE)), ENVELOPE.key, body))
    assert read.get_specversion() == "1.0"
    assert read.get_id() == str(ENVELOPE.id)
    assert read.get_type() == "ats.application.advanced"
    assert read.get_source() == "ats"
    assert read.get_subject() == ENVELOPE.stream
    assert read.get_time() == ENVELOPE.occurred
    assert read.get_datacontenttype() == "application/json"
    assert read.get_dataschema() == "urn:hirelog:schema:ats.application.advanced:1"
    assert read.get_extension("streamversion") == "3"
    assert read.get_extension("partitionkey") == ENVELOPE.key
    assert read.get_data() == EVENT.model_dump(mode="json")


def test_attribute_names_are_lower_case_letters_and_digits() -> None:
    names = [name.removeprefix("ce_") for name, _ in to_headers(ENVELOPE) if name.startswith("ce_")]
    assert [name for name in names if not re.fullmatch(r"[a-z0-9]{1,20}", name)] == []


def test_trace_context_stays_a_bare_header() -> None:
    assert "traceparent" in dict(to_headers(ENVELOPE))
    assert "ce_traceparent" not in dict(to_headers(ENVELOPE))
