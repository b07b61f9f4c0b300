"""What leads from one answer to another: every event with its reason, and together the whole difference."""

from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

import pytest

from services.reporting.commands import comparing
from services.reporting.commands.questions import defined
from services.reporting.metrics.clocks import KNOWLEDGE, Clocks
from services.reporting.metrics.differences import Change, by_cause
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.question import Question
from services.reporting.metrics.report import Report
from services.reporting.metrics.world import World
from services.reporting.tests.computing import NOW
from services.reporting.tests.making import of_name
from services.reporting.tests.tables import Asked, asked
from services.reporting.tests.telling import Telling, at
from shared.events.ats.application import ApplicationSubmitted
from shared.events.ats.offer import OfferAccepted
from shared.events.correction import OccurrenceCorrected

HISTORIES = {title: list(rows) for title, rows in groupby(asked(), key=lambda row: row.title)}
QUARTER = next(title for title in HISTORIES if title.startswith("E4 "))
# The table of a history numbers its events from here.
FIRST = 99


Compute = Callable[[World], Report[Any, Any]]


async def changes(compute: Compute, facts: Sequence[Fact], first: Clocks, second: Clocks) -> comparing.Changes:
    async def ask(clocks: Clocks, without: frozenset[UUID]) -> Report[Any, Any]:
        return compute(World([fact for fact in facts if fact.id not in without], clocks))

    return await comparing.changes(facts, first, second, ask)


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


@pytest.mark.parametrize(
    ("most", "facts_at_most"), [(40, 2_000), (1, 2_000), (40, -1)], ids=["each", "closer", "by-cause"]
)
@pytest.mark.parametrize(("row", "first", "second"), pairs(), ids=str)
async def test_the_changes_lead_from_the_first_answer_to_the_second(
    row: Asked, first: Clocks, second: Clocks, most: int, facts_at_most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "MOST", most)
    monkeypatch.setattr(comparing, "MOST_FACTS", facts_at_most)
    compute, _, facts = of(row)
    found = (await changes(compute, facts, first, second)).all
    rows = {cell.row.cell: cell.row for cell in compute(World(facts, first)).cells}
    for change in found:
        for before, after in change.rows:
            if before is not None:
                assert rows.pop(before.cell) == before
            if after is not None:
                rows[after.cell] = after
    assert rows == {cell.row.cell: cell.row for cell in compute(World(facts, second)).cells}
    told_of = {fact.id for change in found for fact in change.facts}
    differ, about = other_than(facts, first, second)
    assert differ - about <= told_of <= differ | about


def other_than(facts: Sequence[Fact], first: Clocks, second: Clocks) -> tuple[set[Any], set[Any]]:
    """What one answer counts and the other not; and what is said of others since, with what it corrects."""
    counted = [{fact.id for fact in clocks.cut(facts)} for clocks in (first, second)]
    since = [fact for fact in facts if first.known_at <= fact.known < second.known_at]
    said = {fact.id: fact.event for fact in since if isinstance(fact.event, KNOWLEDGE)}
    corrected = {event.event_id for event in said.values() if isinstance(event, OccurrenceCorrected)}
    return counted[0] ^ counted[1], said.keys() | corrected


def told(change: Change) -> tuple[str, list[int], dict[str, int]]:
    """Why, the rows of the table, and by how much `reached` changed at which milestone."""
    rows: Any = change.rows
    moved = {new.milestone: new.reached - old.reached for old, new in rows if old.reached != new.reached}
    return change.cause, [fact.position - FIRST for fact in change.facts], moved


async def test_two_equal_quarters_of_e4_are_three_changes_apart() -> None:
    rows = [row for row in HISTORIES[QUARTER] if row.report == "funnel"]
    compute, question, facts = of(rows[0])
    first, second = question.clocks(NOW), of(rows[4])[1].clocks(NOW)
    found = (await changes(compute, facts, first, second)).all
    assert [told(change) for change in found] == [
        ("arrived late", [6, 7], {"applied": 1, "screened": 1}),
        ("corrected", [8], {"screened": -1}),
        ("merged", [9], {"applied": -1}),
    ]


async def test_what_happened_since_is_told_application_by_application_and_time_apart() -> None:
    [row] = [row for row in HISTORIES["E8 Still waiting"] if row.parameters["as_of"].startswith("2026-06-04")]
    compute, question, facts = of(row)
    first = question.clocks(NOW)
    second = of(HISTORIES["E8 Still waiting"][0])[1].clocks(NOW)
    found = (await changes(compute, facts, first, second)).all
    assert found[0].cause == "time passed"
    assert {change.cause for change in found[1:]} == {"happened since"}
    subjects = [{getattr(fact.event, "application_id", None) for fact in change.facts} for change in found[1:]]
    assert [len(subject) for subject in subjects] == [1] * len(subjects) > []


MANY = 300
"""Who applied between two answers: far more than the steps that are taken."""


def applied_and_hired(*hired: int) -> list[Fact]:
    tell = Telling()
    tell.job("J1")
    for n in range(MANY):
        one: dict[str, Any] = {"person_id": f"P{n}", "application_id": f"A{n}"}
        tell(1 + n / MANY, ApplicationSubmitted, **one, job_id="J1", stage="applied", source="referral")
        if n in hired:
            tell(3 + n / MANY, OfferAccepted, **one, offer_id=f"F{n}", job_id="J1")
    return tell.facts


async def of_the_week(report: str, facts: Sequence[Fact]) -> tuple[comparing.Changes, int]:
    """And how often the report was computed for them."""
    definition, computed = defined(report, None), list[World]()

    def compute(world: World) -> Report[Any, Any]:
        computed.append(world)
        return definition.compute(world, definition.question())

    found = await changes(compute, facts, Clocks(at(0), at(0)), Clocks(at(5), at(5)))
    return found, len(computed)


async def test_of_many_events_those_few_that_change_something_are_told_one_by_one() -> None:
    hired = [7, 8, 250]
    found, computed = await of_the_week("hires", applied_and_hired(*hired))
    effective = [[fact.event for fact in change.facts] for change in found.all if change.rows]
    whose = [[getattr(event, "application_id", None) for event in events] for events in effective]
    assert (found.by_cause, whose) == (False, [[of_name(f"A{n}")] for n in hired])
    assert sum(len(change.facts) for change in found.all if not change.rows) == MANY
    assert computed < 80


async def test_of_many_that_all_change_something_those_of_one_cause_are_told_together() -> None:
    found, _ = await of_the_week("funnel", applied_and_hired())
    together = [(change.cause, len(change.facts)) for change in found.all if change.rows]
    assert (found.by_cause, together) == (True, [("happened since", MANY)])


async def test_what_has_not_occurred_by_then_is_no_change_though_it_came_since() -> None:
    tell, day = Telling(), 5
    tell.job("J1")
    came: dict[str, Any] = {"job_id": "J1", "stage": "applied", "source": "referral"}
    tell(day - 1, ApplicationSubmitted, known=day + 2, person_id="P1", application_id="A1", **came)
    for n in range(2, 9):
        tell(day + 2, ApplicationSubmitted, person_id=f"P{n}", application_id=f"A{n}", **came)
    definition = defined("funnel", None)
    first, second = Clocks(at(day), at(day)), Clocks(at(day), at(day + 9))
    found = await changes(lambda world: definition.compute(world, definition.question()), tell.facts, first, second)
    assert [(change.cause, len(change.facts)) for change in found.all] == [("arrived late", 1)]
    assert by_cause(tell.facts, first, second) == {"arrived late": 1}
