"""./hirelog as people run it: a process of its own, from another directory."""

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from deploy.local.platform import Platform
from ops.installation import SETTING
from ops.tests.conftest import Log, parked, rows, until

HIRELOG = Path(__file__).resolve().parents[2] / "hirelog"


@pytest.fixture
def environment(platform: Platform) -> dict[str, str]:
    return {**os.environ, SETTING: str(platform.directory / "installation.json")}


async def hirelog(environment: dict[str, str], directory: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        str(HIRELOG), *arguments, cwd=directory, env=environment, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        # Where the tests run in the background, Ctrl-C is ignored, and children would ignore it too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


async def test_a_parked_record_is_redriven_by_the_real_command_while_the_service_runs(
    platform: Platform, log: Log, environment: dict[str, str], tmp_path: Path
) -> None:
    key, versions = await log.campaign(3)
    await log.topic.publish([versions[1], versions[0]])

    async def waits() -> bool:
        return len(await parked(platform, "reporting.facts", key)) == 2

    await until(waits)
    redriving = await hirelog(environment, tmp_path, "parked", "redrive", "reporting.facts", str(key), "--json")
    out, err = await redriving.communicate()
    assert (redriving.returncode, err) == (0, b"")
    assert json.loads(out)["redriven"][0]["settled"] == 2
    # The running consumer goes on with the key as if nothing had been.
    await log.topic.publish([versions[2]])

    async def all_there() -> bool:
        return len(await rows(platform, "reporting", "SELECT FROM facts WHERE stream = $1", f"campaign-{key}")) == 3

    await until(all_there)
    assert await parked(platform, "reporting.facts", key) == []
    redriving = await hirelog(environment, tmp_path, "parked", "redrive", "ats.prospects", "--all")
    await redriving.communicate()


async def test_a_tail_that_follows_shows_what_comes_and_ends_by_ctrl_c(
    log: Log, environment: dict[str, str], tmp_path: Path
) -> None:
    following = await hirelog(environment, tmp_path, "tail", "--topic", "crm.events", "--follow", "--json")
    assert following.stdout is not None
    key, [version] = await log.campaign(1)
    await log.topic.publish([version])
    async with asyncio.timeout(60):
        while json.loads(await following.stdout.readline())["key"] != str(key):
            pass
    following.send_signal(signal.SIGINT)
    _, err = await following.communicate()
    assert (following.returncode, err) == (130, b"Stopped.\n")


async def test_kafka_down_is_one_sentence_for_the_real_command_too(tmp_path: Path, platform: Platform) -> None:
    content = platform.installation()
    content["kafka"]["servers"] = "127.0.0.1:1"
    (tmp_path / "installation.json").write_text(json.dumps(content))
    asking = await hirelog({**os.environ, SETTING: str(tmp_path / "installation.json")}, tmp_path, "tail")
    out, err = await asking.communicate()
    assert (asking.returncode, out, err.count(b"\n")) == (1, b"", 1)
    assert err.startswith(b"Kafka does not answer (")


async def test_two_redrives_of_one_key_settle_each_record_once(
    platform: Platform, log: Log, environment: dict[str, str], tmp_path: Path
) -> None:
    late, versions = await log.campaign(3)
    await log.topic.publish([versions[1], versions[0]])

    async def waits() -> bool:
        return len(await parked(platform, "reporting.facts", late)) == 2

    await until(waits)
    command = ("parked", "redrive", "reporting.facts", str(late))
    both = [await hirelog(environment, tmp_path, *command) for _ in range(2)]
    ended = await asyncio.gather(*(process.communicate() for process in both))
    assert 0 in [process.returncode for process in both], ended
    facts = await rows(platform, "reporting", "SELECT version FROM facts WHERE stream = $1", f"campaign-{late}")
    assert [row["version"] for row in facts] == [1, 2]
    assert await parked(platform, "reporting.facts", late) == []
