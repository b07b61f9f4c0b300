"""A skipped test proves nothing: each must be listed in skips.toml, or the run fails."""

import tomllib
from pathlib import Path

import pytest

LISTED = Path(__file__).with_name("skips.toml")
FAILED = pytest.ExitCode.TESTS_FAILED


class Skips:
    """A plugin. `listed` maps a test's id, without parameters, to why it may be skipped and who runs it instead."""

    def __init__(self, listed: Path = LISTED) -> None:
        self._listed = {entry["test"] for entry in tomllib.loads(listed.read_text()).get("skip", [])}
        self._unlisted: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and report.nodeid.partition("[")[0] not in self._listed:
            self._unlisted[report.nodeid] = _reason(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._unlisted and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for test, reason in self._unlisted.items():
            terminalreporter.write_line(
                f"UNLISTED SKIP {test} ({reason}): run it, or list it in tests/skips.toml with its condition and who "
                "runs it instead"
            )


def _reason(report: pytest.TestReport) -> str:
    """The third of (file, line, reason); an expected failure has a reason of its own."""
    where = report.longrepr
    return str(where[2]) if isinstance(where, tuple) else str(getattr(report, "wasxfail", where))
