"""Topics and rights are data: applied again and again, and never silently different."""

import shutil
from pathlib import Path

import pytest

from deploy.local import databases, rights
from deploy.local.errors import PlatformError
from deploy.local.platform import Platform
from deploy.local.tests.clients import write


@pytest.fixture
def listings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the listings that a test may edit."""
    copy = shutil.copytree(rights.LISTINGS, tmp_path / "kafka")
    monkeypatch.setattr(rights, "LISTINGS", copy)
    return copy


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_applying_twice_changes_nothing(platform: Platform) -> None:
    rights.apply(platform.kafka, platform.kafka_users)
    databases.apply(platform.postgres)


def test_another_partition_count_is_refused(platform: Platform, listings: Path) -> None:
    edit(listings / "topics.toml", "partitions = 12", "partitions = 13")
    with pytest.raises(PlatformError, match=r"Topic ats\.events has partitions 12, and .* says 13"):
        rights.apply(platform.kafka, platform.kafka_users)


def test_another_retention_is_refused(platform: Platform, listings: Path) -> None:
    edit(listings / "topics.toml", '"retention.ms" = "-1"', '"retention.ms" = "1000"')
    with pytest.raises(PlatformError, match=r"Topic ats\.events has retention\.ms -1, and .* says 1000"):
        rights.apply(platform.kafka, platform.kafka_users)


def test_a_right_taken_out_of_the_file_is_taken_back(platform: Platform, listings: Path) -> None:
    edit(listings / "users.toml", 'write = ["notifier.events", "relay.checkpoints"]', "write = []")
    rights.apply(platform.kafka, platform.kafka_users)
    assert write(platform, "notifier", "notifier.events") is not None
    edit(listings / "users.toml", "write = []", 'write = ["notifier.events", "relay.checkpoints"]')
    rights.apply(platform.kafka, platform.kafka_users)
    assert write(platform, "notifier", "notifier.events") is None
