"""What leads from one answer to another: every event with its reason, and together the whole difference."""

from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from typing import Any

import pytest

from services.reporting.commands.questions import defined
from services.reporting.metrics.clocks import Clocks, corrected
from services.reporting.metrics.differences import MOST, Change, changed, steps
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Report
from services.reporting.metrics.world import World
from services.reporting.tests.computing import NOW
from services.reporting.tests.tables import Asked, asked

HISTORIES = {title: list(rows) for title, rows in groupby(asked(), key=lambda row: row.title)}
QUARTER = next(title for title in HISTORIES if title.startswith("E4 "))
# The table of a history numbers its events from here.
FIRST = 99


Compute = Callable[[World], Report[Any, Any]]


def changes(compute: Compute, facts: Sequence[Fact], first: Clocks, second: Clocks, most: int = MOST) -> list[Change]:
    leading = list(steps(facts, first, second, most))
    worlds = (World([fact for fact in facts if fact.id not in step.without], second) for step in leading)
    reports = [compute(world) for world in (World(facts, first), *worlds)]
    return [*map(changed, leading, reports, reports[1:])]


def of(row: Asked) -> tuple[Compute, Question, list[Fact]]:
    version = row.parameters.get("version")
    definition = defined(row.report, version and int(version))
    question = definition.question.model_validate(row.parameters)
    facts = [fact for fact in row.facts if type(fact.event) in definition.reads]
    return lambda world: definition.compute(world, question), question, facts


def pairs() -> list[tuple[Asked, Clocks, Clocks]]:
    """Each question of a history, with the clocks of two that are asked of it, either way round in the world."""
    found = []
    for rows in HISTORIES.values():
        clocks = {of(row)[1].clocks(NOW): row for row in rows}
        for (one, row), (other, _) in pairwise(sorted(clocks.items(), key=lambda item: item[0].known_at)):
            found.append((row, one, other))
            if other.as_of <= one.known_at:
                found.append((row, Clocks(other.as_of, one.known_at), Clocks(one.as_of, other.known_at)))
    return found


@pytest.mark.parametrize("most", [40, 1])
@pytest.mark.parametrize(("row", "first", "second"), pairs(), ids=str)
def test_the_changes_lead_from_the_first_answer_to_the_second(
    row: Asked, first: Clocks, second: Clocks, most: int
) -> None:
    compute, _, facts = of(row)
    found = changes(compute, facts, first, second, most)
    rows = {cell.row.cell: cell.row for cell in compute(World(facts, first)).cells}
    for change in found:
        for before, after in change.rows:
            if before is not None:
                assert rows.pop(before.cell) == before
            if after is not None:
                rows[after.cell] = after
    assert rows == {cell.row.cell: cell.row for cell in compute(World(facts, second)).cells}
    assert {fact.id for change in found for fact in change.facts} == other_than(facts, first, second)


def other_than(facts: Sequence[Fact], first: Clocks, second: Clocks) -> set[Any]:
    """What one answer knew or had happened by then and the other not."""
    news = {fact.id for fact in facts if first.known_at <= fact.known < second.known_at}
    seen = corrected([fact for fact in facts if fact.known < first.known_at])
    return news | {fact.id for fact in seen if first.admits(fact) != second.admits(fact)}


def told(change: Change) -> tuple[str, list[int], dict[str, int]]:
    """Why, the rows of the table, and by how much `reached` changed at which milestone."""
    rows: Any = change.rows
    moved = {new.milestone: new.reached - old.reached for old, new in rows if old.reached != new.reached}
    return change.cause, [fact.position - FIRST for fact in change.facts], moved


def test_two_equal_quarters_of_e4_are_three_changes_apart() -> None:
    rows = [row for row in HISTORIES[QUARTER] if row.report == "funnel"]
    compute, question, facts = of(rows[0])
    first, second = question.clocks(NOW), of(rows[4])[1].clocks(NOW)
    found = changes(compute, facts, first, second)
    assert [told(change) for change in found] == [
        ("arrived late", [6, 7], {"applied": 1, "screened": 1}),
        ("corrected", [8], {"screened": -1}),
        ("merged", [9], {"applied": -1}),
    ]


def test_what_happened_since_is_told_application_by_application_and_time_apart() -> None:
    [row] = [row for row in HISTORIES["E8 Still waiting"] if row.parameters["as_of"].startswith("2026-06-04")]
    compute, question, facts = of(row)
    first = question.clocks(NOW)
    second = of(HISTORIES["E8 Still waiting"][0])[1].clocks(NOW)
    found = changes(compute, facts, first, second)
    assert found[0].cause == "time passed"
    assert {change.cause for change in found[1:]} == {"happened since"}
    subjects = [{getattr(fact.event, "application_id", None) for fact in change.facts} for change in found[1:]]
    assert [len(subject) for subject in subjects] == [1] * len(subjects) > []
