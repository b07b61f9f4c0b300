"""What a report is computed from adds up to what it says."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.reporting.metrics.catalogue import DEFINITIONS
from services.reporting.metrics.engagement import EngagementPart, EngagementRow
from services.reporting.metrics.figures import median, p90
from services.reporting.metrics.funnel import FunnelPart, FunnelRow
from services.reporting.metrics.report import Report
from services.reporting.metrics.time_to_hire import TimeToHirePart, TimeToHireRow
from services.reporting.tests.tables import Asked, asked
from services.reporting.tests.test_examples import NOW

DIMENSIONS = {
    "time-to-hire": (None, "job", "department", "source", "recruiter", "month"),
    "funnel": (None, "milestone", "job", "department", "source", "recruiter", "month"),
    "engagement": (None, "campaign", "channel"),
}
CASES = [(row, by) for row in asked() for by in DIMENSIONS[row.report]]


@pytest.mark.parametrize(("row", "by"), CASES, ids=str)
def test_the_parts_of_every_row_give_its_figures(row: Asked, by: str | None) -> None:
    definition = DEFINITIONS[row.report]
    question = definition.question.model_validate({**row.parameters, **({"by": by} if by else {})})
    facts = question.clocks(NOW).cut(row.facts)
    report: Report[Any, Any] = definition.compute(facts, question)
    known = {fact.id for fact in facts}
    for cell in report.cells:
        for part in cell.parts:
            assert set(part.events) <= known
            assert part.events
        match cell.row:
            case TimeToHireRow() as hires:
                _check_hires(hires, cell.parts)
            case FunnelRow() as step:
                _check_step(step, cell.parts)
            case EngagementRow() as engaged:
                _check_engaged(engaged, cell.parts, by_person="unit" not in row.parameters)


def _check_hires(row: TimeToHireRow, parts: Sequence[TimeToHirePart]) -> None:
    durations = [int(part.duration.microseconds or 0) for part in parts]
    assert (row.n, row.median, row.p90) == (len(parts), median(durations), p90(durations))
    for part in parts:
        whole = part.ended - part.started
        removed = int(part.inactive.microseconds or 0)
        assert whole.total_seconds() * 10**6 - removed == int(part.duration.microseconds or 0)


def _check_step(row: FunnelRow, parts: Sequence[FunnelPart]) -> None:
    counted = [part for part in parts if part.counted]
    waiting = sum(part.waiting for part in parts)
    assert (row.reached or 0) == len(parts)
    assert row.pass_through.of == len(counted)
    assert (row.pass_through.count or 0) == sum(part.passed_on for part in counted)
    assert (row.waiting, row.completed.of) == (waiting, len(counted) - waiting)


def _check_engaged(row: EngagementRow, parts: Sequence[EngagementPart], by_person: bool) -> None:
    assert (row.reached or 0) == len(parts)
    assert row.opened.of == row.clicked.of == sum(part.tracked for part in parts)
    for name in ("opened", "clicked", "replied", "handed_over", "applied", "hired"):
        assert (getattr(row, name).count or 0) == sum(name in part.did for part in parts)
    assert (row.engaged.count or 0) == sum(bool({"opened", "clicked", "replied"} & set(part.did)) for part in parts)
    if by_person:
        assert len({part.person_id for part in parts}) == len(parts)
