"""Failpoints: off unless armed, refused in production, and what they do to a process they really do."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from conftest import ROOT
from shared.kit import failpoints
from shared.kit.settings import Settings

REACHES = """
from shared.kit import failpoints
failpoints.arm({"relay.sent": "%s"})
for number in (1, 2, 3):
    failpoints.reach("relay.committed")
    print(number, flush=True)
    failpoints.reach("relay.sent")
"""
SET: dict[str, Any] = {
    "database_url": "postgresql://ats:secret@127.0.0.1:1/ats",
    "kafka": "127.0.0.1:1",
    "issuer": "https://issuer.example",
    "jwks_url": "https://issuer.example/jwks.json",
}


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    failpoints.arm({})


def reaching(action: str) -> "subprocess.Popen[str]":
    """A process that reaches a point three times, and says so each time before it does."""
    return subprocess.Popen(
        [sys.executable, "-c", REACHES % action], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_nothing_happens_at_a_point_that_is_not_armed() -> None:
    failpoints.arm({"relay.sent": "fail"})
    for point in failpoints.POINTS - {"relay.sent"}:
        failpoints.reach(point)
    failpoints.arm({})
    failpoints.reach("relay.sent")


def test_none_is_armed_by_default() -> None:
    assert Settings.model_validate(SET).failpoints == {}


def test_a_point_fails_from_the_nth_time_on() -> None:
    failpoints.arm({"unit.writing": "fail:3"})
    failpoints.reach("unit.writing")
    failpoints.reach("unit.writing")
    for _ in range(2):
        with pytest.raises(failpoints.Failed, match=r"unit\.writing"):
            failpoints.reach("unit.writing")


def test_arming_again_forgets_what_was_armed_before() -> None:
    failpoints.arm({"unit.writing": "fail"})
    failpoints.arm({"unit.committed": "fail"})
    failpoints.reach("unit.writing")


@pytest.mark.parametrize(("action", "reached"), [("kill", ["1"]), ("kill:3", ["1", "2", "3"])])
def test_a_process_is_killed_at_the_nth_time(action: str, reached: list[str]) -> None:
    process = reaching(action)
    said, complaint = process.communicate(timeout=30)
    assert (process.returncode, said.split(), complaint) == (-signal.SIGKILL, reached, "")


def test_a_process_that_is_never_so_often_there_lives_on() -> None:
    process = reaching("kill:4")
    said, _ = process.communicate(timeout=30)
    assert (process.returncode, said.split()) == (0, ["1", "2", "3"])


def test_a_process_is_stopped_and_goes_on_when_it_is_continued() -> None:
    with reaching("stop:2") as process:
        assert process.stdout is not None
        assert [process.stdout.readline().strip() for _ in range(2)] == ["1", "2"]
        # Waits until the kernel says that it stands still.
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        process.send_signal(signal.SIGCONT)
        assert process.stdout.readline().strip() == "3"
        assert process.wait(30) == 0


@pytest.mark.parametrize("points", [{"relay.sents": "kill"}, {"": "kill"}])
def test_a_point_that_there_is_not_is_refused_with_those_that_there_are(points: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"there is no failpoint .*: choose from consumer\.applied, .*"):
        Settings.model_validate({**SET, "failpoints": points})


@pytest.mark.parametrize("action", ["explode", "kill:x", "kill:-1", ""])
def test_an_action_that_there_is_not_is_refused_with_those_that_there_are(action: str) -> None:
    with pytest.raises(ValidationError, match="is none of kill, stop, fail"):
        Settings.model_validate({**SET, "failpoints": {"relay.sent": action}})


def test_production_mode_refuses_failpoints() -> None:
    with pytest.raises(ValidationError, match="production mode refuses failpoints: unset HIRELOG_FAILPOINTS"):
        Settings.model_validate({**SET, "mode": "production", "failpoints": {"relay.sent": "kill"}})
    assert Settings.model_validate({**SET, "mode": "production"}).mode == "production"


def test_production_mode_refuses_the_development_issuer() -> None:
    with pytest.raises(ValidationError, match="production mode refuses the development issuer"):
        Settings.model_validate({**SET, "mode": "production", "development_issuer": SET["issuer"]})
    other = {**SET, "mode": "production", "development_issuer": "https://development.example"}
    assert Settings.model_validate(other).mode == "production"
    assert Settings.model_validate({**SET, "development_issuer": SET["issuer"]}).mode == "development"


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"HIRELOG_FAILPOINTS": '{"relay.sent": "kill"}'}, "production mode refuses failpoints"),
        ({"HIRELOG_DEVELOPMENT_ISSUER": SET["issuer"]}, "production mode refuses the development issuer"),
    ],
)
def test_a_service_says_in_a_sentence_why_it_does_not_start(setting: dict[str, str], sentence: str) -> None:
    environment = {f"HIRELOG_{name.upper()}": value for name, value in SET.items()}
    process = subprocess.run(
        [sys.executable, "-m", "services.reporting"],
        cwd=ROOT, env={**environment, "HIRELOG_MODE": "production", **setting}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert process.returncode == 1
    assert process.stderr.startswith("reporting can't start: ")
    assert sentence in process.stderr
    assert "secret" not in process.stderr
