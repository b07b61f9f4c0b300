"""Who runs together when the suite runs on several workers: tests that share what is slow to start."""

import pytest
from xdist.scheduler import LoadScopeScheduling

# By how their files begin, the first that fits: one system for all rows that leave it whole, one for those that do not,
# one for the command line. Other files are groups of their own.
TOGETHER = {
    "tests/resilience/test_row_11": "tests/resilience/test_row_11",
    "tests/resilience/test_row_14": "spoilt",
    "tests/resilience/test_row_16_offsets": "spoilt",
    "tests/resilience/test_row_": "rows",
    "ops/tests/": "ops",
}
LONGEST = ("rows", "tests/journeys/test_a_year_of_hiring.py", "tests/resilience/test_chaos.py", "ops")
"""Begun last, these would run alone in the end."""


class Groups:
    """A plugin. Without workers the order stays as it is: quick tests of the kit first."""

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if hasattr(config, "workerinput"):
            items.sort(key=lambda item: _place(group(item.nodeid)))

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: object) -> LoadScopeScheduling:
        config.option.loadscopereorder = False
        return _ByGroup(config, log)


class _ByGroup(LoadScopeScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def group(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    return next((name for begins, name in TOGETHER.items() if file.startswith(begins)), file)


def _place(of: str) -> int:
    return LONGEST.index(of) if of in LONGEST else len(LONGEST)
