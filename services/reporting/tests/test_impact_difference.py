"""Two answers of adverse impact differ in one step, and nothing is told of what only a few have changed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.reporting.metrics.adverse_impact import ADVERSE_IMPACT, AdverseImpactRow
from services.reporting.metrics.considered import AdverseImpact
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.impact_difference import differing
from services.reporting.metrics.world import World
from services.reporting.tests.computing import NOW
from services.reporting.tests.conftest import Tell, member
from services.reporting.tests.test_adverse_impact import BEGIN, MANY, Step, history, offered, rejected, telling
from services.reporting.tests.test_self_identifications import REPORT, job
from shared.events.ats.application import ApplicationWithdrawn
from shared.kit.context import now
from shared.kit.testing.api import Api

DIFF = f"{REPORT}/diff"
LATER = timedelta(days=40)
BETWEEN = BEGIN + timedelta(days=30)
REJECTED = [rejected()]
Shown = tuple[int | None, int | None, str]


def later(facts: Iterable[Fact]) -> list[Fact]:
    """Happened and known after the first answer."""
    return [replace(fact, occurred=fact.occurred + LATER, known=fact.known + LATER) for fact in facts]


def new(told: str | None, count: int, *steps: Step) -> list[Fact]:
    return later(fact for n in range(count) for fact in history(f"new {told} {n}", told, *steps))


def between(*more: Fact, first: Iterable[Fact] = MANY, **asked: Any) -> dict[str | None, list[AdverseImpactRow | None]]:
    question = AdverseImpact.model_validate(asked)
    facts = [*first, *more]
    worlds = [World(facts, replace(question.clocks(NOW), as_of=end, known_at=end)) for end in (BETWEEN, NOW)]
    found: dict[str | None, list[AdverseImpactRow | None]] = {}
    for pair in differing(question, *(ADVERSE_IMPACT.compute(world, question) for world in worlds)):
        [name] = {row.group["race"] for row in pair if row is not None}
        found[name] = list(pair)
    return found


def shown(rows: list[AdverseImpactRow | None]) -> list[Shown | None]:
    return [None if row is None else (row.considered, row.selected, row.verdict) for row in rows]


WITHHELD: list[Shown | None] = [(None, None, "withheld")] * 2


def test_a_group_that_differs_by_five_is_shown_before_and_after() -> None:
    found = between(*new("D", 5, *REJECTED))
    # C and E are withheld by either answer, whether or not they differ; A and B do not, and are not beside them.
    assert {name: shown(rows) for name, rows in found.items()} == {
        "C": WITHHELD, "D": [(50, 16, "not flagged"), (55, 16, "flagged")], "E": WITHHELD,
    }  # fmt: skip


def test_a_group_that_differs_by_four_is_withheld_with_who_differs_least() -> None:
    found = between(*new("D", 4, *REJECTED), *new("B", 6, *REJECTED), *new(None, 9, *REJECTED))
    assert {name: shown(rows) for name, rows in found.items()} == {
        "B": WITHHELD, "C": WITHHELD, "D": WITHHELD, "E": WITHHELD,
        None: [(30, 15, "undisclosed"), (39, 15, "undisclosed")],
    }  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        new("D", 1, *REJECTED),
        # Six came, and one of them withdrew, or waits, or was made an offer.
        [*new("D", 5, *REJECTED), *later(history("w", "D", (ApplicationWithdrawn, {"reason_type": "they_withdrew"})))],
        [*new("D", 5, *REJECTED), *later(history("p", "D"))],
        [*new("D", 5, *REJECTED), *later(history("o", "D", offered("o")))],
        # Ten were decided about and six of them made an offer: that leaves four.
        [*new("D", 4, *REJECTED), *later(fact for n in range(6) for fact in history(f"o{n}", "D", offered(f"o{n}")))],
        # Somebody tells their race later, and goes from the undisclosed to D.
        later([replace(telling("D", 1), event=telling("D", 1, of="None0").event)]),
    ],
)
def test_where_all_that_differs_is_a_few_nobody_is_shown(more: list[Fact]) -> None:
    found = between(*more)
    assert {name: shown(rows) for name, rows in found.items()} == dict.fromkeys(
        ("A", "B", "C", "D", "E", None), WITHHELD
    )


def test_where_nothing_differs_there_are_no_rows() -> None:
    assert between() == {}
    assert between(*later(history("Z", "A", rejected("spam")))) == {}


def test_beside_a_reference_that_is_withheld_nobody_is_compared() -> None:
    found = between(*new("A", 4, *REJECTED), *new("B", 30, *REJECTED), *new("D", 8, *REJECTED))
    assert {name: shown(rows) for name, rows in found.items()} == {
        "A": WITHHELD, "B": [(100, 24, "withheld"), (130, 24, "withheld")], "C": WITHHELD, "D": WITHHELD, "E": WITHHELD,
    }  # fmt: skip
    assert {(row.ratio, row.p) for rows in found.values() for row in rows if row} == {(None, None)}


def test_a_group_that_was_not_there_is_withheld_on_both_sides_or_has_no_row_before() -> None:
    assert shown(between(*new("F", 2, *REJECTED), *new("A", 9, *REJECTED))["F"]) == WITHHELD
    assert shown(between(*new("F", 30, *REJECTED))["F"])[0] is None


def test_where_only_one_answer_has_enough_for_any_rows_the_other_side_is_empty() -> None:
    few = [fact for n in range(3) for fact in history(f"A{n}", "A", *REJECTED)]
    assert between(*new("A", 1, *REJECTED), first=few) == {}
    assert shown(between(*new("A", 9, *REJECTED), first=few)["A"]) == [None, (12, 0, "reference")]


async def test_a_lead_compares_two_answers(lead: Api, tell: Tell) -> None:
    first = [
        fact
        for n in range(9)
        for name in "XY"
        for fact in history(f"{name}{n}", name, rejected(), offered(f"{name}{n}"))
    ]
    await tell([job("J1", "US"), *first])
    await tell(new("X", 6, *REJECTED))
    asked: dict[str, Any] = {"known_at": BETWEEN.isoformat(), "to_as_of": now().isoformat()}
    found = await lead.get(DIFF, **asked)
    assert found["definition"]["parameters"]["countries"] == ["US"]
    assert found["events"] == {"happened since": 18}
    considered = {
        row["before"]["group"]["race"]: [side["considered"] for side in row.values()] for row in found["rows"]
    }
    # Of Y it is the verdict that differs.
    assert considered == {"X": [9, 15], "Y": [9, 9]}
    # One more, and one who changes their word: all that there is are numbers, no ids.
    await tell([*later(history("Z", "Y", *REJECTED)), *later([telling("Y", 1, of="X0")])])
    found = await lead.get(DIFF, **asked)
    assert found["events"] == {"happened since": 22}
    assert {row[side]["verdict"] for row in found["rows"] for side in ("before", "after")} == {"withheld"}
    assert not any(is_id(text) for text in texts(found["rows"]))


def texts(of: Any) -> list[str]:
    if isinstance(of, dict):
        return [text for value in of.values() for text in texts(value)]
    return [text for value in of for text in texts(value)] if isinstance(of, list) else [str(of)]


def is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


async def test_whoever_decides_compares_nothing(anybody: Api, tell: Tell) -> None:
    roles = ("admin", "recruiter", "sourcer", "hiring_manager", "ops")
    await tell([member("vera", "hr"), *(member(role, role) for role in roles)])
    await anybody.as_("vera").get(DIFF)
    for role in roles:
        assert "self-identification:read" in (await anybody.as_(role).get(DIFF, status=403))["detail"]


async def test_it_is_compared_where_it_is_switched_on_and_the_first_answer_knew_less(lead: Api) -> None:
    assert "switched off in DE" in (await lead.get(DIFF, countries=["DE"], status=422))["detail"]
    refused = await lead.get(DIFF, known_at="2026-02-02", to_known_at="2026-02-01", status=422)
    assert "to_known_at lies before known_at" in refused["detail"]
