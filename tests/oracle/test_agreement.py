"""Reporting and the oracle give the same answers, to the last digit, whatever happened and whatever is asked."""

import os
from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.metrics.fact import Fact
from services.reporting.metrics.report import Report
from services.reporting.tests.adding_up import add_up
from services.reporting.tests.computing import computed
from tests.oracle.answers import REPORTS, answer
from tests.oracle.happened import Happened
from tests.oracle.histories import histories, questions

HISTORIES = os.environ.get("HIRELOG_ORACLE_HISTORIES")
# The same few in every run of the tests; `make oracle` takes many, and others each time.
AGREE = settings(
    max_examples=-(-int(HISTORIES or 200) // len(REPORTS)),
    derandomize=HISTORIES is None,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
QUESTIONS = 5


@pytest.mark.parametrize("report", REPORTS)
@AGREE
@given(data=st.data())
def test_they_agree(report: str, data: st.DataObject) -> None:
    log = data.draw(histories())
    now = max(happened.known for happened in log) + timedelta(days=1)
    for _ in range(QUESTIONS):
        asked = data.draw(questions(report, log))
        told = computed(report, facts(log), asked, now)
        assert in_any_order(rows(told)) == in_any_order(answer(report, asked, log, now)), asked
        add_up(told, asked)


def facts(log: Sequence[Happened]) -> list[Fact]:
    """As the service keeps them: an event that comes twice is there once."""
    kept = {h.id: Fact(h.id, h.event, h.position, h.occurred, h.known) for h in log}
    return list(kept.values())


def rows(report: Report[Any, Any]) -> list[dict[str, Any]]:
    """In the words of the oracle."""
    return [
        {name: plain(value) for name, value in cell.row.model_dump(exclude={"note"}).items()} for cell in report.cells
    ]


def plain(value: Any) -> Any:
    match value:
        case {"microseconds": None, "note": "too few"}:
            return "too few"
        case {"microseconds": exact}:
            return None if exact is None else Fraction(exact)
        case {"count": str(count), "of": str(of)}:
            return Fraction(count), Fraction(of)
        case {"count": count, "of": of}:
            return count or 0, of
    return value


def in_any_order(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Values of dimensions as text, which they are in an answer."""
    words = [
        {**row, "group": {name: value if value is None else str(value) for name, value in row["group"].items()}}
        for row in told
    ]
    return sorted(words, key=lambda row: repr(sorted((name, str(value)) for name, value in row.items())))
