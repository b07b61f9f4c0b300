"""Each service reaches its own, and nothing of another's."""

import asyncpg
import pytest
from confluent_kafka import KafkaError

from deploy.local.platform import SERVICES, Platform
from deploy.local.tests.clients import fetch, read, write


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_works_in_its_own_database(platform: Platform, service: str) -> None:
    assert await fetch(platform.database_url(service), "SELECT current_database()") == service


@pytest.mark.parametrize("other", ["crm", "notifier", "reporting", "postgres", "template1"])
async def test_a_service_cannot_connect_to_the_database_of_another(platform: Platform, other: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
        await fetch(platform.database_url(other, "ats"), "SELECT 1")


@pytest.mark.parametrize("service", SERVICES)
async def test_services_that_read_personal_data_connect_to_the_keyring(platform: Platform, service: str) -> None:
    assert await fetch(platform.database_url("keyring", service), "SELECT current_user") == service


async def test_a_wrong_password_is_refused_on_loopback_too(platform: Platform) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await fetch(platform.database_url("ats").replace("ats:", "ats:x"), "SELECT 1")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_its_own_events(platform: Platform, service: str) -> None:
    assert write(platform, service, f"{service}.events") is None


@pytest.mark.parametrize("topic", ["crm.events", "notifier.events", "reporting.events"])
def test_a_service_cannot_write_the_events_of_another(platform: Platform, topic: str) -> None:
    refusal = write(platform, "ats", topic)
    assert refusal is not None
    assert refusal.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_reporting_reads_self_identification_and_crm_does_not(platform: Platform) -> None:
    assert write(platform, "ats", "ats.self-identification", b"declined") is None
    assert read(platform, "reporting", "ats.self-identification").value() == b"declined"
    error = read(platform, "crm", "ats.self-identification").error()
    assert error is not None
    assert error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_reporting_tells_of_groups_where_nobody_who_decides_reads(platform: Platform) -> None:
    assert write(platform, "reporting", "reporting.self-identification", b"flagged") is None
    for service in ("ats", "crm", "notifier"):
        error = read(platform, service, "reporting.self-identification").error()
        assert error is not None
        assert error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_ops_reads_everything_and_writes_nothing(platform: Platform) -> None:
    assert write(platform, "crm", "crm.events") is None
    assert read(platform, "ops", "crm.events").error() is None
    assert write(platform, "ops", "crm.events") is not None
