"""How long each part of the suite took, said at its end."""

from collections import defaultdict

import pytest


class Parts:
    """A plugin. A part is a folder of tests: shared/kit, services/ats, tests/resilience."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._tests: defaultdict[str, int] = defaultdict(int)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        part = "/".join(report.nodeid.split("/")[:2])
        self._seconds[part] += report.duration
        self._tests[part] += report.when == "call"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if len(self._seconds) > 1:
            terminalreporter.section("parts")
            for part, seconds in sorted(self._seconds.items()):
                terminalreporter.write_line(f"{part:30} {self._tests[part]:5} tests {seconds:7.0f} s")
