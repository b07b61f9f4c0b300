"""What `make demo` refuses before it starts anything, and what it measures."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.memory import resident_bytes
from deploy.local.state import ROOT

MEGABYTE = 2**20
HOLD = "import sys; held = bytearray(60 * 2**20); print('held', flush=True); sys.stdin.read()"


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("SIZE", "huge", "SIZE is one of small, medium, large, not 'huge'."),
        ("SEED", "one", "SEED is a whole number, not 'one': leave it out, or say SEED=7."),
        ("ONCE", "yes", "ONCE is 1 or left out, not 'yes'."),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_one_sentence(
    tmp_path: Path, setting: str, value: str, sentence: str
) -> None:
    environment = os.environ | {setting: value, "HIRELOG_STATE": str(tmp_path / "state")}
    command = [sys.executable, "-m", "deploy.local.demo"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{sentence}\n")
    assert not (tmp_path / "state").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells")
def test_the_memory_of_children_counts() -> None:
    before = resident_bytes(os.getpid())
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        during = resident_bytes(os.getpid())
        child.terminate()
    assert before is not None
    assert during is not None
    assert 55 * MEGABYTE < during - before < 90 * MEGABYTE
