"""A run with a skip that nobody listed is red; one that is listed lets it pass."""

import tomllib
from pathlib import Path

import pytest

from tests.skips import LISTED, Skips

SKIPPING = """
import pytest

@pytest.mark.parametrize("n", [1])
def test_of_something(n):
    pytest.skip("there is none")
"""


@pytest.mark.parametrize("file", ["test_listed.py", "test_unlisted.py"])
def test_a_skip_must_be_listed(tmp_path: Path, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / file).write_text(SKIPPING)
    (tmp_path / "skips.toml").write_text('[[skip]]\ntest = "test_listed.py::test_of_something"')
    alone = ["-c", "/dev/null", "-p", "no:cacheprovider", "-p", "no:asyncio", "--import-mode=importlib"]
    code = pytest.main([str(tmp_path), f"--rootdir={tmp_path}", *alone], plugins=[Skips(tmp_path / "skips.toml")])
    complaint = "UNLISTED SKIP test_unlisted.py::test_of_something[1] (Skipped: there is none)"
    unlisted = file == "test_unlisted.py"
    assert (code == pytest.ExitCode.TESTS_FAILED, complaint in capsys.readouterr().out) == (unlisted, unlisted)


def test_every_listed_skip_is_of_a_test_that_is_there_and_says_why_and_who() -> None:
    root = LISTED.parents[1]
    for entry in tomllib.loads(LISTED.read_text()).get("skip", []):
        assert entry.keys() == {"test", "condition", "instead"}, entry
        file, _, name = entry["test"].partition("::")
        assert f"def {name}(" in (root / file).read_text(), entry
