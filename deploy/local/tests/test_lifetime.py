"""Children never outlive the parent; data outlives both."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.children import Child
from deploy.local.platform import Platform
from deploy.local.state import ROOT
from deploy.local.temporary import temporary_state
from deploy.local.tests.clients import fetch, read, write
from deploy.local.tests.commands import awaited, gone, pids, started, until_ready


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    with temporary_state() as directory:
        yield directory


async def test_data_survives_the_end_of_the_platform_and_a_kill_at_other_ports(state: Path) -> None:
    with Platform(state) as platform:
        await fetch(platform.database_url("ats"), "CREATE TABLE kept (id int)")
        assert write(platform, "ats", "ats.events", b"kept") is None
        ports = platform.ports

    with started(state, "up", "--bare") as killed:
        until_ready(killed)

    with Platform(state) as platform:
        assert platform.ports != ports
        assert await fetch(platform.database_url("ats"), "SELECT count(*) FROM kept") == 0
        assert read(platform, "ats", "ats.events").value() == b"kept"


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_child_outlives_the_parent(state: Path, end: signal.Signals) -> None:
    with started(state, "up", "--bare") as parent:
        until_ready(parent)
        children = pids(state)
        assert not gone(children)
        parent.send_signal(end)
        parent.communicate(timeout=30)
    assert awaited(lambda: gone(children))
    assert parent.returncode == (-signal.SIGKILL if end == signal.SIGKILL else 0)


async def test_killed_servers_come_back_at_their_addresses_with_what_they_had_acknowledged(platform: Platform) -> None:
    address, url = platform.kafka, platform.database_url("crm")
    await fetch(url, "CREATE TABLE kept (id int)")
    assert write(platform, "notifier", "notifier.events", b"kept") is None
    for name in ("kafka", "postgres"):
        platform.kill(name)
        assert not platform.children()[name].running
        platform.restart(name)
    assert (platform.kafka, platform.database_url("crm")) == (address, url)
    assert await fetch(url, "SELECT count(*) FROM kept") == 0
    assert read(platform, "notifier", "notifier.events").error() is None


PARENT = """
import sys
from pathlib import Path
from deploy.local import children
children.LINUX = sys.argv[1] == "linux"
child = children.Child("sleeper", ["sleep", "1000"], Path(sys.argv[2]))
child.start()
print(child.pid, flush=True)
child.process.wait()
"""


@pytest.mark.parametrize("system", ["linux", "other"])
def test_a_child_dies_with_a_killed_parent_by_kernel_or_watchdog(system: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, system, str(tmp_path / "log")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = parent.stdout.readline().strip()
        assert not gone([pid])
        parent.kill()
    assert awaited(lambda: gone([pid]))


def test_a_child_is_not_started_from_another_thread(tmp_path: Path) -> None:
    refused: list[RuntimeError] = []

    def begin() -> None:
        try:
            Child("sleeper", ["sleep", "1000"], tmp_path / "log").start()
        except RuntimeError as error:
            refused.append(error)

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    assert len(refused) == 1
