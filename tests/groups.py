"""Who runs together when the suite runs on several workers: tests that share what is slow to start."""

from collections.abc import Sequence

import pytest

# Fixtures that last for the session: one system for all rows that leave it whole, one for those that do not.
SYSTEMS = ("system", "spoilt")
FIRST = ("system", "tests/journeys/test_a_year_of_hiring.py", "tests/resilience/test_chaos.py")
"""The longest: begun last, they would run alone in the end."""


class Groups:
    """A plugin. Without workers the order stays as it is: quick tests of the kit first."""

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if not hasattr(config, "workerinput"):
            return
        for item in items:
            item.add_marker(pytest.mark.xdist_group(_group(item)))
        items.sort(key=lambda item: _place(_group(item)))


def _group(item: pytest.Item) -> str:
    fixtures: Sequence[str] = getattr(item, "fixturenames", ())
    file = item.nodeid.partition("::")[0]
    # The command line's tests look after one platform, whatever their file.
    otherwise = "ops/tests" if file.startswith("ops/tests/") else file
    return next((name for name in SYSTEMS if name in fixtures), otherwise)


def _place(group: str) -> int:
    return FIRST.index(group) if group in FIRST else len(FIRST)
