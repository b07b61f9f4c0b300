"""Adverse impact: E9 of the worked examples, and each rule of who counts and what is said, worked out by hand."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from shared.events.ats.application import ApplicationRejected, ApplicationWithdrawn
from shared.events.ats.candidate import CandidatesMerged
from shared.events.ats.offer import OfferAccepted, OfferDeclined, OfferExtended
from shared.events.event import Event
from shared.events.personal import Clear, Erased, Personal
from tests.oracle import to_come
from tests.oracle.chance import fisher
from tests.oracle.impact import Group, verdicts
from tests.oracle.made_up.scribe import named
from tests.oracle.telling import (
    A1,
    A2,
    J1,
    J2,
    M1,
    P1,
    P2,
    Told,
    advanced,
    company,
    offer,
    on,
    rejected,
    reopened,
    submitted,
    transferred,
)


def is_of(
    value: str | Personal[Any, Any] | None, application: UUID = A1, person: UUID = P1, category: str = "race"
) -> Event:
    sealed = value if isinstance(value, Personal) else Clear(value)
    ids = {"person_id": person, "application_id": application}
    return to_come.event(to_come.SELF_IDENTIFICATION, **ids, category=category, value=sealed, form_version="1")


def people(told: Told, day: str, value: str | None, number: int, job: UUID = J1) -> Sequence[UUID]:
    """So many apply on a day, one like the other; returns their applications."""
    ids = [named(f"{day} {value} {job} {n}") for n in range(number)]
    for one in ids:
        told.on(day, submitted(one, one, job))
        if value:
            told.on(day, is_of(value, one, one))
    return ids


def extended(application: UUID) -> Event:
    return offer(OfferExtended, offer_id=named(f"offer of {application}"), application=application)


def by_group(told: Told, **asked: Any) -> dict[str, dict[str, Any]]:
    return {row["of"]: row for row in told.answer("adverse-impact", **asked)}


E9 = (
    # group, applied, withdrew first, pending, not selected, selected
    ("A", 110, 6, 4, 60, 40),
    ("B", 104, 4, 0, 76, 24),
    ("C", 4, 0, 0, 2, 2),
    ("D", 53, 2, 1, 34, 16),
    ("E", 20, 0, 0, 15, 5),
    (None, 33, 1, 2, 15, 15),
)


def test_e9() -> None:
    told = company()
    for value, applied, withdrew, pending, rejected_, selected in E9:
        ids = people(told, "02-01", value, applied)
        assert withdrew + pending + rejected_ + selected == applied
        for one in ids[:withdrew]:
            ids_ = {"application_id": one, "person_id": one, "stage": "applied", "reason": "other offer"}
            told.on("02-03", ApplicationWithdrawn.model_validate(ids_))
        told.on("02-04", *(rejected("applied", one, one) for one in ids[withdrew : withdrew + rejected_]))
        told.on("02-05", *(extended(one) for one in ids[applied - selected :]))
    rows = by_group(told)
    assert {of: row["rate"] for of, row in rows.items()} == {
        "A": (40, 100), "B": (24, 100), "C": (2, 4), "D": (16, 50), "E": (5, 20), "undisclosed": (15, 30),
    }  # fmt: skip
    said = {of: (row["ratio"], row["p"] and round(float(row["p"]), 4), row["verdict"]) for of, row in rows.items()}
    assert said == {
        "A": (None, None, "reference"),
        "B": (Fraction(3, 5), 0.0226, "flagged, significant"),
        "C": (None, None, "too few to say"),
        "D": (Fraction(4, 5), 0.3748, "not flagged"),
        "E": (Fraction(5, 8), 0.3115, "flagged"),
        "undisclosed": (None, None, "undisclosed"),
    }
    assert [rows["A"][name] for name in ("applied", "withdrew", "pending", "considered", "selected")] == [
        110, 6, 4, 100, 40,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "group", "ratio", "p", "verdict"),
    [
        ((900, 1000), (850, 1000), Fraction(17, 18), 0.0009, "look closer"),
        ((60, 100), (45, 100), Fraction(3, 4), 0.0472, "flagged, significant"),
        ((60, 100), (48, 100), Fraction(4, 5), 0.1184, "not flagged"),
        ((60, 100), (51, 100), Fraction(17, 20), 0.2550, "not flagged"),
        ((20, 100), (12, 75), Fraction(4, 5), 0.5571, "not flagged"),
    ],
)
def test_e9_further_cases(
    reference: tuple[int, int], group: tuple[int, int], ratio: Fraction, p: float, verdict: str
) -> None:
    row = verdicts([of("ref", *reference), of("x", *group)])[1]
    assert (row["ratio"], round(float(row["p"]), 4), row["verdict"]) == (ratio, p, verdict)


def test_e9_one_person_decides_it() -> None:
    row = verdicts([of("ref", 2, 10), of("x", 0, 6)])[1]
    assert (row["rate"], row["verdict"]) == ((0, 6), "too few to say")
    assert fisher(0, 6, 2, 10) == Fraction(1, 2)


def of(name: str, selected: int, considered: int) -> Group:
    return Group(name, considered, 0, 0, selected)


def test_fisher_by_hand() -> None:
    # 2 of 2 against 0 of 2: of the six ways to choose two of four this one and its mirror are the rarest.
    assert fisher(2, 2, 0, 2) == Fraction(1, 3)
    # 3 of 4 against 1 of 4, Fisher's tea: (1 + 16 + 16 + 1) of 70.
    assert fisher(3, 4, 1, 4) == Fraction(34, 70)
    assert fisher(0, 5, 0, 9) == 1


def verdict_of(name: str, *groups: Group) -> str:
    said: dict[str, str] = {row["of"]: row["verdict"] for row in verdicts(groups)}
    return said[name]


def test_the_reference_has_five_people_and_two_in_a_hundred() -> None:
    small, little = of("small", 4, 4), of("little", 6, 6)
    assert verdict_of("big", small, of("big", 10, 100)) == "reference"
    assert verdict_of("little", little, of("big", 10, 294)) == "reference"
    assert verdict_of("little", little, of("big", 10, 295)) == "too few to say"
    assert verdict_of("undisclosed", of("undisclosed", 90, 100), of("big", 10, 100)) == "undisclosed"
    assert verdict_of("small", small) == "too few to say"


def test_of_equal_rates_the_one_with_most_people_is_the_reference() -> None:
    groups = of("a", 10, 100), of("b", 20, 200), of("c", 20, 200)
    assert [verdict_of(name, *groups) for name in "abc"] == ["not flagged", "reference", "not flagged"]


def test_one_selection_moved_must_turn_the_order_not_only_level_it() -> None:
    # 2 of 12 against 4 of 12: moved, 3 and 3. 1 of 6 against 3 of 10: moved, 2 of 6 and 2 of 10.
    assert verdict_of("x", of("ref", 4, 12), of("x", 2, 12)) == "flagged"
    assert verdict_of("x", of("ref", 3, 10), of("x", 1, 6)) == "too few to say"


def test_groups_all_but_equal_are_not_too_few_to_say() -> None:
    # 9 of 20 against 10 of 20: one moved would turn the order, but nothing would be flagged anyway.
    assert verdict_of("x", of("ref", 10, 20), of("x", 9, 20)) == "not flagged"


def test_where_nobody_is_selected_nothing_is_said() -> None:
    assert [verdict_of(name, of("a", 0, 20), of("b", 0, 10)) for name in "ab"] == ["reference", "too few to say"]


def test_who_is_considered() -> None:
    told = company()
    ids = people(told, "02-01", "x", 8)
    why = ("we_rejected", "other", "they_withdrew", "spam", "duplicate")
    for one, reason in zip(ids[:5], why, strict=True):
        words = {"application_id": one, "person_id": one, "stage": "applied", "reason": "r"}
        told.on("02-03", ApplicationRejected.model_validate({**words, "reason_type": reason}))
    told.on("02-03", ApplicationWithdrawn(application_id=ids[5], person_id=ids[5], stage="applied", reason="r"))
    told.on("02-03", extended(ids[6]))
    row = by_group(told)["x"]
    assert [row[name] for name in ("applied", "withdrew", "pending", "considered", "selected")] == [6, 2, 1, 3, 1]


def test_spam_is_out_whatever_had_been_made_of_it() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-02", offer(OfferExtended))
    words = {"application_id": A1, "person_id": P1, "stage": "applied", "reason": "r", "reason_type": "spam"}
    told.on("02-03", ApplicationRejected.model_validate(words))
    assert by_group(told) == {}


def test_an_offer_that_was_declined_is_a_selection() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-02", offer(OfferExtended))
    told.on("02-03", offer(OfferDeclined, cause="declined"), rejected("applied"))
    assert by_group(told)["undisclosed"]["rate"] == (1, 1)


def test_the_last_closing_says_who_closed_it() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-03", rejected("applied"))
    assert by_group(told, as_of=on("02-04"))["undisclosed"]["considered"] == 1
    told.on("02-05", reopened("applied"))
    assert by_group(told, as_of=on("02-06"))["undisclosed"]["pending"] == 1
    told.on("02-07", ApplicationWithdrawn(application_id=A1, person_id=P1, stage="applied", reason="r"))
    assert by_group(told)["undisclosed"]["withdrew"] == 1


def test_the_last_word_holds_as_far_as_it_was_known() -> None:
    told = company()
    told.on("02-01", submitted(), is_of("x"), is_of("f", category="sex"))
    told.on("02-05", is_of("y"))
    told.on("02-08", is_of(None))
    assert list(by_group(told, known_at=on("02-04"))) == ["x"]
    assert list(by_group(told, known_at=on("02-06"))) == ["y"]
    assert list(by_group(told, known_at=on("02-06"), as_of=on("02-02"))) == ["x"]
    assert list(by_group(told)) == ["undisclosed"]
    assert list(by_group(told, category="sex")) == ["f"]
    told.on("02-09", is_of("x", A2, P1), is_of(Erased("gone"), category="sex"))
    assert list(by_group(told)) == ["undisclosed"]
    assert list(by_group(told, category="sex")) == ["undisclosed"]


def test_a_word_about_one_record_is_one_about_the_other_when_they_are_one() -> None:
    told = company()
    told.on("02-01", submitted(), submitted(A2, P2), is_of("x", A2, P2))
    assert set(by_group(told)) == {"x", "undisclosed"}
    told.on("02-05", CandidatesMerged(person_id=P1, merged=P2, application_map={A2: A1}))
    assert {name: row["applied"] for name, row in by_group(told).items()} == {"x": 1}


def test_a_milestone_is_one_of_those_who_came_to_the_one_before() -> None:
    told = company()
    ids = people(told, "02-01", "x", 6)
    for one in ids[:4]:
        told.on("02-02", advanced("applied", "screen", application=one, person=one))
    told.on("02-03", advanced("screen", "onsite", application=ids[0], person=ids[0]))
    told.on("02-04", rejected("screen", ids[1], ids[1]), rejected("applied", ids[4], ids[4]))
    screened, onsite = by_group(told, milestone="screened")["x"], by_group(told, milestone="onsite")["x"]
    assert [screened[name] for name in ("applied", "pending", "considered", "selected")] == [6, 1, 5, 4]
    assert by_group(told, milestone="interviewed") == {}  # the plan has none
    assert [onsite[name] for name in ("applied", "pending", "considered", "selected")] == [4, 2, 2, 1]


def test_who_came_to_a_later_milestone_came_to_this_one() -> None:
    told = company()
    told.on("02-01", submitted())
    told.on("02-02", transferred("applied", to_job=M1))  # of which no plan is known
    told.on("02-03", offer(OfferAccepted))
    row = by_group(told, milestone="screened")["undisclosed"]
    assert (row["pending"], row["selected"]) == (0, 1)


def test_a_cohort_is_cut_by_submission_and_by_the_job_of_then() -> None:
    told = company()
    told.on("02-28", submitted(), is_of("x"))
    told.on("03-02", transferred("applied"), submitted(A2, P2, J2), is_of("x", A2, P2))
    rows = told.answer("adverse-impact", period="2026-02")
    assert [row["applied"] for row in rows] == [1]
    rows = told.answer("adverse-impact", by=("department",))
    assert {(row["group"]["department"], row["applied"]) for row in rows} == {("Engineering", 1), ("Sales", 1)}
    assert company().answer("adverse-impact") == []
