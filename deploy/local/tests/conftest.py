"""One platform for all tests that only look at it."""

from collections.abc import Iterator

import pytest

from deploy.local.platform import Platform
from deploy.local.temporary import temporary_state


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    with temporary_state() as directory, Platform(directory, fsync=False, kafka_heap="256m") as running:
        yield running
