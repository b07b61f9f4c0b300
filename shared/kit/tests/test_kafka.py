"""What one broker can't show: clients wait for every acknowledgement, never guess, and take no half batch."""

from typing import Any

import pytest

from shared.kit.kafka import Kafka


def settings_of(**settings: Any) -> dict[str, Any]:
    return settings


async def test_a_producer_waits_for_all_and_repeats_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.kit.kafka.AIOKafkaProducer", settings_of)
    settings: Any = Kafka("nowhere:9092", "test").transactional_producer("relay.test")
    assert (settings["acks"], settings["enable_idempotence"]) == ("all", True)
    assert settings["transactional_id"] == "relay.test"


async def test_a_consumer_keeps_no_position_at_kafka_and_reads_only_what_was_committed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.kit.kafka._Member", settings_of)
    settings: Any = Kafka("nowhere:9092", "test").consumer(group="test")
    assert settings["enable_auto_commit"] is False
    assert settings["auto_offset_reset"] == "none"
    assert settings["isolation_level"] == "read_committed"
