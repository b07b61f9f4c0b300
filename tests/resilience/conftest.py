"""One running system for all rows that leave it whole; after a failed test the next one gets a new one."""

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack

import pytest
from _pytest.fixtures import SubRequest

from deploy.local.errors import PlatformError
from deploy.local.platform import SERVICES
from tests.resilience.system import System, running

GIVEN = pytest.StashKey[System]()
FAILED = pytest.StashKey[bool]()


class Shared:
    """Starts when it is first asked for."""

    def __init__(self) -> None:
        self._started = ExitStack()
        self._system: System | None = None

    def system(self) -> System:
        if self._system is None:
            self._system = self._started.enter_context(running())
        return self._system

    def close(self) -> None:
        self._system = None
        self._started.close()


@pytest.fixture(scope="session")
def shared_system() -> Iterator[Shared]:
    shared = Shared()
    yield shared
    shared.close()


@pytest.fixture(scope="session")
def other_system() -> Iterator[Shared]:
    shared = Shared()
    yield shared
    shared.close()


@pytest.fixture
def system(shared_system: Shared, request: SubRequest) -> Iterator[System]:
    """All four services, ready. A test leaves them so, or it has failed."""
    try:
        for name in SERVICES:
            shared_system.system().services.await_ready(name)
    except PlatformError:
        shared_system.close()  # the test before left it broken; the one after this gets a new one
        raise
    yield from given(shared_system, request)


@pytest.fixture
def spoilt(other_system: Shared, request: SubRequest) -> Iterator[System]:
    """One for rows that leave a log behind which is not what the services wrote."""
    yield from given(other_system, request)


def given(shared: Shared, request: SubRequest) -> Iterator[System]:
    request.node.stash[GIVEN] = system = shared.system()
    yield system
    if request.node.stash.get(FAILED, False):
        shared.close()


@pytest.fixture
def kills() -> int:
    """How often a test that repeats a kill does so at each place: once, or HIRELOG_TEST_KILLS."""
    return int(os.environ.get("HIRELOG_TEST_KILLS", "1"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows the end of every process's log where a test has failed."""
    report = yield
    if report.failed and (broken := item.stash.get(GIVEN, None)) is not None:
        item.stash[FAILED] = True
        report.sections += [(f"end of the log of {name}", tail) for name, tail in broken.tails().items()]
    return report
