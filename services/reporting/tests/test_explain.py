"""What a report is computed from adds up to what it says, for every metric, alone and cut by every dimension."""

from typing import Any

import pytest

from services.reporting.metrics.adverse_impact import AdverseImpactRow
from services.reporting.metrics.catalogue import ALL, DEFINITIONS
from services.reporting.metrics.clocks import Clocks
from services.reporting.metrics.counting import Counted, Counts
from services.reporting.metrics.report import Definition
from services.reporting.metrics.world import World
from services.reporting.tests.adding_figures import FOLLOWS, narrow_down
from services.reporting.tests.adding_up import CHECKS, add_up
from services.reporting.tests.computing import NOW, computed, dimensions, prepared
from services.reporting.tests.tables import Asked, asked

CASES = [
    (row, by)
    for row in asked()
    if "by" not in row.parameters
    for by in ([], *([one] for one in dimensions(row.report)), dimensions(row.report)[:2])
]


@pytest.mark.parametrize(("row", "by"), CASES, ids=str)
def test_the_parts_of_every_row_give_its_figures(row: Asked, by: list[str]) -> None:
    add_up(computed(row.report, row.facts, {**row.parameters, "by": by}), row.parameters)


@pytest.mark.parametrize(("row", "by"), CASES, ids=str)
def test_every_figure_follows_from_the_parts_behind_it_and_from_no_others(row: Asked, by: list[str]) -> None:
    definition, world, question = prepared(row.report, row.facts, {**row.parameters, "by": by})
    narrow_down(definition, world, question, definition.compute(world, question))


@pytest.mark.parametrize("row", list(asked()), ids=str)
def test_whose_a_part_is_stands_beside_it_before_it_is_made(row: Asked) -> None:
    """A page is chosen by that."""
    definition, world, question = prepared(row.report, row.facts, row.parameters)
    counts = definition.compute
    assert isinstance(counts, Counts)
    world = world.until(counts.clocks(world.clocks, question))
    for each in counts.summed:
        for one in each.counted(world, question):
            if isinstance(one, Counted):
                assert all(one.part(name).subject == one.whose for name in each.names(one.shape))


@pytest.mark.parametrize("definition", ALL, ids=lambda definition: f"{definition.id}-{definition.version}")
def test_every_figure_of_every_definition_has_a_rule(definition: Definition[Any, Any, Any]) -> None:
    assert sorted(definition.figures) == sorted(definition.row.figures())
    assert all(rule.text for rule in definition.figures.values())


@pytest.mark.parametrize("row", list(asked()), ids=str)
def test_every_event_named_is_one_that_the_clocks_admit(row: Asked) -> None:
    report = computed(row.report, row.facts, row.parameters)
    told = {event for cell in report.cells for part in cell.parts for event in part.events}
    clocks = DEFINITIONS[row.report].question.model_validate(row.parameters).clocks(NOW)
    admitted = clocks.cut(row.facts)
    assert told <= {fact.id for fact in admitted} | {fact.corrected for fact in admitted}


@pytest.mark.parametrize("asked", [{}, {"source": "referral"}, {"period": "2026-Q1"}, {"by": ["month"]}], ids=str)
@pytest.mark.parametrize("report", ["hires", "time-to-hire"])
@pytest.mark.parametrize("row", {row.title: row for row in asked()}.values(), ids=lambda row: row.title)
def test_every_application_is_counted_or_left_out_with_a_reason(row: Asked, report: str, asked: dict[str, Any]) -> None:
    answer = computed(report, row.facts, asked)
    counted = sum(len(cell.parts) for cell in answer.cells)
    assert counted + answer.left_out.total() == len(World(row.facts, Clocks(NOW, NOW)).applications)


def test_there_is_a_check_for_every_metric() -> None:
    assert {definition.row for definition in ALL} == CHECKS.keys()
    # What is told of groups of people is told of all of them, whatever the figure.
    assert CHECKS.keys() - FOLLOWS.keys() == {AdverseImpactRow}
