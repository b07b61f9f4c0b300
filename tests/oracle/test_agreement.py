"""Reporting and the oracle give the same answers, to the last digit, whatever happened and whatever is asked."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.metrics.fact import Fact
from services.reporting.metrics.report import Report
from services.reporting.tests.adding_figures import narrow_down
from services.reporting.tests.adding_up import add_up
from services.reporting.tests.computing import prepared
from tests.oracle.answers import FOUND, REPORTS, answer, left_out
from tests.oracle.happened import Happened
from tests.oracle.histories import ABOUT, EVERYTHING, histories, questions
from tests.oracle.left_out import ENTRY_NOT_KNOWN, NEVER_POSTED

NOT_YET: Sequence[str] = ()
"""What the oracle answers and reporting does not."""
BOTH = [report for report in REPORTS if report not in NOT_YET]

HISTORIES = os.environ.get("HIRELOG_ORACLE_HISTORIES")
# The same few in every run of the tests; `make oracle` takes many, and others each time.
AGREE = settings(
    max_examples=-(-int(HISTORIES or 200) // len(BOTH)),
    derandomize=HISTORIES is None,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
QUESTIONS = 5
FEW = 5
ENDS = ("rejected", "skipped", "voided")
ONE_REASON = {
    "time-in-stage": ENTRY_NOT_KNOWN,
    "time-in-stage-curve": ENTRY_NOT_KNOWN,
    "hire-chance": ENTRY_NOT_KNOWN,
    "time-to-fill": NEVER_POSTED,
}
"""Of what these leave out the oracle tells only this."""


@pytest.mark.parametrize("report", BOTH)
@AGREE
@given(data=st.data())
def test_they_agree(report: str, data: st.DataObject) -> None:
    log = data.draw(histories(ABOUT.get(report, EVERYTHING)))
    now = max(happened.known for happened in log) + timedelta(days=1)
    for _ in range(QUESTIONS):
        agree(report, data.draw(questions(report, log)), log, now)


def agree(report: str, asked: dict[str, Any], log: Sequence[Happened], now: datetime) -> None:
    """Raises AssertionError."""
    definition, world, question = prepared(report, facts(log), asked, now)
    told = definition.compute(world, question)
    theirs, ours = rows(told), answer(report, asked, log, now)
    if report == "approvals" and "period" in asked:
        theirs, ours = closed_only(theirs), closed_only(ours)
    if report == "adverse-impact":
        theirs, ours = as_far_as_told(theirs, ours, asked.get("category", "race"))
    assert in_any_order(theirs) == in_any_order(ours), asked
    if report in FOUND:
        assert reasons(report, told) == left_out(report, asked, log, now), asked
    add_up(told, asked)
    narrow_down(definition, world, question, told)


def facts(log: Sequence[Happened]) -> list[Fact]:
    """As the service keeps them: an event that comes twice is there once."""
    kept = {h.id: Fact(h.id, h.event, h.position, h.occurred, h.known, by_person=h.by_person) for h in log}
    return list(kept.values())


def reasons(report: str, told: Report[Any, Any]) -> dict[str, int]:
    """Why something is left out that is of the kind and the period asked for."""
    return {
        reason: count
        for reason, count in told.left_out.items()
        if count
        and reason != "not of the kind asked for"
        and not reason.endswith("outside the period")
        and (report not in ONE_REASON or reason == ONE_REASON[report])
    }


def exact(text: Any) -> Any:
    return text if text is None else Fraction(text)


def rows(report: Report[Any, Any]) -> list[dict[str, Any]]:
    """In the words of the oracle."""
    return [
        {name: plain(value) for name, value in cell.row.model_dump(exclude={"note"}).items()} for cell in report.cells
    ]


def closed_only(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Which steps a period calls open is told differently by the two, and not decided."""
    closed = [{name: value for name, value in row.items() if name != "open"} for row in told]
    return [row for row in closed if not row["group"] or any(row[how] for how in ("n", *ENDS))]


def as_far_as_told(
    theirs: Sequence[dict[str, Any]], ours: Sequence[dict[str, Any]], category: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The oracle tells all. What reporting withholds is left out, once it is seen that it withholds what it must."""
    named = {}
    for row in theirs:
        dimensions = {name: str(value) for name, value in row["group"].items() if name != category}
        fractions = {"ratio": exact(row["ratio"])}
        named[str(dimensions), row["group"][category] or "undisclosed"] = {**row, **fractions}
    pairs = []
    for row in ours:
        dimensions = {name: str(value) for name, value in row["group"].items()}
        same = named.pop((str(dimensions), row["of"]), None)
        if same is None:
            of_cell = [other["considered"] for other in ours if other["group"] == row["group"]]
            assert sum(of_cell) < FEW
        else:
            assert same["applied"] is None or row["of"] == "undisclosed" or row["considered"] >= FEW
            pairs.append((same, row))
    assert not named
    told = [
        {name for name, value in same.items() if name != "group" and value not in (None, "withheld")}
        for same, _ in pairs
    ]
    return (
        [{"group": {}, **{name: same[name] for name in names}} for names, (same, _) in zip(told, pairs, strict=True)],
        [{"group": {}, **{name: row[name] for name in names}} for names, (_, row) in zip(told, pairs, strict=True)],
    )


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
        case {"after": after, "share": share, "at_risk": at_risk, "left": left}:
            return {"after": plain(after), "share": Fraction(share), "at_risk": at_risk, "left": left}
        case {"exact": exact}:
            return None if exact is None else Fraction(exact)
        case {"share": share, "median": median}:
            return {"share": plain(share), "median": plain(median)}
        case tuple():
            return tuple(plain(one) for one in value)
    return value


def in_any_order(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Values of dimensions as text, which they are in an answer, and by name, whichever was asked for first."""
    words = [
        {**row, "group": {name: value if value is None else str(value) for name, value in sorted(row["group"].items())}}
        for row in told
    ]
    return sorted(words, key=lambda row: repr(sorted((name, str(value)) for name, value in row.items())))
