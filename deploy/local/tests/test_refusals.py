"""What cannot start says in one sentence what happened and what to do, and leaves nothing behind."""

import os
import shutil
import socket
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import jars
from deploy.local.__main__ import token
from deploy.local.errors import PlatformError
from deploy.local.platform import Platform
from deploy.local.temporary import temporary_state
from deploy.local.tests.commands import refusal


@pytest.fixture
def state() -> Iterator[Path]:
    with temporary_state() as directory:
        yield directory


@pytest.mark.parametrize("name", ["KAFKA", "POSTGRES", "ATS"])
def test_a_port_that_is_taken(state: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = refusal(state, **{f"HIRELOG_{name}_PORT": port})
    assert said.startswith(
        f"Port {port} (HIRELOG_{name}_PORT) cannot be used (Address already in use): stop what uses it"
    )
    assert not (state / "kafka").exists()
    assert not (state / "state.json").exists()


def test_another_instance_on_the_same_directory(platform: Platform) -> None:
    said = refusal(platform.directory)
    assert said.startswith(
        f"Another instance (process {os.getpid()}) is running on {platform.directory}: stop it first"
    )
    assert (platform.directory / "state.json").exists()


@pytest.fixture
def cache(platform: Platform, tmp_path: Path) -> Path:
    """A copy of the cache that a test may spoil."""
    shutil.copytree(jars.kafka_jars(), tmp_path / "cache" / jars.kafka_jars().name)
    return tmp_path / "cache"


def spoil_content(jar: Path) -> None:
    content = bytearray(jar.read_bytes())
    content[-1] ^= 1
    jar.write_bytes(content)


def add_another(jar: Path) -> None:
    shutil.copy(jar, jar.with_name("kafka-clients-3.9.1.jar"))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (spoil_content, "kafka-clients-4.3.0.jar in {} is not the file that jars.sha256 lists"),
        (Path.unlink, "kafka-clients-4.3.0.jar is missing in {}"),
        (add_another, "kafka-clients-3.9.1.jar in {} is not listed in jars.sha256"),
    ],
)
def test_a_jar_that_is_not_ours(state: Path, cache: Path, spoil: object, sentence: str) -> None:
    (home,) = cache.iterdir()
    assert callable(spoil)
    spoil(home / "kafka-clients-4.3.0.jar")
    said = refusal(state, HIRELOG_CACHE=str(cache))
    assert said.startswith(sentence.format(home))
    assert said.endswith(f"delete {home} and start again, which downloads it anew.")


def test_no_network_on_the_first_start(state: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    cache = tmp_path / "empty"
    said = refusal(state, HIRELOG_CACHE=str(cache), https_proxy=nowhere, HTTPS_PROXY=nowhere)
    assert said.startswith(f"Kafka is not in the cache {cache} and could not be downloaded (ProxyError): connect to")
    assert [path.name for path in cache.iterdir()] == ["lock"]


def test_a_state_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refusal(tmp_path / "file" / "state")
    assert said.startswith(f"The state directory {tmp_path}/file/state cannot be written (Not a directory): free")


def test_a_full_disk(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10, 10, 0))
    with pytest.raises(PlatformError, match="has 0 MB free and 500 MB are needed: free some space"):
        Platform(state).__enter__()


def test_a_token_without_a_running_platform(state: Path) -> None:
    with pytest.raises(PlatformError, match=r"Nothing runs on .*: start it with"):
        token(state, "admin", "")
