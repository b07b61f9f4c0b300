"""Adverse impact from the log: who is counted, as what, and what of it a caller sees."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest

from services.reporting.metrics.adverse_impact import CONSIDERED, AdverseImpactRow, disclosed, groups_of
from services.reporting.metrics.considered import AdverseImpact, Outcome
from services.reporting.metrics.fact import Fact
from services.reporting.metrics.impact import compare
from services.reporting.metrics.report import Report
from services.reporting.metrics.told import told_in
from services.reporting.metrics.world import World
from services.reporting.tests.adding_up import add_up
from services.reporting.tests.computing import NOW, computed
from services.reporting.tests.making import make, of_name
from shared.events.ats.application import (
    ApplicationRejected,
    ApplicationReopened,
    ApplicationSubmitted,
    ApplicationWithdrawn,
)
from shared.events.ats.offer import OfferAccepted, OfferDeclined, OfferExtended, OfferRescinded
from shared.events.ats.self_identification import SelfIdentificationRecorded
from shared.events.event import Event
from shared.events.personal import Erased

# Group, applied, withdrew first, pending, not selected, selected; E9 of the examples.
E9 = [
    ("A", 110, 6, 4, 60, 40), ("B", 104, 4, 0, 76, 24), ("C", 4, 0, 0, 2, 2), ("D", 53, 2, 1, 34, 16),
    ("E", 20, 0, 0, 15, 5), (None, 33, 1, 2, 15, 15),
]  # fmt: skip
BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
Step = tuple[type[Event], dict[str, Any]]

LATER: Sequence[Step] = (
    (OfferDeclined, {}), (OfferAccepted, {}), (OfferRescinded, {}),
    (ApplicationWithdrawn, {"reason_type": "they_withdrew"}),
)  # fmt: skip


def history(name: str, told: str | None, *steps: Step) -> list[Fact]:
    """An application with what a person told, and then step by step, a day each."""
    own: dict[str, Any] = {"application_id": of_name(name), "person_id": of_name(f"person of {name}")}
    events: list[Event] = [make(ApplicationSubmitted, job_id=of_name("J1"), source="inbound", stage="Applied", **own)]
    if told is not None:
        events.append(make(SelfIdentificationRecorded, category="race", value=told, **own))
    events += [make(model, **own, **given) for model, given in steps]
    times = [BEGIN + timedelta(days=day) for day in range(len(events))]
    return [Fact(uuid4(), event, n, at, at) for n, (event, at) in enumerate(zip(events, times, strict=True), start=1)]


def rejected(reason_type: str = "we_rejected") -> Step:
    return ApplicationRejected, {"reason_type": reason_type}


def offered(name: str) -> Step:
    return OfferExtended, {"offer_id": of_name(f"offer of {name}")}


def of_counts() -> Iterator[Fact]:
    for group, applied, withdrew, pending, not_selected, selected in E9:
        outcomes = ["withdrew"] * withdrew + ["pending"] * pending + ["no"] * not_selected + ["yes"] * selected
        assert len(outcomes) == applied
        for number, outcome in enumerate(outcomes):
            name = f"{group}{number}"
            told = group if group is not None else (None, "none")[number % 2]
            steps: dict[str, list[Step]] = {
                "withdrew": [(ApplicationWithdrawn, {"reason_type": "they_withdrew"})],
                "pending": [],
                "no": [rejected(("we_rejected", "other")[number % 2])],
                "yes": [offered(name), *([LATER[number % 5]] if number % 5 < len(LATER) else [])],
            }
            facts = history(name, told, *steps[outcome])
            yield from facts if told != "none" else map(_refusing, facts)


def _refusing(fact: Fact) -> Fact:
    event = fact.event
    if isinstance(event, SelfIdentificationRecorded):
        event = make(SelfIdentificationRecorded, **{**event.model_dump(), "value": None})
    return Fact(fact.id, event, fact.position, fact.occurred, fact.known)


MANY = list(of_counts())


def applicants(facts: list[Fact], **parameters: Any) -> dict[str | None, Counter[Outcome]]:
    question = AdverseImpact.model_validate(parameters)
    clocks = question.clocks(NOW)
    world = World(clocks.cut(facts), clocks)
    _, members = CONSIDERED.selected(world, question).groups()[0]
    return groups_of(CONSIDERED.tally(members, question, clocks.as_of, told=told_in(world, question.category)))


def told_and_outcome(facts: list[Fact], **parameters: Any) -> tuple[str | None, Outcome]:
    [(told, became)] = applicants(facts, **parameters).items()
    [outcome] = became
    return told, outcome


def shown(report: Report[Any, Any], category: str = "race") -> dict[str | None, AdverseImpactRow]:
    return {cell.row.group[category]: cell.row for cell in report.cells}


def test_e9_is_computed_from_the_log_before_anything_is_withheld() -> None:
    found = disclosed(applicants(MANY, period="2026-Q1"))
    considered = {"A": (100, 40), "B": (100, 24), "C": (4, 2), "D": (50, 16), "E": (20, 5)}
    assert {name: (tally.considered, tally.selected) for name, tally in found.items()} == considered
    comparisons = compare(found)
    assert {name: (c.ratio, c.verdict) for name, c in comparisons.items()} == {
        "A": (None, "reference"),
        "B": (Fraction(3, 5), "flagged, significant"),
        "C": (None, "too few to say"),
        "D": (Fraction(4, 5), "not flagged"),
        "E": (Fraction(5, 8), "flagged"),
    }
    rounded = {name: f"{float(c.p):.4f}" for name, c in comparisons.items() if c.p is not None}
    assert rounded == {"B": "0.0226", "D": "0.3748", "E": "0.3115"}


def test_of_e9_a_caller_sees_neither_the_four_nor_the_twenty_beside_them() -> None:
    report = computed("adverse-impact", MANY, {"period": "2026-Q1"})
    rows = shown(report)
    assert list(rows) == ["A", "B", "C", "D", "E", None]
    counts = {name: (r.applied, r.withdrew, r.pending, r.considered, r.selected) for name, r in rows.items()}
    assert counts == {
        "A": (110, 6, 4, 100, 40), "B": (104, 4, 0, 100, 24), "C": (None,) * 5, "D": (53, 2, 1, 50, 16),
        "E": (None,) * 5, None: (33, 1, 2, 30, 15),
    }  # fmt: skip
    assert [row.verdict for row in rows.values()] == [
        "reference", "flagged, significant", "too few to say", "not flagged", "withheld", "undisclosed",
    ]  # fmt: skip
    assert [row.ratio for row in rows.values()] == [None, "3/5", None, "4/5", None, None]
    assert [row.p.shown if row.p else None for row in rows.values()] == [None, 0.0226, None, 0.3748, None, None]
    assert [row.rate.percent if row.rate else None for row in rows.values()] == [40, 24, None, 32, None, 50]
    add_up(report, {})


def test_what_is_behind_a_row_is_everybody_and_says_nobodys_group_or_outcome() -> None:
    report = computed("adverse-impact", MANY, {"period": "2026-Q1"})
    [everybody] = {tuple(cell.parts) for cell in report.cells}
    assert len(everybody) == sum(applied for _, applied, *_ in E9)
    # Shown in the order of their keys, which has nothing to do with the groups.
    assert all(part.key.startswith(str(part.person_id)) for part in everybody)
    submissions = {fact.id for fact in MANY if isinstance(fact.event, ApplicationSubmitted)}
    assert {event for part in everybody for event in part.events} == submissions


def test_beside_a_reference_that_is_withheld_nobody_is_compared() -> None:
    facts = [fact for n in range(6) for fact in history(f"A{n}", "A", offered(f"A{n}"))]
    facts += [fact for n in range(60) for fact in history(f"B{n}", "B", rejected() if n else offered("B0"))]
    facts += [fact for n in range(3) for fact in history(f"C{n}", "C", rejected())]
    rows = shown(computed("adverse-impact", facts, {}))
    assert {name: (row.verdict, row.considered) for name, row in rows.items()} == {
        "A": ("withheld", None), "B": ("withheld", 60), "C": ("too few to say", None),
    }  # fmt: skip
    assert (rows["B"].ratio, rows["B"].p) == (None, None)


def test_of_fewer_than_five_not_even_the_groups_are_named() -> None:
    facts = [fact for n in range(4) for fact in history(f"A{n}", "A", rejected())]
    report = computed("adverse-impact", facts, {})
    assert report.cells == []
    assert report.left_out == {"in a cut with fewer than five considered": 4}
    facts += history("A4", "A", rejected())
    [row] = shown(computed("adverse-impact", facts, {})).values()
    assert (row.verdict, row.considered) == ("reference", 5)


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ([], "pending"),
        ([rejected()], "rejected"),
        ([rejected("other")], "rejected"),
        ([rejected("they_withdrew")], "withdrew"),
        ([(ApplicationWithdrawn, {"reason_type": "other"})], "withdrew"),
        ([rejected(), (ApplicationReopened, {"stage": "Applied"})], "pending"),
        ([offered("A")], "selected"),
        ([offered("A"), (OfferDeclined, {"offer_id": of_name("offer of A")})], "selected"),
        ([offered("A"), (OfferRescinded, {"offer_id": of_name("offer of A")}), rejected()], "selected"),
        ([offered("A"), (ApplicationWithdrawn, {"reason_type": "they_withdrew"})], "selected"),
        ([(OfferAccepted, {"offer_id": of_name("offer of A")})], "selected"),
    ],
)
def test_an_application_counts_as_what_became_of_it(steps: list[Step], outcome: str) -> None:
    assert told_and_outcome(history("A", "X", *steps)) == ("X", outcome)


@pytest.mark.parametrize("reason", ["spam", "duplicate"])
def test_spam_and_duplicates_are_out_with_a_reason(reason: str) -> None:
    assert computed("adverse-impact", history("A", "X", rejected(reason)), {}).left_out == {reason: 1}


def telling(value: Any, day: int, known: int | None = None, category: str = "race", of: str = "A") -> Fact:
    event = make(
        SelfIdentificationRecorded, category=category, value=value, application_id=of_name(of),
        person_id=of_name("person of A"),
    )  # fmt: skip
    at = BEGIN + timedelta(days=day)
    return Fact(uuid4(), event, 100 + day, at, BEGIN + timedelta(days=known or day))


@pytest.mark.parametrize(
    ("told", "group"),
    [
        ([], None),
        ([telling("X", 1), telling("Y", 2)], "Y"),
        ([telling("Y", 2), telling("X", 1)], "Y"),
        ([telling("X", 1), telling(None, 2)], None),
        ([telling(None, 1), telling("X", 2)], "X"),
        ([telling("X", 1), telling(Erased("7.x.y"), 2)], None),
        ([telling(Erased("7.x.y"), 1), telling("X", 2)], "X"),
        ([telling("X", 1), telling("F", 2, category="sex")], "X"),
        ([telling("X", 1), telling("Y", 2, of="another")], "X"),
        ([telling("X", 1), telling("Y", 2, known=20)], "X"),
        ([telling("X", 1), telling("Y", 11)], "X"),
    ],
)
def test_the_last_word_told_and_known_for_the_application_is_its_group(told: list[Fact], group: str | None) -> None:
    facts = [*history("A", None, rejected()), *told]
    assert told_and_outcome(facts, as_of="2026-01-14", known_at="2026-01-15")[0] == group


def test_sex_is_asked_for_apart_from_race() -> None:
    facts = [*history("A", "X", rejected()), telling("F", 3, category="sex")]
    assert told_and_outcome(facts, category="sex")[0] == "F"
    assert told_and_outcome(facts)[0] == "X"


def test_the_period_is_that_of_the_submission() -> None:
    late = history("A", "X", rejected())
    assert computed("adverse-impact", late, {"period": "2026-02"}).left_out == {"submitted outside the period": 1}
